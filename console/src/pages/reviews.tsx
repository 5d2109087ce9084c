// What moves left to be answered: what was kept, gained and lost, and whether what is handed over is needed.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Schemas } from '../api/contract.ts';
import { useAct, useList } from '../api/queries.ts';
import { EntitlementLink, IdentityLink } from '../parts/links.tsx';
import { Moment, WithMoments } from '../parts/moment.tsx';
import { Problem } from '../parts/problem.tsx';
import { ReasonedAct } from '../parts/reasoned-act.tsx';
import { Status } from '../parts/status.tsx';
import { useMay, useSession } from '../session-context.ts';

type Review = Schemas['AccessReview'];
type Item = Review['items'][number];

export function ReviewsPage() {
  const { items, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useList('GET /reviews');
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        counter={isPending ? undefined : `(${items.length}${hasNextPage ? '+' : ''})`}
        description="Whoever moves keeps nothing unseen: what is not kept by then is taken away."
      >
        Reviews of moves
      </Header>
      <Problem error={error} />
      {isPending && <Box color="text-body-secondary">Asking the API…</Box>}
      {!isPending && error === null && items.length === 0 && (
        <Box color="text-body-secondary">
          {hasNextPage ? 'Nothing yet among those who were looked through.' : 'No move waits for an answer.'}
        </Box>
      )}
      {items.map((review) => (
        <ReviewCard key={review.reviewId} review={review} />
      ))}
      {hasNextPage && (
        <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Look further
        </Button>
      )}
    </SpaceBetween>
  );
}

function ReviewCard({ review }: { readonly review: Review }) {
  const { identityId, moved, dueAt, status: stands, items } = review;
  const asked = items.filter(({ status }) => status !== 'not-asked');
  const others = items.filter(({ status }) => status === 'not-asked');
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              Moved <Moment at={moved.at} />, to be answered by <Moment at={dueAt} relative />{' '}
              {stands === 'open' && Date.parse(dueAt) < Date.now() && <Status of="overdue" />}
            </>
          }
        >
          <IdentityLink id={identityId} />
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ul className="plain">
          {asked.map((item) => (
            <ItemOfMove key={item.entitlement} review={review} item={item} />
          ))}
        </ul>
        {others.length > 0 && (
          <ExpandableSection
            headerText={`What needs no answer (${others.length})`}
            headerAriaLabel={`What needs no answer of the move of ${identityId}`}
          >
            <ul className="plain">
              {others.map((item) => (
                <ItemOfMove key={`${item.change} ${item.entitlement}`} review={review} item={item} />
              ))}
            </ul>
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** As nobody takes it for an answer. */
const CHANGES: Readonly<Record<Item['change'], string>> = { kept: 'carried over', gained: 'gained', lost: 'lost' };

function ItemOfMove({ review, item }: { readonly review: Review; readonly item: Item }) {
  const { entitlement, name, privileged, byHand, change, reasons, status, by, at, reason } = item;
  return (
    <li>
      <SpaceBetween size="xxs">
        <div>
          <EntitlementLink id={entitlement} name={name} /> <Badge>{CHANGES[change]}</Badge>{' '}
          {privileged && <Badge color="red">privileged</Badge>} {byHand && <Badge>by hand</Badge>}{' '}
          {status !== 'not-asked' && <Status of={status} />}
        </div>
        {reasons.map((line) => (
          <Box key={line} color="text-body-secondary">
            <WithMoments line={line} />
          </Box>
        ))}
        {by !== undefined && (
          <Box color="text-body-secondary">
            {by}, <Moment at={at} />: “{reason}”
          </Box>
        )}
        <Answers review={review} item={item} />
      </SpaceBetween>
    </li>
  );
}

function Answers({ review: { reviewId, identityId }, item }: { readonly review: Review; readonly item: Item }) {
  const { identityId: own, roles } = useSession();
  const mayDecide = useMay('POST /reviews/{id}/decisions');
  const decide = useAct('POST /reviews/{id}/decisions');
  const { entitlement, canAnswer = [], securityCanAnswer = false, status } = item;
  const isTheirs = own !== undefined && (canAnswer.includes(own) || (securityCanAnswer && roles.includes('security')));
  if (!mayDecide || !isTheirs || own === identityId || !(status === 'open' || status === 'kept')) return null;
  const answer = (decision: 'keep' | 'remove') => (reason: string) =>
    decide.mutateAsync({ path: { id: reviewId }, body: { entitlement, decision, reason } });
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {status === 'open' && (
        <ReasonedAct text="Keep" title={`Keep ${entitlement} of ${identityId}`} act={answer('keep')}>
          Until its own end, and no longer.
        </ReasonedAct>
      )}
      <ReasonedAct text="Remove" title={`Remove ${entitlement} from ${identityId}`} act={answer('remove')}>
        It is taken away at once. To have it again takes a new request.
      </ReasonedAct>
    </SpaceBetween>
  );
}
