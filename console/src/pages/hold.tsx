// One hold: whom it concerns, what they would lose, and the two ways out of it.
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Status } from '../parts/status.tsx';
import { useMay, useSession } from '../session-context.ts';

type Hold = Schemas['HoldDetail'];

export function HoldPage() {
  const { id = '' } = useParams({ strict: false });
  const { data, error, isPending } = useAnswer('GET /holds/{id}', { path: { id } });
  if (isPending) return <Box color="text-body-secondary">Asking the API…</Box>;
  if (data === undefined) return <Problem error={error} />;
  const losses = new Map((data.losses ?? []).map(({ identityId, loses }) => [identityId, loses]));
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h1" description={data.holdId} actions={<Decide hold={data} />}>
            Hold: {data.rule}
          </Header>
        }
      >
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={4}
            items={[
              { label: 'Status', value: <Status of={data.status} /> },
              { label: 'From', value: data.source },
              { label: 'Since', value: <Moment at={data.openedAt} relative /> },
              { label: 'Identities', value: `${data.count} (held from ${data.threshold} on)` },
            ]}
          />
          <Details hold={data} />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Whom it concerns</Header>}>
        <ul className="plain">
          {data.identities.map((identityId) => (
            <li key={identityId}>
              <IdentityLink id={identityId} />
              {losses.has(identityId) && (
                <Box color="text-body-secondary">loses {losses.get(identityId)?.join(', ') || 'nothing'}</Box>
              )}
            </li>
          ))}
        </ul>
        {data.next !== undefined && <Box color="text-body-secondary">And more.</Box>}
      </Container>
    </SpaceBetween>
  );
}

function Details({ hold: { merge, erasure, modelChange, decision } }: { readonly hold: Hold }) {
  return (
    <>
      {merge && (
        <Box>
          {merge.duplicate} and {merge.identityId}: “{merge.reason}”, proposed by {merge.proposedBy}
        </Box>
      )}
      {erasure && (
        <Box>
          Erasing {erasure.identityId ?? 'somebody'}, proposed by {erasure.proposedBy}
          {erasure.dueAt && (
            <>
              , due <Moment at={erasure.dueAt} relative />
            </>
          )}
        </Box>
      )}
      {modelChange && (
        <Box>
          {modelChange.emptied} would be left with nothing, {modelChange.reduced} with less, {modelChange.gaining} would
          gain.
        </Box>
      )}
      {decision && (
        <Box>
          Decided by {decision.decidedBy}, <Moment at={decision.decidedAt} />: “{decision.reason}”
        </Box>
      )}
    </>
  );
}

function Decide({ hold: { holdId, status } }: { readonly hold: Hold }) {
  const { identityId } = useSession();
  const may = useMay('POST /holds/{id}/release') && identityId !== undefined;
  const release = useAct('POST /holds/{id}/release');
  const drop = useAct('POST /holds/{id}/drop');
  const path = { id: holdId };
  if (!may || status !== 'open') return null;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ReasonedAct text="Drop" title="Drop it" act={(reason) => drop.mutateAsync({ path, body: { reason } })}>
        What is held never takes effect. It is final.
      </ReasonedAct>
      <ReasonedAct text="Release" title="Release it" act={(reason) => release.mutateAsync({ path, body: { reason } })}>
        What is held takes effect now, for everybody whom it concerns. It is final.
      </ReasonedAct>
    </SpaceBetween>
  );
}
