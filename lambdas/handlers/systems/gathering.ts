// What several visits of one call ask the table for at about the same time is asked for once: a read begins after all who share
// it have asked, so that each is told what it would have been told alone.

/** Less than the table takes to answer. */
const GATHERING_MS = 2;

/** One read for all who ask for the same meanwhile. */
export function sharing<Answer>(read: (id: string) => Promise<Answer>): (id: string) => Promise<Answer> {
  const gathered = new Map<string, Promise<Answer>>();
  return (id) => {
    const known = gathered.get(id);
    if (known !== undefined) return known;
    const answer = pause().then(() => {
      gathered.delete(id);
      return read(id);
    });
    gathered.set(id, answer);
    return answer;
  };
}

interface Asked<Ask, Answer> {
  readonly ask: Ask;
  readonly answer: (answer: Promise<Answer>) => void;
}

/** One write of all that is asked for meanwhile. @param write answers each in its place */
export function together<Ask, Answer>(
  write: (asked: readonly Ask[]) => Promise<readonly Answer[]>,
): (ask: Ask) => Promise<Answer> {
  let gathered: Asked<Ask, Answer>[] = [];
  const writeAll = () => {
    const all = gathered;
    gathered = [];
    const answers = write(all.map(({ ask }) => ask));
    for (const [index, { answer }] of all.entries()) answer(answers.then((each) => each[index] as Answer));
  };
  return (ask) =>
    new Promise((resolve) => {
      gathered.push({ ask, answer: resolve });
      if (gathered.length === 1) void pause().then(writeAll);
    });
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, GATHERING_MS);
  });
}
