// One request, and every decision on it.
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { IdentityLink } from '../parts/links.tsx';
import { Moment } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { RequestCard } from '../parts/request-card.tsx';
import { Status } from '../parts/status.tsx';
import { useSession } from '../session-context.ts';

const EVERY_MS = 10_000;

export function RequestPage() {
  const { id = '' } = useParams({ strict: false });
  const { data, error, isPending } = useAnswer('GET /requests/{id}', { path: { id } }, { everyMs: EVERY_MS });
  if (isPending) return <Box color="text-body-secondary">Asking the API…</Box>;
  if (data === undefined) return <Problem error={error} />;
  return (
    <SpaceBetween size="l">
      <RequestCard request={data} heading="h1" />
      <Container header={<Header variant="h2">Who decides</Header>}>
        <SpaceBetween size="s">
          {data.stages.length === 0 && <Box>The rule it was asked for by is no more.</Box>}
          {data.stages.map(({ anyOf, quorum, approvedBy }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: stages have nothing but their place
            <Box key={index}>
              {index + 1}. {quorum} of {anyOf.join(', ')}:{' '}
              {approvedBy.length >= quorum ? (
                <Status of="approved" text={`approved by ${approvedBy.join(', ')}`} />
              ) : (
                <Status of="open" text={`${approvedBy.length} of ${quorum}`} />
              )}
            </Box>
          ))}
          {data.canDecide !== undefined && (
            <Box>
              Now: {data.canDecide.join(', ') || 'nobody by name'}
              {data.securityCanDecide && ', and whoever has the role security'}
            </Box>
          )}
        </SpaceBetween>
      </Container>
      {data.decisions.length > 0 && (
        <Container header={<Header variant="h2">What was decided</Header>}>
          <ul className="plain">
            {data.decisions.map(({ answer, by, at, reason }) => (
              <li key={`${by} ${at}`}>
                <Moment at={at} />: {answer} by <IdentityLink id={by} />
                {reason && <Box color="text-body-secondary">“{reason}”</Box>}
              </li>
            ))}
          </ul>
        </Container>
      )}
      {data.review && <Review request={data} />}
    </SpaceBetween>
  );
}

function Review({ request }: { readonly request: Schemas['AccessRequestState'] }) {
  const { identityId: own, roles } = useSession();
  const review = useAct('POST /requests/{id}/review');
  const { review: asked, requestId, identityId } = request;
  if (asked === undefined) return null;
  const isOpen = asked.status === 'open' || asked.status === 'overdue';
  const may =
    isOpen &&
    own !== undefined &&
    own !== identityId &&
    (asked.canAnswer?.includes(own) || (asked.securityCanAnswer === true && roles.includes('security')));
  const answer = (verdict: 'justified' | 'unjustified') => (reason: string) =>
    review.mutateAsync({ path: { id: requestId }, body: { verdict, reason } });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            may && (
              <SpaceBetween direction="horizontal" size="xs">
                <ReasonedAct text="Not justified" title="It was not justified" act={answer('unjustified')}>
                  The access ends at once.
                </ReasonedAct>
                <ReasonedAct text="Justified" title="It was justified" act={answer('justified')}>
                  Kept in the record with what you found.
                </ReasonedAct>
              </SpaceBetween>
            )
          }
        >
          Taken in an emergency
        </Header>
      }
    >
      <Status of={asked.status} /> {asked.reason && `“${asked.reason}”`} Due <Moment at={asked.dueAt} relative />
    </Container>
  );
}
