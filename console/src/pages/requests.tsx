// What waits for the reader, and what they asked for themselves. Cards, since people decide on a telephone.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNavigate } from '@tanstack/react-router';
import { ApiProblem } from '../api/client.ts';
import { useList } from '../api/queries.ts';
import { Problem } from '../parts/problem.tsx';
import { RequestCard } from '../parts/request-card.tsx';
import { useMay, useSession } from '../session-context.ts';

const EVERY_MS = 15_000;

export function RequestsPage() {
  const { identityId } = useSession();
  const navigate = useNavigate();
  const mayDecide = useMay('POST /requests/{id}/decisions') && identityId !== undefined;
  const mayAsk = useMay('POST /requests') && identityId !== undefined;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          mayAsk && (
            <Button variant="primary" onClick={() => void navigate({ to: '/requests/new' })}>
              Ask for access
            </Button>
          )
        }
      >
        Requests
      </Header>
      {!mayDecide && !mayAsk && (
        <Box>
          You decide on no requests. Those for somebody are on their page; one of them opens by its address,
          /requests/&lt;id&gt;.
        </Box>
      )}
      {mayDecide && <Requests title="Waiting for your decision" empty="Nothing waits for you." isForMe />}
      {identityId !== undefined && (
        <Requests title="For yourself" empty="You have asked for nothing." isForMe={false} />
      )}
    </SpaceBetween>
  );
}

interface RequestsProps {
  readonly title: string;
  readonly empty: string;
  readonly isForMe: boolean;
}

function Requests({ title, empty, isForMe }: RequestsProps) {
  const asked = isForMe ? { query: { for: 'me' } as const } : {};
  const { items, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useList('GET /requests', asked, {
    everyMs: EVERY_MS,
  });
  if (error instanceof ApiProblem && error.status === 404)
    return <Box color="text-body-secondary">No HR system names you, so nothing is asked for yourself.</Box>;
  return (
    <SpaceBetween size="m">
      <Header variant="h2" counter={items.length === 0 ? undefined : `(${items.length}${hasNextPage ? '+' : ''})`}>
        {title}
      </Header>
      <Problem error={error} />
      {isPending && <Box color="text-body-secondary">Asking the API…</Box>}
      {!isPending && !error && items.length === 0 && <Box color="text-body-secondary">{empty}</Box>}
      {items.map((request) => (
        <RequestCard key={request.requestId} request={request} />
      ))}
      {hasNextPage && (
        <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </SpaceBetween>
  );
}
