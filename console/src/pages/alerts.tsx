// What detections found, what nobody wants to hear of, and who was seen and belongs to nobody who is known.
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer, useList } from '../api/queries.ts';
import { AboutAlert } from '../parts/about-alert.tsx';
import { ActDialogue } from '../parts/act-dialogue.tsx';
import { Choose } from '../parts/choose.tsx';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment, sinceOrUntil } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { Severity } from '../parts/severity.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

const STATUSES = ['open', 'acknowledged', 'muted', 'closed'] as const;
const EVERY_MS = 30_000;

export function AlertsPage() {
  const mayName = useMay('GET /activity/{source}/unknown');
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
          ...(mayName ? [{ id: 'unknown', label: 'Not known', content: <UnknownActors /> }] : []),
        ]}
      />
    </SpaceBetween>
  );
}

function Alerts() {
  const [status, setStatus] = useState<(typeof STATUSES)[number]>('open');
  const list = useList('GET /alerts', { query: { status } }, { everyMs: EVERY_MS });
  return (
    <Listing
      title="What was found"
      what="alert"
      heading="h2"
      description="The same about the same identity is one alert, however often it is found. Last found first."
      list={list}
      keyOf={({ alertId }) => alertId}
      empty={status === 'open' ? 'Nothing waits for anybody.' : `None is ${status}.`}
      filter={<Choose label="Status" among={STATUSES} chosen={status} choose={setStatus} />}
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

function UnknownActors() {
  const { data, error } = useAnswer('GET /activity');
  const [chosen, setChosen] = useState<string>();
  const source = chosen ?? data?.items[0]?.source;
  if (data === undefined) return error === null ? <Box>Asking the API…</Box> : <Problem error={error} />;
  if (source === undefined) return <Box>No system tells of its activity: the settings name none.</Box>;
  const options = data.items.map(({ source: value, type, readAt }) => ({
    value,
    label: value,
    description: readAt === undefined ? type : `${type}, read ${sinceOrUntil(Date.parse(readAt))}`,
  }));
  return (
    <SeenBy
      key={source}
      source={source}
      choice={<Choose label="Seen by" among={options} chosen={source} choose={setChosen} />}
    />
  );
}

function SeenBy({ source, choice }: { readonly source: string; readonly choice: ReactNode }) {
  const list = useList('GET /activity/{source}/unknown', { path: { source } });
  return (
    <Listing
      title="Who belongs to nobody who is known"
      what="account"
      heading="h2"
      description="By the name that the system gives them, in no order; each is forgotten 90 days after it was seen last."
      list={list}
      keyOf={({ actor }) => actor}
      empty={`Whomever ${source} saw belongs to somebody.`}
      filter={choice}
      columns={[
        { id: 'who', header: 'Who', cell: ({ actor }) => <span className="mono">{actor}</span>, isRowHeader: true },
        { id: 'first', header: 'First seen', cell: ({ firstSeenAt }) => <Moment at={firstSeenAt} /> },
        { id: 'last', header: 'Last seen', cell: ({ lastSeenAt }) => <Moment at={lastSeenAt} relative /> },
        { id: 'records', header: 'Records', cell: ({ records }) => records },
      ]}
    />
  );
}
