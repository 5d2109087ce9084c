// Who may decide on what waits for a person: from docs/reference/hr-events.md, docs/reference/operators-api.md and the
// glossary. Whatever follows from a decision names who made it; nobody makes one that concerns themselves, and nobody
// alone says who is who.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { faults } from './certificates.ts';

/** What somebody really asked for. */
export interface Stated {
  readonly holdId: string;
  readonly decided: 'release' | 'drop';
  /** As the operators' API knows them. */
  readonly operator: string;
  readonly identityId: string;
}

/** What it takes for a fact to count: undefined of those that follow from no decision on a hold. */
function asked(fact: Fact): Stated['decided'] | undefined {
  switch (fact.type) {
    case 'hold-released':
    case 'merged':
    case 'absorbed':
      return 'release';
    case 'hold-dropped':
      return 'drop';
    case 'rescind':
      return fact.hold === undefined ? undefined : 'release';
    default:
      return undefined;
  }
}

/** @param concerned whom the hold is about, among them those whose facts wait in it */
export function faultsOfDecision(
  fact: Fact,
  stated: readonly Stated[],
  concerned: (identityId: string, holdId: string) => boolean,
): readonly string[] {
  const wanted = asked(fact);
  if (wanted === undefined) return [];
  const {
    hold = '',
    decidedBy = '',
    proposedBy,
  } = fact as {
    readonly hold?: string;
    readonly decidedBy?: string;
    readonly proposedBy?: string;
  };
  const made = stated.filter(({ holdId, operator }) => holdId === hold && operator === decidedBy);
  return faults([
    [hold === '', 'it names no hold'],
    [!made.some(({ decided }) => decided === wanted), `${decidedBy} never asked to ${wanted} ${hold}`],
    [proposedBy === decidedBy, `${decidedBy} decided alone`],
    [made.some(({ identityId }) => concerned(identityId, hold)), `${decidedBy} decided what concerns them`],
  ]).map((fault) => `${fact.factId}: ${fault}`);
}
