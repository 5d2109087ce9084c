// Many things at once, but never more than a set number of them.

/** Results in the order of the items. After a failure nothing further is begun, and the first one is thrown. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  const waiting = items.entries();
  let failed = false;
  const work = async () => {
    for (const [index, item] of waiting) {
      if (failed) return;
      try {
        results[index] = await run(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All settle before any failure is passed on: nothing is left running behind the answer's back.
  const outcomes = await Promise.allSettled(Array.from({ length: concurrency }, work));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return results;
}
