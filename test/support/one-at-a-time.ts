// Work of one kind that must not overlap, such as installing: each waits for the one before, however that ended.

export function oneAtATime<Input extends unknown[], Result>(
  work: (...input: Input) => Promise<Result>,
): (...input: Input) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (...input) => {
    const turn = last.then(() => work(...input));
    last = turn.catch(() => {});
    return turn;
  };
}
