// What somebody is at an instant, worked out a second time and in another way: from docs/reference/hr-events.md,
// docs/reference/collisions.md and the glossary, one question after the other, with nothing from lambdas/core but its
// types. Slow and plain on purpose: where this and lambdas/core/identity/timeline.ts disagree, one of them is wrong.
import type { AttributeName, Attributes } from '../../lambdas/core/identity/attributes.ts';
import type {
  AccessGrantedFact,
  AnswerAskedFact,
  EffectiveFact,
  ExceptionGrantedFact,
  Fact,
  JoinerFact,
  LeaverFact,
  MergedFact,
  MoverFact,
  OwnershipAcceptedFact,
  RescindFact,
} from '../../lambdas/core/identity/facts.ts';
import { type CampaignItem, campaignItems } from './campaigns.ts';
import { readDay } from './day.ts';

export type ReferenceStatus = 'unknown' | 'pending' | 'active' | 'suspended' | 'departed';

export interface ReferenceState {
  readonly status: ReferenceStatus;
  readonly attributes: Partial<Attributes>;
  /** Since when it has been departed (epoch ms). */
  readonly departedMs?: number;
  /** `application:entitlement`, of what people decided on for a time. Absent: nothing. */
  readonly granted?: readonly string[] | undefined;
  /** Rules about duties of which people let it hold two sides. Absent: none. */
  readonly excepted?: readonly string[] | undefined;
  /** `application:entitlement`, of what no profile gives it, since people did not keep it. Absent: nothing. */
  readonly notGiven?: readonly string[] | undefined;
  /** What it was just before something else was said of it in this employment, the earliest first. Absent: nothing else. */
  readonly moved?: readonly Moved[] | undefined;
  /** Of an AI agent, whom it belongs to, as they are then. Absent: nobody has looked. */
  readonly belongsTo?: OwnerThen | undefined;
}

export interface OwnerThen {
  /** At which all about them counts. */
  readonly identityId: string;
  readonly state: ReferenceState;
}

/** Whoever an id stands for at an instant (epoch ms). */
export type OwnerAt = (ownerId: string, instantMs: number) => OwnerThen;

export interface Moved {
  readonly before: ReferenceState;
  /** Epoch ms. */
  readonly atMs: number;
  readonly agoMs: number;
  /** `application:entitlement`, what was not kept of it when people looked, by then. */
  readonly notKept: readonly string[];
}

interface Placed<Told extends EffectiveFact = EffectiveFact> {
  readonly fact: Told;
  readonly atMs: number;
}

/** From the joiner that begins it, through all that is said about it, to the leaver or merge that ends it. */
interface Employment {
  readonly beginsMs: number;
  /** In the order in which they count and take effect: those said of it before it began come first, after its joiner. */
  readonly said: readonly Placed[];
  readonly endsMs: number | undefined;
  /** The leaver that ended it. */
  readonly endedBy: string | undefined;
}

/** Clocks that differ by no more are taken for right. */
const CLOCKS_MS = 300_000;
const PERMANENT = ['employee', 'service-account', 'integration'];

/** More than any source's word weighs. */
const BEFORE_ALL_AUTHORITY = 101;

/** @param ownerAt who may limit what it holds. @returns the state at any instant (epoch ms) */
export function referenceOf(facts: readonly Fact[], ownerAt?: OwnerAt): (instantMs: number) => ReferenceState {
  const alone = statesOf(facts);
  if (ownerAt === undefined) return alone.at;
  return new States(facts, (instantMs) => ownedBy(alone.plainly(instantMs), { instantMs, ownerAt })).at;
}

const statesOf = remembered((facts): States => {
  const { employments, merged, decided, suspended, letIn, answers, campaigns } = lifeOf(facts);
  return new States(facts, (instantMs) => {
    const said = stateIn(employments, merged, instantMs);
    const isKeptOut =
      said.status === 'active' && suspended.some((one) => one.beginsMs <= instantMs && instantMs < one.endsMs);
    const isUnanswered = said.status === 'active' && isLapsed(answers, { employments, merged }, instantMs);
    const state: PlainState =
      isKeptOut || (isUnanswered && OWNED.includes(said.attributes.kind ?? ''))
        ? { ...said, status: 'suspended' }
        : said;
    const granted = decided.filter((one) => countsAt(one, { employments, merged }, instantMs));
    const excepted = letIn.filter((one) => isInForce(one, { employments, merged }, instantMs));
    const taken = campaigns.filter(
      ({ ofProfiles, openedMs, isTakenAt }) =>
        ofProfiles && isTakenAt(instantMs) && isOneEmployment({ employments, merged }, openedMs, instantMs),
    );
    return {
      ...state,
      ...(granted.length > 0 && { granted: granted.map(({ fact }) => fact.entitlement) }),
      ...(excepted.length > 0 && { excepted: excepted.map(({ fact }) => fact.rule) }),
      ...(taken.length > 0 && { notGiven: taken.map(({ entitlement }) => entitlement) }),
    };
  });
});

function ownedBy(
  state: PlainState,
  { instantMs, ownerAt }: { readonly instantMs: number; readonly ownerAt: OwnerAt },
): PlainState {
  const { kind, owner = '' } = state.attributes;
  return kind === 'ai-agent' ? { ...state, belongsTo: ownerAt(owner, instantMs) } : state;
}

type PlainState = Omit<ReferenceState, 'moved'>;

/** What some facts come to: of the same much is asked at the same instants. */
class States {
  readonly #facts: readonly Fact[];
  readonly #work: (instantMs: number) => PlainState;
  readonly #known = new Map<number, PlainState>();
  readonly #asked = new Map<number, ReferenceState>();
  #moves: readonly Move[] | undefined;

  constructor(facts: readonly Fact[], work: (instantMs: number) => PlainState) {
    this.#facts = facts;
    this.#work = work;
  }

  readonly plainly = (instantMs: number): PlainState => {
    const known = this.#known.get(instantMs) ?? this.#work(instantMs);
    this.#known.set(instantMs, known);
    return known;
  };

  readonly at = (instantMs: number): ReferenceState => {
    const asked = this.#asked.get(instantMs) ?? new StateThen(this.plainly(instantMs), () => this.#movedBy(instantMs));
    this.#asked.set(instantMs, asked);
    return asked;
  };

  #movedBy(instantMs: number): readonly Moved[] {
    this.#moves ??= movesIn(this.#facts, this.plainly);
    return movedBy(this.#facts, instantMs, this.#moves);
  }
}

/** Most that ask for a state ask for none of its moves: those are worked out for who does, and copied by nobody. */
class StateThen implements ReferenceState {
  declare readonly status: ReferenceStatus;
  declare readonly attributes: Partial<Attributes>;
  readonly #movedBy: () => readonly Moved[];
  #moved: readonly Moved[] | undefined;

  constructor(state: PlainState, movedBy: () => readonly Moved[]) {
    Object.assign(this, state);
    this.#movedBy = movedBy;
  }

  get moved(): readonly Moved[] {
    this.#moved ??= this.#movedBy();
    return this.#moved;
  }

  toJSON(): ReferenceState {
    return { ...this, moved: this.moved };
  }
}

/** Longer than anything is handed over. */
const MOVED_MS = 91 * 86_400_000;

/** At one instant another thing is true of somebody than just before. */
interface Move {
  readonly atMs: number;
  readonly before: ReferenceState;
  /** The fact that moved them. */
  readonly by: string | undefined;
}

function movesIn(facts: readonly Fact[], stateAt: (instantMs: number) => ReferenceState): readonly Move[] {
  const life = lifeOf(facts);
  return turningPoints(facts).flatMap((atMs) => {
    const [before, after] = [stateAt(atMs - 1), stateAt(atMs)];
    const names = Object.keys({ ...before.attributes, ...after.attributes }) as AttributeName[];
    const isMoved = names.some((name) => before.attributes[name] !== after.attributes[name]);
    return isMoved ? [{ atMs, before, by: moverAt(life, before, atMs) }] : [];
  });
}

/** What lasted until another thing was true of the same employment; what was true for no time was nothing to move from. */
function movedBy(facts: readonly Fact[], instantMs: number, moves: readonly Move[]): readonly Moved[] {
  const life = lifeOf(facts);
  const late = moves.filter(({ atMs }) => atMs <= instantMs && atMs > instantMs - MOVED_MS);
  if (late.length === 0) return [];
  const ended = notKept(standingAmong(facts));
  return late.flatMap(({ atMs, before, by }) => {
    if (!isOneEmployment(life, atMs - 1, instantMs)) return [];
    const gone = ended.filter((one) => one.fact === by && one.atMs <= instantMs);
    const taken = life.campaigns.filter((one) => one.facts.some((fact) => fact === by) && one.isTakenAt(instantMs));
    const notKept = [...gone, ...taken].map(({ entitlement }) => entitlement);
    return [{ before, atMs, agoMs: instantMs - atMs, notKept }];
  });
}

/** Of several that take effect at once the first after which it is another. */
function moverAt({ employments }: Life, before: ReferenceState, atMs: number): string | undefined {
  const { said = [] } = employments.findLast(({ beginsMs }) => beginsMs <= atMs) ?? {};
  const index = said.findIndex((one, place) => {
    if (one.atMs !== atMs) return false;
    const after = attributesAfter(said, place + 1);
    const names = Object.keys({ ...before.attributes, ...after }) as AttributeName[];
    return names.some((name) => before.attributes[name] !== after[name]);
  });
  return said[index]?.fact.factId;
}

interface Decided {
  readonly fact: AccessGrantedFact;
  /** The earliest at which anybody ended it. */
  readonly endedMs: number;
  /** Those that ask whether it is kept. */
  readonly campaigns: readonly CampaignItem[];
}

/** What people decided on for a time, and still stands. */
function decidedAmong(facts: readonly Fact[], campaigns: readonly CampaignItem[]): readonly Decided[] {
  const standing = standingAmong(facts);
  return standing.flatMap((fact) => {
    if (fact.type !== 'access-granted') return [];
    const ends = standing.flatMap((one) =>
      one.type === 'access-ended' && one.ends === fact.factId ? [one.endsMs] : [],
    );
    const reviewed = notKept(standing).filter((one) => one.fact === fact.factId);
    const endedMs = Math.min(...ends, ...reviewed.map(({ atMs }) => atMs), Number.POSITIVE_INFINITY);
    return [{ fact, endedMs, campaigns: campaigns.filter(({ facts }) => facts.includes(fact.factId)) }];
  });
}

function campaignsAmong(facts: readonly Fact[]): readonly CampaignItem[] {
  const isAsked = everKnown(facts).some((fact) => fact.type === 'access-review-opened' && fact.basis === 'campaign');
  return isAsked ? campaignItems(standingOf(facts)).filter(({ isPlanted }) => !isPlanted) : [];
}

/** What is said of this person, is not held and was not taken back, in recorded order. */
export function standingOf(facts: readonly Fact[]): readonly Fact[] {
  return standingAmong(facts).toSorted(inRecordedOrder);
}

/** A reason that somebody did not keep who was asked, or about which nobody said anything before it was due. */
interface NotKept {
  readonly entitlement: string;
  /** What the reason rests on. */
  readonly fact: string;
  readonly atMs: number;
}

/** @param standing without what is held or was taken back */
function notKept(standing: readonly Fact[]): readonly NotKept[] {
  return standing.flatMap((review) => {
    if (review.type !== 'access-review-opened' || review.basis !== 'mover') return [];
    const { cause, reviewId, dueMs, items } = review;
    if (cause !== undefined && !standing.some(({ factId }) => factId === cause)) return [];
    return items.flatMap(({ entitlement, facts }) => {
      const said = standing.flatMap((one) => {
        const isAnswer = one.type === 'access-review-decided' && one.reviewId === reviewId;
        const isOfMove = isAnswer && (one.answer === 'keep' || one.answer === 'remove');
        return isOfMove && one.entitlement === entitlement && one.recordedMs < dueMs ? [one] : [];
      });
      const removed = said.filter(({ answer }) => answer === 'remove').map(({ recordedMs }) => recordedMs);
      if (removed.length === 0 && said.length > 0) return [];
      return facts.map((fact) => ({ entitlement, fact, atMs: Math.min(dueMs, ...removed) }));
    });
  });
}

/** An exception that people decided on. */
interface LetIn {
  readonly fact: ExceptionGrantedFact;
  readonly endsMs: number;
}

function letInAmong(facts: readonly Fact[]): readonly LetIn[] {
  const standing = standingAmong(facts);
  return standing.flatMap((fact) => {
    if (fact.type !== 'exception-granted') return [];
    const ends = standing.flatMap((one) =>
      one.type === 'exception-ended' && one.ends === fact.factId ? [one.recordedMs] : [],
    );
    return [{ fact, endsMs: Math.min(...ends, fact.endsMs) }];
  });
}

/** From when it was recorded to its end, as long as the employment goes on in which that was. */
function isInForce(
  { fact: { recordedMs }, endsMs }: LetIn,
  { employments, merged }: Pick<Life, 'employments' | 'merged'>,
  instantMs: number,
): boolean {
  if (instantMs < recordedMs || instantMs >= endsMs) return false;
  return isOneEmployment({ employments, merged }, recordedMs, instantMs);
}

/** From when somebody was suspended in an emergency, whoever employs them by then, until anybody resumed that very one. */
interface Suspended {
  readonly beginsMs: number;
  readonly endsMs: number;
}

function suspendedAmong(facts: readonly Fact[]): readonly Suspended[] {
  const standing = standingAmong(facts);
  return standing.flatMap((fact) => {
    if (fact.type !== 'access-suspended') return [];
    const ends = standing.flatMap((one) =>
      one.type === 'access-resumed' && one.resumes === fact.factId ? [one.recordedMs] : [],
    );
    return [{ beginsMs: fact.recordedMs, endsMs: Math.min(...ends, Number.POSITIVE_INFINITY) }];
  });
}

const OWNED = ['service-account', 'integration', 'ai-agent'];

/** What was said of who answers for what is no person, in the order in which it was recorded. */
function answersAmong(facts: readonly Fact[]): readonly (AnswerAskedFact | OwnershipAcceptedFact)[] {
  const standing = standingAmong(facts);
  return standing
    .filter((fact) => fact.type === 'answer-asked' || fact.type === 'ownership-accepted')
    .sort(inRecordedOrder);
}

/**
 * A time by which somebody was to answer has come, and nobody has since it was said: asking another in time gives them their
 * own, asking another afterwards changes nothing.
 */
function isLapsed(answers: Life['answers'], life: Pick<Life, 'employments' | 'merged'>, instantMs: number): boolean {
  const said = answers.filter((one) => one.recordedMs <= instantMs && isOneEmployment(life, one.recordedMs, instantMs));
  const lastAccepted = said.findLastIndex(({ type }) => type === 'ownership-accepted');
  const counting = said.slice(Math.max(lastAccepted, 0));
  // Each holds until the next is said; whichever has run out by then is answered by nobody.
  return counting.some(({ dueMs, recordedMs }, index) => {
    const nextMs = counting[index + 1]?.recordedMs ?? instantMs;
    return dueMs !== undefined && Math.max(dueMs, recordedMs) <= Math.max(nextMs, recordedMs);
  });
}

/** It has begun, was decided, has not ended, and all the time since it was decided there was one employment. */
function countsAt(
  { fact, endedMs, campaigns }: Decided,
  { employments, merged }: Pick<Life, 'employments' | 'merged'>,
  instantMs: number,
): boolean {
  const { recordedMs, startsMs, endsMs = Number.POSITIVE_INFINITY, basis } = fact;
  if (instantMs < startsMs || instantMs < recordedMs || instantMs >= endsMs || instantMs >= endedMs) return false;
  if (campaigns.some(({ isTakenAt }) => isTakenAt(instantMs))) return false;
  const employment = employments.findLast(({ beginsMs }) => beginsMs <= instantMs);
  if (employment === undefined || !isOneEmployment({ employments, merged }, recordedMs, instantMs)) return false;
  return endsMs < Number.POSITIVE_INFINITY || (basis === 'request' && mayBeOpen(attributesAt(employment, instantMs)));
}

/** Whether somebody's contract ran out between two instants at which they were employed, if only for no time. */
export function hasGoneOn(facts: readonly Fact[], sinceMs: number, instantMs: number): boolean {
  return !isOneEmployment(lifeOf(facts), sinceMs, instantMs);
}

/** Whether somebody is employed at both instants, and was all the time between. */
function isOneEmployment(
  { employments, merged }: Pick<Life, 'employments' | 'merged'>,
  recordedMs: number,
  instantMs: number,
): boolean {
  const isThere = (atMs: number) => ['active', 'suspended'].includes(stateIn(employments, merged, atMs).status);
  const current = (atMs: number) => employments.findLast(({ beginsMs }) => beginsMs <= atMs);
  const employment = current(instantMs);
  if (employment === undefined || employment !== current(recordedMs)) return false;
  if (!isThere(recordedMs) || !isThere(instantMs)) return false;
  // A contract that had run out went on, however soon, as another.
  const { said } = employment;
  const wentOn = said.some(
    ({ atMs }, index) =>
      index > 0 && recordedMs < atMs && atMs <= instantMs && contractEndMs(attributesAfter(said, index)) <= atMs,
  );
  return !wentOn;
}

/**
 * Each departure up to an instant as handovers name it: the leaver or the merge, or the end date that was reached. A
 * leaver who had gone by an end date already has both.
 */
export function departuresOf(facts: readonly Fact[], untilMs: number): readonly string[] {
  const { employments } = lifeOf(facts);
  const merged = standingMerges(facts).filter(({ recordedMs }) => recordedMs <= untilMs);
  const ended = employments.flatMap((employment) => {
    const { endsMs = Number.POSITIVE_INFINITY, endedBy } = employment;
    const ranOut = turnsOf(employment, undefined)
      .filter((atMs) => atMs <= untilMs && departedSince(employment, undefined, atMs) === atMs)
      .filter((atMs) => contractEndMs(attributesAt(employment, atMs)) <= atMs);
    const left = endsMs <= untilMs && endedBy !== undefined ? [endedBy] : [];
    return [...ranOut.map((atMs) => `end-date:${new Date(atMs).toISOString()}`), ...left];
  });
  return [...ended, ...merged.map(({ factId }) => factId)];
}

/** The leaver by which somebody is gone at an instant; undefined of whom none ended. */
export function leaverAt(facts: readonly Fact[], instantMs: number): LeaverFact | undefined {
  const current = lifeOf(facts).employments.findLast(({ beginsMs }) => beginsMs <= instantMs);
  if (current === undefined || (current.endsMs ?? Number.POSITIVE_INFINITY) > instantMs) return undefined;
  return withAbsorbed(facts).find(
    (fact): fact is LeaverFact => fact.type === 'leaver' && fact.factId === current.endedBy,
  );
}

/** What is known of when somebody is employed, in order; what a contract's end date ends has no end here. */
export function employmentsAmong(facts: readonly Fact[]): readonly Lasting[] {
  return lifeOf(facts).employments.map(({ beginsMs, said: [joiner], endsMs }) => ({
    beginsMs,
    joiner: joiner?.fact as JoinerFact,
    endsMs,
  }));
}

export interface Lasting {
  readonly beginsMs: number;
  readonly joiner: JoinerFact;
  /** By a leaver. */
  readonly endsMs: number | undefined;
}

/** Every instant at which somebody's state may change by these facts, and more (epoch ms). */
export const turningPoints: (facts: readonly Fact[]) => readonly number[] = remembered((facts) => {
  const { employments, merged } = lifeOf(facts);
  return [...new Set(employments.flatMap((employment) => turnsOf(employment, merged)))].sort((a, b) => a - b);
});

/** When what people decided on begins to count, and when it ends by itself or by them. */
function turnsOfDecided(facts: readonly Fact[]): readonly number[] {
  return lifeOf(facts).decided.flatMap(({ fact, endedMs }) =>
    [Math.max(fact.startsMs, fact.recordedMs), fact.endsMs, endedMs].filter(
      (atMs): atMs is number => atMs !== undefined && atMs < Number.POSITIVE_INFINITY,
    ),
  );
}

/** When, beside all those, time alone changes what somebody may hold: an exception ends, or an answer is due. */
export function turnsOfAgreed(facts: readonly Fact[]): readonly number[] {
  const { letIn, answers, campaigns } = lifeOf(facts);
  const due = answers.flatMap(({ dueMs, recordedMs }) => (dueMs === undefined ? [] : [Math.max(dueMs, recordedMs)]));
  const ends = [...letIn.map(({ endsMs }) => endsMs), ...campaigns.flatMap(({ endsMs }) => endsMs)];
  return [...turnsOfDecided(facts), ...ends, ...due];
}

interface Life {
  readonly employments: readonly Employment[];
  readonly merged: MergedFact | undefined;
  readonly decided: readonly Decided[];
  readonly suspended: readonly Suspended[];
  readonly letIn: readonly LetIn[];
  readonly answers: readonly (AnswerAskedFact | OwnershipAcceptedFact)[];
  readonly campaigns: readonly CampaignItem[];
}

/** Asked again of the very same facts it says what it said: of each version of somebody much is asked at many instants. */
function remembered<Answer>(answer: (facts: readonly Fact[]) => Answer): (facts: readonly Fact[]) => Answer {
  const answers = new WeakMap<readonly Fact[], { readonly length: number; readonly answer: Answer }>();
  return (facts) => {
    const known = answers.get(facts);
    // More may have been told since.
    if (known?.length === facts.length) return known.answer;
    const fresh = answer(facts);
    answers.set(facts, { length: facts.length, answer: fresh });
    return fresh;
  };
}

const lifeOf = remembered((facts): Life => {
  const employments = employmentsOf(placeInTime(standingFacts(facts), ofDuplicates(facts)), ofDuplicates(facts));
  const [merged] = standingMerges(facts);
  // What begins later begins elsewhere.
  const isHere = ({ said: [joiner] }: Employment) => joiner !== undefined && countsBefore(joiner, merged);
  const campaigns = campaignsAmong(facts);
  return {
    employments: employments.filter(isHere),
    merged,
    decided: decidedAmong(facts, campaigns),
    suspended: suspendedAmong(facts),
    letIn: letInAmong(facts),
    answers: answersAmong(facts),
    campaigns,
  };
});

/** By when it takes effect, then in the order in which the two were recorded. */
function countsBefore({ fact, atMs }: Placed, merged: MergedFact | undefined): boolean {
  if (merged === undefined || atMs < merged.recordedMs) return true;
  return atMs === merged.recordedMs && inRecordedOrder(fact, merged) < 0;
}

function stateIn(
  employments: readonly Employment[],
  merged: MergedFact | undefined,
  instantMs: number,
): ReferenceState {
  const begun = employments.filter(({ beginsMs }) => beginsMs <= instantMs);
  const current = begun.at(-1);
  if (current === undefined) {
    const comes = employments.flatMap((employment) =>
      employment.said.filter(({ atMs }) => isEmployedAt(employment, atMs)).map(({ atMs }) => atMs),
    );
    const isComing = comes.some((atMs) => merged === undefined || atMs < merged.recordedMs);
    return { status: isComing ? 'pending' : 'unknown', attributes: {} };
  }
  const attributes = attributesAt(current, instantMs);
  const departedMs = departedSince(current, merged, instantMs);
  if (departedMs !== undefined) return { status: 'departed', attributes, departedMs };
  return { status: isOnLeave(current, instantMs) ? 'suspended' : 'active', attributes };
}

/**
 * Back from the instant, from turn to turn, as long as nobody was employed. What goes on and ends in one instant has ended
 * then: HR said so, and whoever heard the one before the other may have given access in between.
 */
function departedSince(employment: Employment, merged: MergedFact | undefined, instantMs: number): number | undefined {
  const isMerged = (atMs: number) => merged !== undefined && merged.recordedMs <= atMs;
  const isGone = (atMs: number) => isMerged(atMs) || !isEmployedAt(employment, atMs);
  if (!isGone(instantMs)) return undefined;
  const turns = turnsOf(employment, merged).filter((atMs) => atMs <= instantMs);
  const wentOn = turns.filter((atMs) => isGone(atMs) && goesOnFor(employment, merged, atMs));
  const lastEmployed = turns.findLastIndex((atMs) => !isGone(atMs));
  return [turns[lastEmployed + 1], ...wentOn].sort((a = 0, b = 0) => a - b).at(-1);
}

/** Whether by part of what was said for an instant somebody is employed from there on. */
function goesOnFor({ said }: Employment, merged: MergedFact | undefined, instantMs: number): boolean {
  return said.some(
    (last, index) =>
      last.atMs === instantMs &&
      countsBefore(last, merged) &&
      contractEndMs(attributesAfter(said, index + 1)) > instantMs,
  );
}

/** What is said takes effect, a contract runs out, a leaver goes, a merge is decided. */
function turnsOf(employment: Employment, merged: MergedFact | undefined): readonly number[] {
  const { beginsMs, said, endsMs } = employment;
  const mergedMs = merged?.recordedMs;
  const ends = said.map((_last, index) => contractEndMs(attributesAfter(said, index + 1)));
  return [...said.map(({ atMs }) => atMs), ...ends, endsMs, mergedMs]
    .filter((atMs): atMs is number => atMs !== undefined && atMs >= beginsMs && atMs < Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
}

function isEmployedAt(employment: Employment, instantMs: number): boolean {
  const hasLeft = employment.endsMs !== undefined && employment.endsMs <= instantMs;
  return !hasLeft && contractEndMs(attributesAt(employment, instantMs)) > instantMs;
}

/**
 * With what merges brought along, each once. A merge that is taken back brings nothing to whom it was made into, and to
 * the other it gives back what was said of them meanwhile.
 */
export const withAbsorbed: (facts: readonly Fact[]) => readonly Fact[] = remembered((facts) => {
  const all = facts.flatMap((fact) => {
    const brought = broughtBy(fact, facts);
    return brought.length === 0 ? [fact] : [fact, ...withAbsorbed(brought)];
  });
  return [...new Map(all.map((fact) => [fact.factId, fact])).values()];
});

/** All that was known at any time: what a merge brought counted until it was taken back. */
export function everKnown(facts: readonly Fact[]): readonly Fact[] {
  return facts.flatMap((fact) => {
    if (fact.type !== 'absorbed' && fact.type !== 'rescind') return [fact];
    return [fact, ...everKnown(fact.facts ?? [])];
  });
}

function broughtBy(fact: Fact, facts: readonly Fact[]): readonly Fact[] {
  if (fact.type === 'rescind') return fact.facts ?? [];
  return fact.type === 'absorbed' && !isTakenBack(fact, facts) ? fact.facts : [];
}

/** On either side of a merge: two people took it back, which nobody but Tenure states, and nothing undoes. */
export function isTakenBack(merge: Fact, facts: readonly Fact[]): boolean {
  return facts.some((fact) => fact.type === 'rescind' && fact.rescinds === merge.factId);
}

/** The id that this one counts at, as long as its merge stands; one at most does. */
export function standingMerges(facts: readonly Fact[]): readonly MergedFact[] {
  return facts.filter((fact) => fact.type === 'merged').filter((merge) => !isTakenBack(merge, facts));
}

function mergesAmong(facts: readonly Fact[]): ReadonlyMap<string, number> {
  const known = withAbsorbed(facts);
  const merges = known.filter((fact) => fact.type === 'absorbed').filter((merge) => !isTakenBack(merge, known));
  return new Map(merges.map(({ duplicate, recordedMs }) => [duplicate, recordedMs]));
}

/** What is known and is said of this person: what was said of an id that was taken for theirs is that one's again. */
export const factsOfPerson: (facts: readonly Fact[]) => readonly Fact[] = remembered((facts) => {
  const merges = mergesAmong(facts);
  return withAbsorbed(facts).filter(({ about }) => about === undefined || merges.has(about));
});

/** The ids of facts about an id that was found to be the same person's. */
function ofDuplicates(facts: readonly Fact[]): ReadonlySet<string> {
  const merges = mergesAmong(facts);
  const about = withAbsorbed(facts).filter(({ about, identityId }) => merges.has(about ?? identityId));
  return new Set(about.map(({ factId }) => factId));
}

/** What was said of a duplicate before the merge yields on each attribute to whatever was said of the survivor. */
function weighed(fact: EffectiveFact, merges: ReadonlyMap<string, number>): EffectiveFact {
  const mergedMs = merges.get(fact.about ?? fact.identityId);
  const isFromBefore = mergedMs !== undefined && fact.recordedMs < mergedMs;
  if (!isFromBefore || (fact.type !== 'joiner' && fact.type !== 'mover')) return fact;
  const names = Object.keys(fact.attributes) as AttributeName[];
  const authority = names.map((name) => [name, (fact.authority?.[name] ?? 0) - BEFORE_ALL_AUTHORITY]);
  return { ...fact, authority: Object.fromEntries(authority) };
}

/** Whether the fact no longer counts: a rescind names it that counts itself. */
export function isRescinded(fact: Fact, facts: readonly Fact[], asked: readonly string[] = []): boolean {
  return facts.some(
    (other) =>
      other.type === 'rescind' &&
      other.rescinds === fact.factId &&
      !isHeld(other, facts) &&
      !asked.includes(other.factId) &&
      !isInCircle(other, facts) &&
      !isRescinded(other, facts, [...asked, fact.factId]),
  );
}

/** Rescinds that name one another in a circle take nothing back, nor does what they name. */
function isInCircle(rescind: RescindFact, facts: readonly Fact[]): boolean {
  const seen = new Set<string>();
  let next: Fact | undefined = rescind;
  while (next?.type === 'rescind') {
    if (seen.has(next.factId)) return seen.has(rescind.factId) && next.factId === rescind.factId;
    seen.add(next.factId);
    const named: string = next.rescinds;
    next = facts.find(({ factId }) => factId === named);
  }
  return false;
}

/** Kept back by the mass-error guard, and not released. */
function isHeld({ held }: Fact, facts: readonly Fact[]): boolean {
  const isDecided = (type: Fact['type']) =>
    facts.some((fact) => fact.type === type && 'hold' in fact && fact.hold === held);
  return held !== undefined && (!isDecided('hold-released') || isDecided('hold-dropped'));
}

/** What is said of this person, is not held and was not taken back, each once. */
const standingAmong = remembered((facts) => {
  const once = factsOfPerson(facts);
  return once.filter((fact) => !isHeld(fact, once) && !isRescinded(fact, once));
});

/** What changes somebody's state and still counts, each once. */
function standingFacts(facts: readonly Fact[]): readonly EffectiveFact[] {
  const merges = mergesAmong(facts);
  return standingAmong(facts)
    .filter(changesState)
    .map((fact) => weighed(fact, merges));
}

function changesState(fact: Fact): fact is EffectiveFact {
  return ['joiner', 'mover', 'leaver', 'suspension', 'return'].includes(fact.type);
}

/**
 * Each with its instant, by when it takes effect, then when it was recorded, then its ids. Dates are read in the zone that
 * the identity has once all counts that is said for that day, as far as days can be told without a zone. Two of one day
 * are in one zone, so that the one recorded later is the later one.
 */
function placeInTime(facts: readonly EffectiveFact[], duplicate: ReadonlySet<string>): readonly Placed[] {
  const roughly = inOrder(facts.map((fact) => ({ fact, atMs: instantOf(fact, 'UTC') })));
  const employments = employmentsOf(roughly, duplicate);
  // A further employment for which none is told leaves the zone as it was.
  const zones = (instantMs: number) =>
    employments
      .filter(({ beginsMs }) => beginsMs <= instantMs)
      .flatMap((employment) => attributesAt(employment, instantMs).timeZone ?? []);
  // Whoever has yet to join has the zone they will join in; whoever never does, the one they were to.
  const [first] = employments;
  const joins = facts.toSorted(inRecordedOrder).find(({ type }) => type === 'joiner');
  const firstZone =
    first === undefined ? joins && attributesOf([joins]).timeZone : attributesAt(first, first.beginsMs).timeZone;
  return inOrder(
    roughly.map(({ fact, atMs }) => ({ fact, atMs: instantOf(fact, zones(atMs).at(-1) ?? firstZone ?? 'UTC') })),
  );
}

function inOrder(placed: readonly Placed[]): readonly Placed[] {
  return placed.toSorted((a, b) => a.atMs - b.atMs || inRecordedOrder(a.fact, b.fact));
}

function inRecordedOrder(a: Fact, b: Fact): number {
  return a.recordedMs - b.recordedMs || byText(a.source, b.source) || byText(a.sourceEventId, b.sourceEventId);
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function instantOf(fact: EffectiveFact, timeZone: string): number {
  if (fact.type === 'merged') return fact.recordedMs;
  // "Now, whatever the date": when it was said, and at the latest when it was heard.
  if (fact.type === 'leaver' && fact.immediate) return Math.min(fact.recordedMs, fact.receivedMs);
  return readMoment(fact.effectiveAt ?? '', timeZone, fact.type === 'leaver' ? 'end' : 'start');
}

/** A date-time says when; a date is its day's start, or the next day's, where the identity works. */
function readMoment(moment: string, timeZone: string, edge: 'start' | 'end'): number {
  return moment.includes('T') ? Date.parse(moment) : readDay(moment, timeZone, edge);
}

interface Open {
  readonly joiner: Placed<JoinerFact>;
  readonly said: Placed[];
}

/** Cuts what is known into employments: each takes what is said while it lasts, and what was said ahead of it. */
function employmentsOf(placed: readonly Placed[], duplicate: ReadonlySet<string>): readonly Employment[] {
  const employments: Employment[] = [];
  let ahead: Placed[] = [];
  let current: Open | undefined;
  /** What it takes to begin another: no less authority than whoever ended the last one. */
  let asked = 0;
  /** All that took effect since the last one began: whoever put them on leave, and did not end that, is to be asked as well. */
  let since: Placed[] = [];
  /** The ids of which a joiner has been told: a leaver ahead of the first joiner of an id calls that off. */
  const joined = new Set<string>();
  const isOfAnotherToCome = (one: Placed) => is(one, 'leaver') && !joined.has(whom(one));
  for (const next of placed) {
    const isFirst = is(next, 'joiner') && !joined.has(whom(next));
    const ranOut = current !== undefined && hasRunOut(current, next.atMs);
    if (is(next, 'joiner') && (current === undefined || ranOut)) {
      const isRehire = current !== undefined || employments.length > 0;
      if (isRehire && isCalledOffByNow(next, placed)) continue;
      if (current !== undefined) asked = Math.max(asked, endAuthority(current));
      if (!isEnough(next, Math.max(asked, leaveIn(since) ?? 0))) {
        ahead.push(next);
        continue;
      }
      joined.add(whom(next));
      asked = 0;
      if (current !== undefined) employments.push(closed(current));
      const open = begin(next, ahead);
      since = [...open.said];
      const leavers = ahead.filter(
        (one) => isFirst && whom(one) === whom(next) && callsOff(one, next) && !closesDuplicate(one, open, duplicate),
      );
      const [leaver] = leavers;
      if (leaver !== undefined) {
        employments.push(closed(open, { ...leaver, atMs: next.atMs }));
        asked = Math.max(...leavers.map(authorityIn));
      }
      current = leaver === undefined ? open : undefined;
      ahead = ahead.filter(isOfAnotherToCome);
    } else if (current === undefined) {
      if (is(next, 'leaver')) asked = Math.max(asked, authorityIn(next));
      ahead.push(next);
      since.push(next);
    } else if (is(next, 'leaver')) {
      if (closesDuplicate(next, current, duplicate)) continue;
      asked = Math.max(asked, authorityIn(next), ranOut ? endAuthority(current) : 0);
      employments.push(closed(current, next));
      current = undefined;
      ahead = ranOut ? [...ahead, next] : [...ahead, next].filter(isOfAnotherToCome);
    } else if (ranOut && is(next, 'mover') && !isExtension(current, next)) ahead.push(next);
    else {
      if (is(next, 'joiner')) joined.add(whom(next));
      const told = [next, ...(ranOut ? about(next, ahead) : [])];
      current.said.push(...told);
      since.push(...told);
      if (ranOut) {
        ahead = next.fact.type === 'mover' ? ahead.filter(isOfAnotherToCome) : [...ahead, next];
      }
    }
  }
  if (current !== undefined) employments.push(closed(current));
  return employments;
}

/** The id that it was said about. */
function whom({ fact }: Placed): string {
  return fact.about ?? fact.identityId;
}

/** Closing the record of a duplicate by date ends no employment that the person's own record holds up. */
function closesDuplicate({ fact }: Placed, { said }: Open, duplicate: ReadonlySet<string>): boolean {
  const isOwn = said.some((one) => is(one, 'joiner') && !duplicate.has(one.fact.factId));
  return fact.type === 'leaver' && duplicate.has(fact.factId) && !fact.immediate && isOwn;
}

function begin(joiner: Placed<JoinerFact>, ahead: readonly Placed[]): Open {
  return { joiner, said: [joiner, ...about(joiner, ahead)] };
}

/** What took effect before an employment began or went on, and was said no earlier than that, is about it. */
function about({ fact: beginning, atMs }: Placed, ahead: readonly Placed[]): readonly Placed[] {
  if (beginning.type !== 'joiner' && beginning.type !== 'mover') return [];
  return ahead
    .filter(({ fact }) => fact.type !== 'leaver' && fact.recordedMs >= beginning.recordedMs)
    .map(({ fact }) => ({ fact, atMs }));
}

/**
 * Of a first employment each leaver that was said no earlier than its joiner; and since clocks may differ by 5 minutes,
 * one that says "now" may have been said so much earlier.
 */
function callsOff({ fact }: Placed, { fact: joiner }: Placed<JoinerFact>): boolean {
  return fact.type === 'leaver' && fact.recordedMs - joiner.recordedMs >= (fact.immediate ? -CLOCKS_MS : 0);
}

/** "Now" calls off every rehire that was known when it was said: what is to begin again after it is said after it. */
function isCalledOffByNow({ fact: joiner, atMs }: Placed<JoinerFact>, placed: readonly Placed[]): boolean {
  return placed.some(
    (said) =>
      is(said, 'leaver') &&
      said.fact.immediate &&
      said.fact.recordedMs >= joiner.recordedMs &&
      isBefore(said, { fact: joiner, atMs }),
  );
}

function isBefore(one: Placed, other: Placed): boolean {
  return (one.atMs - other.atMs || inRecordedOrder(one.fact, other.fact)) < 0;
}

function hasRunOut({ said }: Open, instantMs: number): boolean {
  return contractEndMs(attributesAfter(said, said.length)) <= instantMs;
}

/** A contract that has run out goes on when it is given another end, or becomes employment that needs none. */
function isExtension({ said }: Open, { fact, atMs }: Placed): boolean {
  if (fact.type !== 'mover') return false;
  const { known, heard } = listen(factsIn(said));
  const givesEnd = fact.attributes.endsAt !== undefined && counts('endsAt', fact, heard);
  const { kind } = fact.attributes;
  const isOtherKind = kind !== undefined && kind !== known.kind && counts('kind', fact, heard);
  if (!givesEnd && !(isOtherKind && PERMANENT.includes(kind))) return false;
  const extended = attributesOf([...factsIn(said), fact]);
  return contractEndMs(extended) > atMs;
}

function mayBeOpen({ kind }: Partial<Attributes>): boolean {
  return kind !== undefined && PERMANENT.includes(kind);
}

function factsIn(placed: readonly Placed[]): readonly EffectiveFact[] {
  return placed.map(({ fact }) => fact);
}

function closed({ joiner, said }: Open, leaver?: Placed): Employment {
  return { beginsMs: joiner.atMs, said, endsMs: leaver?.atMs, endedBy: leaver?.fact.factId };
}

function is<Type extends EffectiveFact['type']>(
  placed: Placed,
  type: Type,
): placed is Placed<Extract<EffectiveFact, { type: Type }>> {
  return placed.fact.type === type;
}

/** Until somebody says that they are back: a contract that runs out meanwhile and goes on ends no leave. */
function isOnLeave({ said }: Employment, instantMs: number): boolean {
  return leaveIn(said.filter(({ atMs }) => atMs <= instantMs)) !== undefined;
}

/** The most authority with which they were put on leave; undefined: they are at work. Who says less brings nobody back. */
function leaveIn(said: readonly Placed[]): number | undefined {
  let leave: number | undefined;
  for (const one of said) {
    if (one.fact.type === 'suspension') leave = Math.max(leave ?? 0, authorityIn(one));
    if (one.fact.type === 'return' && isEnough(one, leave ?? 0)) leave = undefined;
  }
  return leave;
}

/** On who is employed. */
function authorityIn({ fact }: Placed): number {
  return fact.sourceAuthority ?? 0;
}

/** What Tenure states itself is not weighed. */
function isEnough(one: Placed, asked: number): boolean {
  return one.fact.cause !== undefined || authorityIn(one) >= asked;
}

/** The authority of whoever said the end date that was reached. */
function endAuthority({ said }: Open): number {
  return listen(factsIn(said)).endSaidWith;
}

function attributesAt({ said, endsMs = Number.POSITIVE_INFINITY }: Employment, instantMs: number): Partial<Attributes> {
  const heard = said.findLastIndex(({ atMs }) => atMs <= instantMs && atMs <= endsMs);
  return attributesAfter(said, heard + 1);
}

/** What the first so many of what was said comes to; of the same it is asked at many instants. */
function attributesAfter(said: readonly Placed[], count: number): Partial<Attributes> {
  const known = attributesBy.get(said) ?? [];
  attributesBy.set(said, known);
  const attributes = known[count] ?? attributesOf(factsIn(said.slice(0, count)));
  known[count] = attributes;
  return attributes;
}

const attributesBy = new WeakMap<readonly Placed[], Partial<Attributes>[]>();

const NAMES: readonly AttributeName[] = [
  'kind',
  'givenName',
  'familyName',
  'email',
  'title',
  'department',
  'manager',
  'location',
  'timeZone',
  'company',
  'costCenter',
  'endsAt',
  'owner',
  'purpose',
];

/**
 * On each attribute the last word of the source with the most authority counts. What Tenure states itself counts over
 * both, until HR's next word. An end date belongs to the kind of employment it came with: another, permanent kind that
 * comes without one has none, and one that needs an end keeps it. It is nobody's to end by a kind who has less authority
 * than whoever said it.
 */
function listen(facts: readonly EffectiveFact[]): Listened {
  let known: Partial<Attributes> = {};
  let endSaidWith = 0;
  const heard: Heard = {};
  for (const fact of facts) {
    if (fact.type !== 'joiner' && fact.type !== 'mover') continue;
    const counting = NAMES.filter((name) => Object.hasOwn(fact.attributes, name) && counts(name, fact, heard));
    const told = Object.fromEntries(counting.map((name) => [name, fact.attributes[name]])) as Partial<Attributes>;
    const mayEndIt =
      fact.cause !== undefined || (fact.authority?.kind ?? 0) >= (heard.endsAt ?? Number.NEGATIVE_INFINITY);
    const isOtherKind =
      told.kind !== undefined && told.kind !== known.kind && PERMANENT.includes(told.kind) && mayEndIt;
    const { endsAt } = known;
    known = { ...known, ...(isOtherKind ? { endsAt: null } : {}), ...told };
    if (!mayBeOpen(known) && known.endsAt === null) known = { ...known, endsAt: endsAt ?? null };
    if (fact.cause !== undefined) continue;
    for (const name of counting) heard[name] = fact.authority?.[name] ?? 0;
    if (counting.includes('endsAt') || (told.kind !== undefined && mayEndIt)) endSaidWith = fact.sourceAuthority ?? 0;
    if (told.kind !== undefined && mayEndIt && !counting.includes('endsAt')) heard.endsAt = heard.kind ?? 0;
  }
  return { known, heard, endSaidWith };
}

interface Listened {
  readonly known: Partial<Attributes>;
  readonly heard: Heard;
  /** The authority on who is employed of whoever said the end date, or the kind it belongs to. */
  readonly endSaidWith: number;
}

function attributesOf(facts: readonly EffectiveFact[]): Partial<Attributes> {
  return listen(facts).known;
}

/** By attribute, the authority of the word that counts. */
type Heard = Partial<Record<AttributeName, number>>;

function counts(name: AttributeName, { authority, cause }: JoinerFact | MoverFact, heard: Heard): boolean {
  return cause !== undefined || (authority?.[name] ?? 0) >= (heard[name] ?? Number.NEGATIVE_INFINITY);
}

function contractEndMs({ endsAt, timeZone = 'UTC' }: Partial<Attributes>): number {
  return typeof endsAt === 'string' ? readMoment(endsAt, timeZone, 'end') : Number.POSITIVE_INFINITY;
}
