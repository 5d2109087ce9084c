// What detections found, and what nobody wants to hear of.
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer, useList } from '../api/queries.ts';
import { AboutAlert } from '../parts/about-alert.tsx';
import { ActDialogue } from '../parts/act-dialogue.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Severity } from '../parts/severity.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

const STATUSES = ['open', 'acknowledged', 'muted', 'closed'] as const;
const EVERY_MS = 30_000;

export function AlertsPage() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What somebody did with access, and what HR and the access model say of it.">
        Alerts
      </Header>
      <Tabs
        ariaLabel="Alerts"
        tabs={[
          { id: 'alerts', label: 'Found', content: <Alerts /> },
          { id: 'mutes', label: 'Muted', content: <Mutes /> },
        ]}
      />
    </SpaceBetween>
  );
}

function Alerts() {
  const [status, setStatus] = useState<(typeof STATUSES)[number]>('open');
  const list = useList('GET /alerts', { query: { status } }, { everyMs: EVERY_MS });
  const options: SelectProps.Option[] = STATUSES.map((value) => ({ value, label: value }));
  return (
    <Listing
      title="What was found"
      what="alert"
      heading="h2"
      description="The same about the same identity is one alert, however often it is found. Last found first."
      list={list}
      keyOf={({ alertId }) => alertId}
      empty={status === 'open' ? 'Nothing waits for anybody.' : `None is ${status}.`}
      filter={
        <Select
          ariaLabel="Status"
          selectedOption={options.find(({ value }) => value === status) ?? null}
          options={options}
          onChange={({ detail }) => setStatus(STATUSES.find((one) => one === detail.selectedOption.value) ?? 'open')}
        />
      }
      columns={[
        {
          id: 'what',
          header: 'What',
          cell: ({ alertId, title }) => (
            <Link to="/alerts/$id" params={{ id: alertId }}>
              {title}
            </Link>
          ),
          isRowHeader: true,
          minWidth: 240,
        },
        { id: 'severity', header: 'Severity', cell: ({ severity }) => <Severity of={severity} /> },
        { id: 'about', header: 'About', cell: (alert) => <AboutAlert of={alert} /> },
        { id: 'where', header: 'Where', cell: ({ applicationId }) => applicationId ?? '–' },
        { id: 'records', header: 'Records', cell: ({ count }) => count },
        { id: 'found', header: 'Last found', cell: ({ foundAt }) => <Moment at={foundAt} relative /> },
        {
          id: 'whose',
          header: 'Whose',
          cell: ({ assignee }) => (assignee === undefined ? '–' : <IdentityLink id={assignee} />),
        },
        {
          id: 'status',
          header: 'Status',
          cell: ({ status: stands, closed }) => (
            <Status of={stands} text={closed ? `closed: ${closed.outcome}` : stands} />
          ),
        },
      ]}
    />
  );
}

function Mutes() {
  const { data, error, isPending } = useAnswer('GET /mutes');
  const end = useAct('DELETE /mutes/{id}');
  const mayEnd = useMay('DELETE /mutes/{id}');
  return (
    <Listing
      title="What nobody wants to hear of"
      what="mute"
      heading="h2"
      description="It is found, counted and recorded all the same."
      list={{ items: data?.items ?? [], error, isPending }}
      keyOf={({ muteId }) => muteId}
      empty="Everything that is found is told."
      columns={[
        { id: 'what', header: 'Detection', cell: ({ detection }) => detection, isRowHeader: true },
        { id: 'about', header: 'About', cell: (mute) => <AboutAlert of={mute} /> },
        { id: 'why', header: 'Why', cell: ({ reason }) => `“${reason}”` },
        { id: 'by', header: 'By', cell: ({ by }) => by },
        { id: 'since', header: 'Since', cell: ({ since }) => <Moment at={since} /> },
        { id: 'until', header: 'Until', cell: ({ until }) => <Moment at={until} relative /> },
        ...(mayEnd
          ? [
              {
                id: 'end',
                header: 'End',
                cell: ({ muteId }: Schemas['Mute']) => (
                  <ActDialogue
                    text="End it"
                    title="End the mute now"
                    act={() => end.mutateAsync({ path: { id: muteId } })}
                  >
                    <Box variant="p">What is found from now on is told again.</Box>
                  </ActDialogue>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}
