// Many questions at once, apart from queries.ts so that the first page does without.
import { useQueries } from '@tanstack/react-query';
import { type Asked, call, type Operation } from './client.ts';
import { keyOf } from './queries.ts';

/** The same asked about many moments, answers in their order: what was then is asked again when somebody acts, and not before. */
export function useAnswers<Name extends Operation>(operation: Name, asked: readonly Asked<Name>[]) {
  return useQueries({
    queries: asked.map((one) => ({
      queryKey: keyOf(operation, one),
      queryFn: () => call(operation, one),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
}
