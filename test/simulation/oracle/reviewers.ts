// Who may answer in a campaign, from the words of docs/reference/reviews.md: never oneself, and never who is not at work; whoever
// the stage names, whoever is above the person, whoever owns the entitlement, in this order, and where nobody of them is there,
// the role security. And what is not answered lies with somebody who is there, and was told.
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { CampaignReviewer } from '../../../lambdas/core/access-model/campaign-rules.ts';
import type { CampaignReviewOpenedFact, Fact } from '../../../lambdas/core/identity/facts.ts';
import { referenceAccess } from '../../reference/access.ts';
import { turningPoints, turnsOfAgreed } from '../../reference/state.ts';
import { SKEW_MS } from '../fate.ts';
import type { AnsweredDecision, CampaignDecision, Sent } from './campaigns.ts';
import type { Witness } from './witness.ts';

const ROLE = 'role:security';
const HIGHEST = 12;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Whom the stages of a campaign name, in their order: what it was opened with. */
export type Stages = readonly CampaignReviewer[];

/** What a handler may have known, and when it was by its clock. */
interface Moment {
  readonly atMs: number;
  readonly heardMs: number;
}

/** Of somebody of whom nothing is known how they are asked: nothing. */
export function faultsOfAnswerers(decided: AnsweredDecision, witness: Witness, model: AccessModel): readonly string[] {
  const { stages, items, by, decision, reason, answers } = decided;
  if (stages === undefined) return [];
  return answers.flatMap((sent) => {
    const what = `${decision} by ${by} (${reason})`;
    return items.flatMap((item): string[] => {
      const people = [item.identityId, by, ...witness.identities()];
      const moments = momentsOf(witness, people, sent);
      const rights = moments.map((moment) => rightOf({ decided, sent, item, stages }, moment, witness, model));
      if (sent.status === 200 && !rights.includes('may') && !rights.includes('must')) {
        return [`${what} of ${item.identityId} was accepted: ${describe(witness, by, sent.answeredMs)}`];
      }
      const isRefused = sent.status === 403 && items.length === 1 && rights.every((right) => right === 'must');
      return isRefused ? [`${what} of ${item.identityId} was refused, and is theirs to answer`] : [];
    });
  });
}

function describe(witness: Witness, by: string, atMs: number): string {
  return `they are ${witness.stateAt(by, atMs).status}, and it is not theirs to answer`;
}

function momentsOf(witness: Witness, people: readonly string[], { sentMs, answeredMs }: Sent): readonly Moment[] {
  const isWithin = (atMs: number) => sentMs - SKEW_MS <= atMs && atMs <= answeredMs + SKEW_MS;
  const told = people.flatMap((id) => witness.told.of(id).map(({ fromMs }) => fromMs));
  const turns = people.flatMap((id) => turningPoints(witness.factsAt(id, answeredMs)));
  const heard = [sentMs, ...told.filter((atMs) => sentMs < atMs && atMs <= answeredMs), answeredMs];
  const instants = [sentMs - SKEW_MS, sentMs, answeredMs, answeredMs + SKEW_MS, ...turns.filter(isWithin)];
  return [...new Set(heard)].flatMap((heardMs) => [...new Set(instants)].map((atMs) => ({ atMs, heardMs })));
}

interface Question {
  readonly decided: CampaignDecision;
  readonly stages: Stages;
  readonly sent: Sent;
  readonly item: CampaignDecision['items'][number];
}

/** `must`: whoever else may, they are the one who is asked. */
function rightOf(
  { decided: { by, role, decision }, sent, item, stages }: Question,
  moment: Moment,
  witness: Witness,
  model: AccessModel,
): 'must' | 'may' | 'none' {
  const isThere = (id: string) => id !== item.identityId && isAtWork(witness, id, moment);
  if (!isThere(by)) return 'none';
  const opened = witness
    .factsAt(item.identityId, moment.heardMs)
    .find((fact): fact is CampaignReviewOpenedFact => isAbout(fact, item.entitlement));
  if (opened === undefined) return 'none';
  const asked = chainOf(stages[stageOf(opened, witness, moment)] ?? 'manager', item, moment, witness, model);
  const [first = ROLE] = asked.filter(isThere);
  const assigned = sent.assigned.flatMap((one) => one.get(`${item.identityId} ${item.entitlement}`) ?? []);
  const handed = assigned.flatMap(({ reviewer }) => handedFrom(witness, reviewer, moment));
  const isHandedOver = handed.length > 0 || assigned.some((one) => one.isHandedOver);
  if (by === first && !isHandedOver) return 'must';
  const isTheirs = by === first || handed.includes(by) || assigned.some(({ reviewer }) => reviewer === by);
  const isSecuritys = first === ROLE || assigned.some(({ reviewer }) => reviewer === ROLE) || decision === 'undo';
  return isTheirs || (role === 'security' && isSecuritys) ? 'may' : 'none';
}

function isAbout(fact: Fact, entitlement: string): boolean {
  return (
    fact.type === 'access-review-opened' &&
    fact.basis === 'campaign' &&
    fact.items.some((item) => item.entitlement === entitlement)
  );
}

function isAtWork(witness: Witness, identityId: string, { atMs, heardMs }: Moment): boolean {
  return witness.stateAt(identityId, atMs, heardMs).status === 'active';
}

/** As its deadline was moved last. */
function stageOf({ identityId, reviewId, stages }: CampaignReviewOpenedFact, witness: Witness, moment: Moment): number {
  const moves = witness
    .factsAt(identityId, moment.heardMs)
    .flatMap((fact) => (fact.type === 'access-review-moved' && fact.reviewId === reviewId ? [fact.stages] : []));
  const dues = (moves.at(-1) ?? stages).map(({ dueMs }) => dueMs);
  const open = dues.findIndex((dueMs) => moment.atMs < dueMs);
  return open === -1 ? dues.length - 1 : open;
}

function chainOf(
  stage: CampaignReviewer,
  { identityId, entitlement }: Question['item'],
  moment: Moment,
  witness: Witness,
  model: AccessModel,
): readonly string[] {
  if (stage === 'security') return [];
  const [applicationId, id] = entitlement.split(':');
  const application = model.applications.find((one) => one.id === applicationId);
  const owner = application?.entitlements.find((one) => one.id === id)?.owner ?? application?.owner;
  const above = upFrom(nextAbove(witness, identityId, moment), moment, witness);
  const owners = upFrom(owner, moment, witness);
  const first = { manager: above, owner: above, 'entitlement-owner': owners };
  const named = stage === 'application-owner' ? upFrom(application?.owner, moment, witness) : first[stage];
  return [...named, ...above, ...owners];
}

function upFrom(nearest: string | undefined, moment: Moment, witness: Witness): readonly string[] {
  const found: string[] = [];
  for (let id = nearest; id !== undefined && !found.includes(id) && found.length < HIGHEST; ) {
    if (witness.factsAt(id, moment.heardMs).length === 0) break;
    found.push(id);
    id = nextAbove(witness, id, moment);
  }
  return found;
}

function nextAbove(witness: Witness, identityId: string, { atMs, heardMs }: Moment): string | undefined {
  const { manager, owner } = witness.stateAt(identityId, atMs, heardMs).attributes;
  return owner ?? manager ?? undefined;
}

/** To whom somebody handed what they had, and those in turn. */
function handedFrom(witness: Witness, reviewer: string, moment: Moment): readonly string[] {
  const found = new Set<string>();
  const left = [reviewer];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (const fact of witness.factsAt(id, moment.heardMs)) {
      if (fact.type !== 'reviews-reassigned' || found.has(fact.to)) continue;
      found.add(fact.to);
      left.push(fact.to);
    }
  }
  return [...found];
}

export interface OpenedCampaign {
  readonly campaignId: string;
  /** Epoch ms. */
  readonly begunMs: number;
  readonly openedMs: number;
  readonly applications: readonly string[];
}

/** Whatever somebody held from before it began until it was open is asked about, there or in the review of their move. @param model by which it was opened */
export function faultsOfPopulation(
  { campaignId, begunMs, openedMs, applications }: OpenedCampaign,
  witness: Witness,
  model: AccessModel,
): readonly string[] {
  const [fromMs, toMs] = [begunMs - 2 * SKEW_MS, openedMs + 2 * SKEW_MS];
  return witness.identities().flatMap((identityId): string[] => {
    const facts = witness.factsAt(identityId, toMs);
    const asked = facts.flatMap((fact) => {
      if (fact.type !== 'access-review-opened') return [];
      // Nobody is asked twice at once.
      const isOf = fact.basis === 'campaign' ? fact.campaignId === campaignId : fact.dueMs > begunMs;
      return isOf ? fact.items.map(({ entitlement }) => entitlement) : [];
    });
    const isChanging = witness.told
      .of(identityId)
      .some(({ fromMs: atMs, fact }) => fromMs < atMs && atMs <= toMs && fact.type !== 'access-review-opened');
    const turns = [...turningPoints(facts), ...turnsOfAgreed(facts)];
    if (isChanging || turns.some((atMs) => fromMs <= atMs && atMs <= toMs)) return [];
    const held = referenceAccess(witness.stateAt(identityId, begunMs, fromMs), model).flatMap(
      ({ applicationId, enabled, entitlements }) =>
        enabled && applications.includes(applicationId) ? entitlements.map((one) => `${applicationId}:${one}`) : [],
    );
    const missing = held.filter((one) => !asked.includes(one));
    return missing.map((one) => `${identityId} holds ${one}, and nobody is asked about it`);
  });
}

export interface SeenQueues {
  readonly campaignId: string;
  /** The one that is open, from 0. */
  readonly stage: number;
  /** What nobody has answered. */
  readonly open: readonly { readonly identityId: string; readonly reviewer: string }[];
  /** By identity, when whatever tells people was to look at them (epoch ms). */
  readonly wokenMs: ReadonlyMap<string, readonly number[]>;
}

/** The clock of campaigns looks at every queue once an hour, and at what has to be told each time. */
const CALM = { goneMs: HOUR_MS + 30 * MINUTE_MS, untoldMs: 40 * MINUTE_MS };
const ROUGH = { goneMs: 4 * HOUR_MS, untoldMs: 3 * HOUR_MS };
/** Whoever looks has not seen when it came there. */
const SEEN_WITHIN_MS = 5 * MINUTE_MS;

export class Queues {
  readonly #witness: Witness;
  readonly #patience: typeof CALM;
  /** By stage, reviewer and identity, since when it is known to lie there (epoch ms). */
  #since = new Map<string, number>();
  readonly #hadMs = new Map<string, number>();

  constructor(witness: Witness, isCalm: boolean) {
    this.#witness = witness;
    this.#patience = isCalm ? CALM : ROUGH;
  }

  faultsOf({ stage, open, wokenMs }: SeenQueues, nowMs: number): readonly string[] {
    const people = open.filter(({ reviewer }) => reviewer !== ROLE);
    const since = people.map(({ reviewer, identityId }): [string, number] => {
      const key = `${stage} ${reviewer} ${identityId}`;
      return [key, this.#since.get(key) ?? nowMs];
    });
    this.#since = new Map(since);
    for (const { reviewer } of people) {
      const key = `${stage} ${reviewer}`;
      this.#hadMs.set(key, this.#hadMs.get(key) ?? nowMs);
    }
    const { goneMs, untoldMs } = this.#patience;
    return people.flatMap(({ reviewer, identityId }, index): string[] => {
      const [, sinceMs = nowMs] = since[index] ?? [];
      if (sinceMs <= nowMs - goneMs && this.#isGone(reviewer, nowMs - goneMs, nowMs)) {
        return [`what is asked about ${identityId} lies with ${reviewer}, who is not at work`];
      }
      const hadMs = this.#hadMs.get(`${stage} ${reviewer}`) ?? nowMs;
      const isWoken = wokenMs.get(reviewer)?.some((atMs) => atMs >= hadMs - SEEN_WITHIN_MS) === true;
      return hadMs <= nowMs - untoldMs && !isWoken
        ? [`what is asked about ${identityId} lies with ${reviewer}, whom nobody has told`]
        : [];
    });
  }

  #isGone(identityId: string, fromMs: number, toMs: number): boolean {
    const facts = this.#witness.factsOf(identityId);
    const instants = [fromMs, ...turningPoints(facts).filter((atMs) => fromMs < atMs && atMs < toMs), toMs];
    const told = this.#witness.told.of(identityId).map((one) => one.fromMs);
    const heard = [fromMs, ...told.filter((atMs) => fromMs < atMs && atMs < toMs), toMs];
    return instants.every((atMs) => heard.every((heardMs) => !isAtWork(this.#witness, identityId, { atMs, heardMs })));
  }
}
