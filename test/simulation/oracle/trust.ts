// What people let others have and decide in their name, put to the reference when it is written: an agent is given nothing that
// its owner may not give, a cover is what somebody holds and no longer than they do, a link decides once and for whom it was
// mailed to, and what takes two people was said by two.
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type {
  AccessGrantedFact,
  AccessRequestedFact,
  Fact,
  RequestDecidedFact,
  TaskAttestedFact,
} from '../../../lambdas/core/identity/facts.ts';
import { handoverEnds, holdsNow, mayHoldOf } from '../../reference/access.ts';
import { referenceOf, standingOf, turningPoints, turnsOfAgreed } from '../../reference/state.ts';
import { AFTERLIFE_MS, SKEW_MS } from '../fate.ts';
import type { Witness } from './witness.ts';

/** A function writes what it decided by what it read within this time; what it sent before it died may arrive later. */
const WRITING_MS = 10_000 + AFTERLIFE_MS;
/** Whom somebody covers is looked at once an hour, by a clock that comes every five minutes. */
const LOOKED_AT_MS = 75 * 60_000;

export interface Mailed {
  readonly linkId: string;
  readonly secret: string;
  /** Whose mail it was in: an address. */
  readonly to: string;
}

export class Trust {
  readonly #witness: Witness;
  readonly #model: () => AccessModel;
  readonly #mailed = new Map<string, Mailed>();
  /** Links that somebody pressed as they were mailed. */
  readonly #pressed = new Set<string>();
  readonly #decidedBy = new Set<string>();
  /** Task → the identities that said that it is done. */
  readonly #stated = new Map<string, Set<string>>();

  constructor(witness: Witness, model: () => AccessModel) {
    this.#witness = witness;
    this.#model = model;
  }

  onMailed(mailed: Mailed): void {
    this.#mailed.set(mailed.linkId, mailed);
  }

  /** Somebody presses what they take for a link of theirs. @returns what is called with the answer, and says what is wrong with it */
  onPressed({ linkId, secret }: Mailed): (status: number | undefined) => readonly string[] {
    const isGenuine = this.#mailed.get(linkId)?.secret === secret;
    const wasUsed = this.#decidedBy.has(linkId);
    if (isGenuine) this.#pressed.add(linkId);
    return (status) => {
      if (wasUsed && status === 200) return ['a link that had decided decided again'];
      // Whoever died, or could not, has said nothing.
      if (status === undefined || status >= 500 || (status === 404) === !isGenuine) return [];
      return [`a link that was ${isGenuine ? 'mailed' : 'altered'} was answered ${status}`];
    };
  }

  /** Somebody says that a task is done. */
  onStated(taskId: string, identityId: string): void {
    this.#stated.set(taskId, (this.#stated.get(taskId) ?? new Set()).add(identityId));
  }

  /** @param nowMs when it was written */
  faultsOf(fact: Fact, nowMs: number): readonly string[] {
    if (fact.type === 'access-granted') return [...this.#ofAgent(fact, nowMs), ...this.#ofCover(fact, nowMs)];
    if (fact.type === 'request-decided') return this.#ofLink(fact);
    return fact.type === 'task-attested' ? this.#ofTwo(fact) : [];
  }

  #ofAgent({ identityId, entitlement, startsMs }: AccessGrantedFact, nowMs: number): readonly string[] {
    const state = this.#witness.stateAt(identityId, startsMs, nowMs);
    const { kind, owner = '' } = state.attributes;
    if (kind !== 'ai-agent' || this.#model().nonHuman?.[kind]?.holdsNoMoreThanOwner !== true) return [];
    const isWithin = this.#heardBefore([identityId, owner], nowMs).some((heardMs) => {
      const { belongsTo } = this.#witness.stateAt(identityId, startsMs, heardMs);
      return belongsTo !== undefined && mayHoldOf(belongsTo, entitlement, this.#model());
    });
    return isWithin ? [] : [`${identityId} is given ${entitlement}, which ${owner} does not hold`];
  }

  #ofCover(grant: AccessGrantedFact, nowMs: number): readonly string[] {
    const { identityId, entitlement, startsMs, basis, endsMs = Number.POSITIVE_INFINITY } = grant;
    const covers = this.#coveredBy(grant);
    if (covers === undefined) return [];
    if (basis !== 'cover') return [`${identityId} covers ${covers} by what is no cover`];
    // A clock may be behind the one by which whom it covers was written last.
    const untils = this.#heardBefore([covers], nowMs).flatMap((heardMs) =>
      [startsMs, startsMs + 2 * SKEW_MS].map((atMs) => this.#heldUntil(covers, entitlement, atMs, heardMs)),
    );
    const untilMs = Math.max(...untils.map((one) => one ?? Number.NEGATIVE_INFINITY));
    if (untilMs === Number.NEGATIVE_INFINITY)
      return [`${identityId} covers ${covers}, who does not hold ${entitlement}`];
    return endsMs <= untilMs ? [] : [`${identityId} covers ${covers} for longer than they hold ${entitlement}`];
  }

  /** What somebody covers who holds it no longer, when that has long been so. */
  faultsOfCovers(identityId: string, facts: readonly Fact[], nowMs: number): readonly string[] {
    const given = standingOf(facts).filter((fact) => fact.type === 'access-granted');
    const covers = given.filter(({ basis }) => basis === 'cover');
    return covers.flatMap((grant) => {
      const covered = this.#coveredBy(grant);
      const others = new Set<string>(given.filter((one) => one !== grant).map(({ factId }) => factId));
      const alone = facts.filter(({ factId }) => !others.has(factId));
      const isHeld = (referenceOf(alone)(nowMs).granted ?? []).length > 0;
      if (!isHeld || covered === undefined) return [];
      const sinceMs = nowMs - LOOKED_AT_MS;
      const told = this.#witness.told.of(covered).map(({ fromMs }) => fromMs);
      const turns = this.#turnsOf(covered, nowMs);
      const lately = [...told, ...turns].flatMap((atMs) => [atMs - 1, atMs]);
      const instants = [sinceMs, nowMs, ...lately.filter((atMs) => atMs >= sinceMs && atMs <= nowMs)];
      if (instants.some((atMs) => this.#holdsOwn(covered, grant.entitlement, atMs, atMs))) return [];
      return [`${identityId} still covers ${covered}, who holds ${grant.entitlement} no longer`];
    });
  }

  #coveredBy({ identityId, requestId }: AccessGrantedFact): string | undefined {
    const asked = this.#witness
      .factsOf(identityId)
      .find((fact): fact is AccessRequestedFact => fact.type === 'access-requested' && fact.requestId === requestId);
    return asked?.covers;
  }

  /** Until when somebody holds it by reasons of their own, by what was known; undefined: they do not. */
  #heldUntil(identityId: string, entitlement: string, fromMs: number, heardMs: number): number | undefined {
    if (!this.#holdsOwn(identityId, entitlement, fromMs, heardMs)) return undefined;
    const turns = this.#turnsOf(identityId, heardMs).filter((atMs) => atMs > fromMs);
    return turns.find((atMs) => !this.#holdsOwn(identityId, entitlement, atMs, heardMs)) ?? Number.POSITIVE_INFINITY;
  }

  /** What they hold in an emergency, or cover for somebody else, is not their own. */
  #holdsOwn(identityId: string, entitlement: string, atMs: number, heardMs: number): boolean {
    const own = this.#ownFacts(identityId, heardMs);
    const state = referenceOf(own, (ownerId, thenMs) => this.#witness.ownerAt(ownerId, thenMs, heardMs))(atMs);
    return holdsNow(state, entitlement, this.#model());
  }

  #ownFacts(identityId: string, heardMs: number): readonly Fact[] {
    return this.#witness
      .factsAt(identityId, heardMs)
      .filter((fact) => fact.type !== 'access-granted' || (fact.basis !== 'cover' && fact.basis !== 'break-glass'));
  }

  #turnsOf(identityId: string, heardMs: number): readonly number[] {
    const own = this.#ownFacts(identityId, heardMs);
    const turns = [
      ...turningPoints(own),
      ...turnsOfAgreed(own),
      ...handoverEnds(referenceOf(own)(heardMs), this.#model()),
    ];
    return [...new Set(turns)].sort((a, b) => a - b);
  }

  /** Whoever wrote it may have read these before anything that was said of them since. */
  #heardBefore(identityIds: readonly string[], nowMs: number): readonly number[] {
    const told = identityIds.flatMap((id) => this.#witness.told.of(id).map(({ fromMs }) => fromMs - 1));
    return [nowMs, ...told.filter((atMs) => atMs >= nowMs - WRITING_MS && atMs < nowMs)];
  }

  #ofLink({ sourceEventId, answeredBy, requestId, identityId }: RequestDecidedFact): readonly string[] {
    const [, linkId] = /\/link\/([^/]+)$/.exec(sourceEventId) ?? [];
    if (linkId === undefined) return [];
    const mailed = this.#mailed.get(linkId);
    const before = this.#witness
      .factsOf(identityId)
      .filter((fact) => fact.type === 'request-decided' && fact.requestId === requestId)
      .filter((fact) => fact.sourceEventId !== sourceEventId);
    const isOver = before.some((fact) => fact.type === 'request-decided' && fact.answer !== 'approve');
    const isAgain = this.#decidedBy.has(linkId);
    this.#decidedBy.add(linkId);
    return [
      ...(this.#pressed.has(linkId) ? [] : [`nobody pressed the link by which ${requestId} was decided`]),
      ...(mailed === undefined || mailed.to === addressOf(answeredBy)
        ? []
        : [`${answeredBy} decided by a link to ${mailed.to}`]),
      ...(isAgain ? [`${requestId} was decided twice by one link`] : []),
      ...(isOver ? [`${requestId} was decided by a link when it was over`] : []),
    ];
  }

  #ofTwo({ identityId, applicationId, taskId, attestedBy, confirmedBy, steps }: TaskAttestedFact): readonly string[] {
    const application = this.#model().applications.find(({ id }) => id === applicationId);
    const isPrivileged = (grant: string | undefined) =>
      application?.entitlements.some((one) => one.grant === grant && one.privileged) === true;
    if (application?.attestation?.secondPerson !== 'privileged' || !steps.some(({ grant }) => isPrivileged(grant)))
      return [];
    const said = [...(this.#stated.get(taskId) ?? [])];
    const both = [attestedBy, confirmedBy];
    return [
      ...(confirmedBy === undefined || confirmedBy === attestedBy
        ? [`${taskId} takes two people, and one said so`]
        : []),
      ...(both.every((one) => one === undefined || said.includes(one)) ? [] : [`${taskId}: ${both} did not say so`]),
      ...(both.includes(identityId) ? [`${taskId}: ${identityId} said so of what concerns them`] : []),
    ];
  }
}

/** Where whoever decides is mailed to. */
export function addressOf(identityId: string): string {
  return `${identityId.toLowerCase()}@acme.example`;
}
