// One campaign: how far it has come, who is asked, every item with what became of it, and the pack for the auditor.
import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Answer } from '../api/client.ts';
import { useAct, useAnswer, useList } from '../api/queries.ts';
import { Choose } from '../parts/choose.tsx';
import { CommandLine } from '../parts/command-line.tsx';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { duration, Moment } from '../parts/moment.tsx';
import { PageState } from '../parts/page-state.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Status } from '../parts/status.tsx';
import { packName, savePack } from '../reviews/save-pack.ts';
import { useMay } from '../session-context.ts';

type Campaign = Answer<'GET /review-campaigns/{id}'>;

const EVERY_MS = 10_000;

export function CampaignPage() {
  const { id = '' } = useParams({ strict: false });
  const { data, error } = useAnswer('GET /review-campaigns/{id}', { path: { id } }, { everyMs: EVERY_MS });
  const mayList = useMay('GET /review-campaigns/{id}/items');
  if (data === undefined) return <PageState error={error} />;
  return (
    <SpaceBetween size="l">
      <Summary campaign={data} />
      <Progress campaign={data} />
      <Reviewers campaign={data} />
      {mayList && <Outcomes id={id} />}
    </SpaceBetween>
  );
}

function Summary({ campaign }: { readonly campaign: Campaign }) {
  const {
    campaignId,
    name,
    state,
    openedBy,
    reason,
    begunAt,
    openedAt,
    dueAt,
    stage,
    stages,
    counts,
    people,
    population,
  } = campaign;
  const mayPack = useMay('GET /review-campaigns/{id}/pack');
  return (
    <Container
      header={
        <Header variant="h1" description={reason && `“${reason}”`} actions={<Acts campaign={campaign} />}>
          {name}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'State', value: <Status of={state} /> },
            {
              label: 'Stage',
              value: stage === undefined ? '–' : `${stage + 1} of ${stages.length}: ${stages[stage]?.reviewers}`,
            },
            { label: 'To be answered by', value: <Moment at={dueAt} relative /> },
            { label: 'Opened by', value: openedBy },
            { label: 'Population as of', value: <Moment at={begunAt} /> },
            { label: 'Asked since', value: <Moment at={openedAt} /> },
            { label: 'People', value: people },
            { label: 'Items in the scope', value: counts.population },
            {
              label: 'Settled by the stated policy',
              value: `${counts.settled}, ${counts.excluded} of them excluded with a reason`,
            },
            ...(campaign.planted === undefined
              ? []
              : [
                  { label: 'Planted, and held by nobody', value: `${campaign.planted}: the pack tells who found them` },
                ]),
            { label: 'Removals read back', value: `${counts.readBack} of ${counts.readBack + counts.notReadBack}` },
            {
              label: 'SHA-256 of the population',
              value:
                population === undefined ? (
                  'not complete yet'
                ) : (
                  <code className="mono">{population.manifestSha256}</code>
                ),
            },
            { label: 'Id', value: campaignId },
          ]}
        />
        {mayPack && (
          <CommandLine
            command={`npx tenure audit verify --log copy --key "$VERIFIER_KEY" --pack ${packName(campaignId)}`}
            name="verify the pack"
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Acts({ campaign: { campaignId, state, dueAt } }: { readonly campaign: Campaign }) {
  const move = useAct('POST /review-campaigns/{id}/deadline');
  const mayMove = useMay('POST /review-campaigns/{id}/deadline') && state === 'open';
  const mayPack = useMay('GET /review-campaigns/{id}/pack');
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>();
  const download = async () => {
    setLoading(true);
    setError(undefined);
    await savePack(campaignId).catch(setError);
    setLoading(false);
  };
  const later = (days: number) => new Date(Date.parse(dueAt ?? '') + days * 86_400_000).toISOString();
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        {state === 'open' && (
          <Link to="/campaigns/$id/desk" params={{ id: campaignId }}>
            Your reviews
          </Link>
        )}
        {mayMove && dueAt !== undefined && (
          <ReasonedAct
            text="A week more"
            title="Give everybody a week more"
            act={(reason) => move.mutateAsync({ path: { id: campaignId }, body: { dueAt: later(7), reason } })}
          >
            The stage that is open ends a week later. It is on record, with your reason.
          </ReasonedAct>
        )}
        {mayPack && (
          <Button iconName="download" loading={isLoading} onClick={() => void download()}>
            The auditor’s pack
          </Button>
        )}
      </SpaceBetween>
      <Problem error={error} />
    </SpaceBetween>
  );
}

const OUTCOMES = [
  ['kept', 'Kept'],
  ['shortened', 'Shortened'],
  ['removed', 'Removed'],
  ['suspended', 'Suspended'],
  ['notAnswered', 'Not answered'],
] as const;

function Progress({ campaign: { counts } }: { readonly campaign: Campaign }) {
  const open = Math.max(counts.asked - counts.answered - counts.notAnswered, 0);
  const bars = [...OUTCOMES.map(([key, title]) => ({ x: title, y: counts[key] })), { x: 'Open', y: open }];
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${counts.answered} of ${counts.asked})`}>
          Answered
        </Header>
      }
    >
      <BarChart
        ariaLabel="Items by what became of them"
        height={220}
        horizontalBars
        hideFilter
        hideLegend
        xDomain={bars.map(({ x }) => x)}
        xTitle="Outcome"
        yTitle="Items"
        series={[{ title: 'Items', type: 'bar', data: bars }]}
        empty={<Box textAlign="center">Nothing is asked.</Box>}
      />
    </Container>
  );
}

function Reviewers({ campaign: { reviewers } }: { readonly campaign: Campaign }) {
  return (
    <Listing
      title="Reviewers"
      what="reviewer"
      heading="h2"
      list={{ items: reviewers }}
      keyOf={({ reviewer }) => reviewer}
      empty="Nobody is asked."
      columns={[
        {
          id: 'who',
          header: 'Who',
          cell: ({ reviewer, name }) =>
            reviewer.startsWith('role:') ? (
              `whoever has the role ${reviewer.slice('role:'.length)}`
            ) : (
              <IdentityLink id={reviewer} name={name} />
            ),
          isRowHeader: true,
        },
        { id: 'people', header: 'People', cell: ({ people }) => people },
        { id: 'items', header: 'Items', cell: ({ items }) => items },
        { id: 'open', header: 'Open', cell: ({ open }) => open },
      ]}
    />
  );
}

const ALL = 'all';
const STATUSES = ['open', 'asked', 'kept', 'removed', 'shortened', 'suspended', 'not-answered', 'settled'] as const;

function Outcomes({ id }: { readonly id: string }) {
  const [status, setStatus] = useState<(typeof STATUSES)[number] | 'all'>(ALL);
  const list = useList('GET /review-campaigns/{id}/items', {
    path: { id },
    query: { ...(status !== ALL && { status }) },
  });
  return (
    <Listing
      title="Items"
      what="item"
      heading="h2"
      description="Also what was settled by the policy. A removal is done once the system itself was seen without it."
      list={list}
      keyOf={({ subject, entitlement }) => `${subject} ${entitlement}`}
      empty="There is none."
      filter={<Choose label="Status" among={[ALL, ...STATUSES]} chosen={status} choose={setStatus} />}
      columns={[
        {
          id: 'who',
          header: 'Who',
          cell: ({ identityId, subject }) => (identityId === undefined ? subject : <IdentityLink id={identityId} />),
          isRowHeader: true,
        },
        {
          id: 'what',
          header: 'What',
          cell: ({ entitlement, planted }) => (
            <>
              <EntitlementLink id={entitlement} /> {planted && '(planted)'}
            </>
          ),
        },
        { id: 'status', header: 'Status', cell: ({ status: stands }) => <Status of={stands} /> },
        {
          id: 'why',
          header: 'Because',
          cell: ({ because, excluded }) =>
            excluded === undefined ? because.join(', ') : `excluded by ${excluded.by}: “${excluded.reason}”`,
        },
        {
          id: 'answer',
          header: 'Answer',
          cell: ({ answer }) =>
            answer === undefined ? (
              '–'
            ) : (
              <>
                {answer.decision} by {answer.by}, <Moment at={answer.at} />: “{answer.reason}”
              </>
            ),
        },
        {
          id: 'removal',
          header: 'Read back',
          cell: ({ removal }) =>
            removal === undefined ? (
              '–'
            ) : removal.readBackAt === undefined ? (
              <Status of={removal.late ? 'failed' : 'running'} text={removal.late ? 'not yet, and late' : 'not yet'} />
            ) : (
              <>
                <Moment at={removal.readBackAt} />
                {removal.inSeconds !== undefined && `, after ${duration(removal.inSeconds)}`}
                {removal.late && ', late'}
                {removal.proof !== undefined && `, entry ${removal.proof.logIndex}`}
              </>
            ),
        },
      ]}
    />
  );
}
