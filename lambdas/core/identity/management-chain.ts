// Who answers for an identity when the manager it names has left: the next one up who is there. Access never rests on a
// manager's attribute; what a manager decides, reads or takes over does.

/** Deeper than organisations are; also what ends a chain that bites its own tail. */
export const MAXIMUM_CHAIN = 12;

export interface Superior {
  readonly identityId: string;
  readonly employed: boolean;
  /** Whether they can take something over: a person, and not on leave. @default they cannot */
  readonly takesOver?: boolean | undefined;
  /** Who decides in their place now: a person who is at work, and not whoever that one delegates to. @default nobody */
  readonly delegate?: string | undefined;
  /** Of the two, those to whom nothing can be mailed. @default none */
  readonly unreached?: readonly string[] | undefined;
  /** The one above: the manager, or the identity this one was merged into. */
  readonly above: string | undefined;
}

/** Those above, nearest first, departed ones included. `look` finds one of them; unknown ones end the chain. */
export async function superiorsFrom(
  nearest: string | undefined,
  look: (identityId: string) => Promise<Superior | undefined>,
): Promise<readonly Superior[]> {
  const superiors = new Map<string, Superior>();
  let next = nearest;
  while (next !== undefined && superiors.size < MAXIMUM_CHAIN && !superiors.has(next)) {
    const superior = await look(next);
    if (superior === undefined) break;
    superiors.set(next, superior);
    next = superior.above;
  }
  return [...superiors.values()];
}

/** The nearest who is there to decide; undefined when nobody above is. */
export function effectiveManager(superiors: readonly Superior[]): string | undefined {
  return superiors.find(({ employed }) => employed)?.identityId;
}
