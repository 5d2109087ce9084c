// One application's report, and the decision on it.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Listing } from '../parts/listing.tsx';
import { Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Status } from '../parts/status.tsx';
import { useMay } from '../session-context.ts';

const EVERY_MS = 5_000;

export function ReconciliationPage() {
  const { application = '' } = useParams({ strict: false });
  const asked = { path: { applicationId: application }, query: { limit: 100 } };
  const { data, error, isPending } = useAnswer('GET /reconciliations/{applicationId}', asked, { everyMs: EVERY_MS });
  if (isPending) return <Box color="text-body-secondary">Asking the API…</Box>;
  if (data === undefined) return <Problem error={error} />;
  const { run, report, decision, findings } = data;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h1" actions={<Acts detail={data} />}>
            {data.applicationName}
          </Header>
        }
      >
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Last run', value: run ? <Status of={run.status} /> : 'never' },
            { label: 'Report of', value: <Moment at={report?.finishedAt} relative /> },
            { label: 'Accounts read', value: report?.accounts ?? '–' },
            { label: 'Matched', value: report?.matched ?? '–' },
            { label: 'Access without a reason is', value: data.answer === 'repair' ? 'taken away' : 'reported only' },
            {
              label: 'Decision',
              value: decision ? `${decision.answer}, ${decision.decidedBy}: “${decision.reason}”` : 'none',
            },
          ]}
        />
      </Container>
      <Listing
        title="Found"
        what="finding"
        heading="h2"
        list={{ items: findings }}
        keyOf={({ kind, accountId, identityId }) => `${kind} ${accountId ?? ''} ${identityId ?? ''}`}
        empty="Every account has its reason."
        columns={[
          { id: 'kind', header: 'What', cell: ({ kind }) => kind, isRowHeader: true },
          { id: 'account', header: 'Account', cell: ({ userName, accountId }) => userName ?? accountId ?? '–' },
          {
            id: 'who',
            header: 'Whose',
            cell: ({ identityId, candidates = [] }) =>
              identityId === undefined ? candidates.join(' or ') || 'nobody known' : <IdentityLink id={identityId} />,
          },
          { id: 'grants', header: 'Grants', cell: ({ grants = [] }) => grants.join(', ') || '–' },
          { id: 'privileged', header: 'Privileged', cell: ({ privileged }) => (privileged ? 'yes' : '–') },
          { id: 'first', header: 'First seen', cell: ({ firstSeenAt }) => <Moment at={firstSeenAt} relative /> },
        ]}
      />
      {data.next !== undefined && <Box color="text-body-secondary">The first 100 are shown.</Box>}
    </SpaceBetween>
  );
}

function Acts({ detail: { applicationId, report } }: { readonly detail: Schemas['ReconciliationDetail'] }) {
  const start = useAct('POST /reconciliations/{applicationId}/runs');
  const decide = useAct('POST /reconciliations/{applicationId}/decision');
  const path = { applicationId };
  if (!useMay('POST /reconciliations/{applicationId}/decision')) return null;
  const answer = (given: 'report' | 'repair') => (reason: string) =>
    decide.mutateAsync({ path, body: { answer: given, reason } });
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button loading={start.isPending} onClick={() => start.mutate({ path })}>
        Run now
      </Button>
      {report !== undefined && (
        <>
          <ReasonedAct text="Report only" title="Only report what has no reason" act={answer('report')}>
            Nothing is taken away. What is found is listed with each run.
          </ReasonedAct>
          <ReasonedAct text="Repair" title="Take away what has no reason" act={answer('repair')}>
            Extra access of known identities is taken away from now on, and what is missing is given.
          </ReasonedAct>
        </>
      )}
    </SpaceBetween>
  );
}
