// The API's answers as React sees them: kept for half a minute, asked again when somebody looks or acts.
import {
  QueryClient,
  type QueryKey,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Answer, ApiProblem, type Asked, call, type Operation } from './client.ts';

const STALE_MS = 30_000;
const TRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      // What was refused is refused again; what failed may not be.
      retry: (failures, error) => failures < TRIES && !(error instanceof ApiProblem && error.status < 500),
    },
  },
});

export interface AnswerOptions {
  /** @default asked once */
  readonly everyMs?: number;
  /** @default true */
  readonly enabled?: boolean;
}

export interface RepeatedOptions<Name extends Operation> extends AnswerOptions {
  /** After such an answer it is not asked again. @default it is asked for ever */
  readonly until?: (answer: Answer<Name>) => boolean;
}

export function useAnswer<Name extends Operation>(
  operation: Name,
  asked: Asked<Name> = {},
  { everyMs, enabled = true, until }: RepeatedOptions<Name> = {},
) {
  return useQuery<Answer<Name>>({
    queryKey: keyOf(operation, asked),
    queryFn: () => call(operation, asked),
    enabled,
    refetchInterval: ({ state: { data } }) => (data !== undefined && until?.(data) ? false : (everyMs ?? false)),
  });
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}
type Listing = { [Name in Operation]: Answer<Name> extends Page<infer _Item> ? Name : never }[Operation];
export type ItemOf<Name extends Listing> = Answer<Name> extends Page<infer Item> ? Item : never;

/** A list as far as somebody has asked for more of it. */
export function useList<Name extends Listing>(
  operation: Name,
  asked: Asked<Name> = {},
  { everyMs, enabled = true }: AnswerOptions = {},
) {
  const list = useInfiniteQuery({
    queryKey: keyOf(operation, asked),
    queryFn: async ({ pageParam }) => {
      const query = { ...asked.query, ...(pageParam !== undefined && { after: pageParam }) };
      return (await call(operation, { ...asked, query } as Asked<Name>)) as Page<ItemOf<Name>>;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    enabled,
    refetchInterval: everyMs ?? false,
  });
  return { ...list, items: list.data?.pages.flatMap(({ items }) => items) ?? [] };
}

/** An act, after which everything that is shown is asked for anew. */
export function useAct<Name extends Operation>(operation: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asked: Asked<Name>) => call(operation, asked),
    onSettled: () => client.invalidateQueries(),
  });
}

export function keyOf(operation: Operation, asked: object): QueryKey {
  return [operation, asked];
}
