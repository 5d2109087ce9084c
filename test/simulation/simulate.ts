// One history, from one seed: generated, told to a world in which things go wrong, watched at every step, and judged
// when it has come to rest.

import { type MassErrorGuardSettings, massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { NEXT_CHECK_GRACE_MS } from '../../lambdas/core/identity/next-check.ts';
import type { SaveRemoval } from '../../lambdas/stores/accounts/account-store.ts';
import { definitionsOf, RELEASES } from '../releases/releases.ts';
import { memoryNotices } from '../support/memory-notices.ts';
import { withAgents, withCeiling } from './agents.ts';
import { ANSWERS_STREAM, answerForOwned, withQuestions } from './answers.ts';
import { CAMPAIGNS_STREAM, reviewInCampaign } from './campaigns.ts';
import { companyHistory } from './company.ts';
import { Coverage, type Occurrence } from './coverage.ts';
import { CREDENTIALS_STREAM, keepUsingKeys, randomGraceMs, withGrace } from './credentials.ts';
import { DUTIES_STREAM, withDuties } from './duties.ts';
import { attestByTwo, entrust, TRUST_STREAM, withDeciders } from './entrusting.ts';
import { type FaultRates, NO_FAULTS, SeededFate } from './fate.ts';
import { HANDOVERS_STREAM, withHandovers } from './handovers.ts';
import { type Arrival, type History, MINUTE_MS, randomHistory } from './history.ts';
import { addressOf, asPosted, keepDeciding, postAll } from './intake.ts';
import { intertwinedHistory, withMistakes, withNewOwners, withSuccessor } from './intertwined.ts';
import { Invariants, type Violation } from './invariants.ts';
import { keepTelling } from './mailed-links.ts';
import { stateMerges, UNDOING_STREAM, undoingOf } from './merges.ts';
import { monthsHistory, withDuplicate } from './months.ts';
import type { Plant } from './planting.ts';
import { FILES_MS, putFiles } from './population-files.ts';
import { Random, streamBeside } from './random.ts';
import { RENAMED, RENAMING_STREAM, randomRename, renameGroup } from './renames.ts';
import { askForAccess, isAskedIn, REQUESTS_STREAM, RULE, withApprovers, withRules } from './requests.ts';
import { answerReviews, REVIEWS_STREAM } from './reviews.ts';
import { randomSetting, type Setting } from './setting.ts';
import { SUSPENSIONS_STREAM, suspendInEmergencies } from './suspensions.ts';
import { decideForATime, GRANTS_STREAM } from './timed-grants.ts';
import { VirtualTime } from './virtual-time.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly history: History;
  /** Calls to systems, and facts told: a run in which nothing happens proves nothing. */
  readonly systemCalls: number;
  /** What occurred in it. */
  readonly happened: ReadonlySet<Occurrence>;
}

export interface SimulateOptions {
  readonly seed: number;
  readonly plant?: Plant | undefined;
  /** In place of the generated arrivals: for finding the shortest history that fails. */
  readonly arrivals?: readonly Arrival[] | undefined;
  /** Told of each function that a state machine calls, and with what. */
  readonly onInvoked?: ((name: string, payload: unknown) => void) | undefined;
  /** Told of every invocation and how it ended. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** One seed in 14 (1, 15, 29, ...) tells of identities that depend on one another: they take three times as long. */
const INTERTWINED_EVERY = 14;
/** One in 70 (29, and every 70 from there) tells, after that, of a leaver who names a successor. */
const SUCCESSOR_EVERY = 70;
const SUCCESSOR_AT = 29;
/** One in 28 (3, 31, ...) tells of months, which takes five times as long. */
const MONTHS_EVERY = 28;
const MONTHS_AT = 3;
/** One in 84 of those (31, 115, ...) of somebody with two ids as well. */
const DUPLICATE_EVERY = 84;
const DUPLICATE_AT = 31;
/** One in 56 (17, 73, ...) tells of a small company, whose HR says of everybody at once what may be a mistake. */
const COMPANY_EVERY = 56;
const COMPANY_AT = 17;
/** What one in 14 (9, 23, ...) tells, and some of those that tell more, goes through the real intake. */
const POSTED_EVERY = 14;
const POSTED_AT = 9;
const POSTED_OF_OTHERS_EVERY = 3;
/** In one in 8 (5, 13, ...) Tenure is upgraded. */
const UPGRADED_EVERY = 8;
const UPGRADED_AT = 5;
/** After one in 11 (11, 22, ...) an HR system puts files of everybody. */
const FILES_EVERY = 11;
/** In one in 11 (6, 17, ...) people decide on access for a time. */
const GRANTED_EVERY = 11;
const GRANTED_AT = 6;
/** In one in 11 (8, 19, ...) somebody is kept out in an emergency. */
const SUSPENDED_EVERY = 11;
const SUSPENDED_AT = 8;
/** In one in 11 (4, 15, ...) people ask for access, and others decide on it. */
const ASKED_EVERY = 11;
const ASKED_AT = 4;
/** In one in 11 (2, 13, ...) a campaign asks about everybody. */
const REVIEWED_EVERY = 11;
const REVIEWED_AT = 2;
/** In one in 11 (10, 21, ...) people have agents, cover for one another, and decide by mail. */
const ENTRUSTED_EVERY = 11;
const ENTRUSTED_AT = 10;
/** Should the word of a change have got lost, each agent is looked at once a day. */
const AGENTS_LOOKED_AT_MS = 25 * 60 * MINUTE_MS;
/** Far from every seed. */
const FILES_STREAM = 1_000_000_007;
const MAXIMUM_TRIES = 5;
const SWEEP_MS = 10 * MINUTE_MS;
/** A campaign that is open for months is looked at less often: nobody waits for it as for access. */
const TENDED_IN_MONTHS_MS = 6 * SWEEP_MS;
const RETRY_POLICY = { maximumPasses: 4, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
/** After a crash the sweep comes within 10 minutes; after an escalation in 30, and once more. */
const REPAIR_MS = 80 * MINUTE_MS;
/** With nothing going wrong: the stream, one pass, and a second for what came in meanwhile. */
const PROMPT_MS = 2 * MINUTE_MS;
/** Once a grace is over the sweep comes within 10 minutes. */
const KEYS_LOOKED_AT_MS = 30 * MINUTE_MS;
/** Who works through the manual tasks. */
const OPERATOR = 'it-1';
const QUIET_MS = 60 * MINUTE_MS;
const LONG_MS = 7 * 24 * 60 * MINUTE_MS;

export async function simulate({ seed, plant, arrivals, onInvoked, trace }: SimulateOptions): Promise<Outcome> {
  const random = new Random(seed);
  const aside = new Random(-seed);
  const generated = generate(seed, random, aside);
  const rates = randomRates(random);
  const ofKeys = streamBeside(seed, CREDENTIALS_STREAM);
  const isOwned = seed % INTERTWINED_EVERY === 1;
  const graceMs = randomGraceMs(ofKeys, isOwned);
  const changesHands = isOwned && graceMs !== undefined && ofKeys.chance(0.5);
  const told = changesHands ? withNewOwners(ofKeys, generated) : generated;
  const drawn = randomSetting(random, generated);
  const isInCampaign = seed % REVIEWED_EVERY === REVIEWED_AT;
  const isAsked = seed % ASKED_EVERY === ASKED_AT && isAskedIn(drawn, told);
  const isEntrusted = seed % ENTRUSTED_EVERY === ENTRUSTED_AT && isAskedIn(drawn, told);
  const ofTrust = streamBeside(seed, TRUST_STREAM);
  const entrusted = isEntrusted ? withDeciders(ofTrust, withApprovers(withAgents(ofTrust, told))) : told;
  const whole = isAsked || (isInCampaign && told.isPosted !== true) ? withApprovers(told) : entrusted;
  const history = arrivals === undefined ? whole : { ...whole, arrivals };
  const within = withDuties(streamBeside(seed, DUTIES_STREAM), drawn);
  const asked = isAsked ? withRules(within, [RULE]) : isEntrusted ? withRules(within) : within;
  const graced = graceMs === undefined ? asked : withGrace(asked, graceMs);
  const ofAnswers = streamBeside(seed, ANSWERS_STREAM);
  const isAnswered = isOwned && ofAnswers.chance(0.7);
  const questioned = isAnswered ? withQuestions(ofAnswers, graced) : graced;
  const limited = isEntrusted ? withCeiling(questioned) : questioned;
  const setting = withHandovers(streamBeside(seed, HANDOVERS_STREAM), limited, told);
  const coverage = new Coverage();
  const time = new VirtualTime(history.startMs);
  const realRandom = Math.random;
  Math.random = () => random.share();
  // The interpreter makes an error per path it evaluates; their stacks would cost a third of the run.
  const realLimit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const systems = new Set(setting.model.applications.map(({ id }) => id));
    const onRefused = (name: string) => coverage.onRefused(name);
    const fate = new SeededFate({ random, aside, time, systems, rates, endsMs: history.endsMs, onRefused, trace });
    const ofRenaming = streamBeside(seed, RENAMING_STREAM);
    // With agents they are so many that what follows a renamed group is put to a person, who never answers.
    const rename = isEntrusted ? undefined : randomRename(ofRenaming, generated, setting);
    const isAllowed = setting.refused === undefined && (rename === undefined || rename.then === 'reused');
    const weather = { isCalm: rates === NO_FAULTS && isAllowed, isHonest: rates.systemLie === 0 };
    const hasFiles = seed % FILES_EVERY === 0;
    const ofFiles = new Random(FILES_STREAM + seed);
    const { precedence = {}, isPosted = false } = history;
    const guard = history.guard ?? guardOf(hasFiles && !isPosted && history.merges.length === 0 ? ofFiles : undefined);
    const ofUndoing = streamBeside(seed, UNDOING_STREAM);
    const undoing = undoingOf(history, ofUndoing);
    const merging = [...history.merges, ...undoing.merges].flatMap(({ identityId, duplicate }) => [
      identityId,
      duplicate,
    ]);
    const invariants = new Invariants(
      () => world.models,
      () => time.nowMs,
      weather,
      isPosted || hasFiles ? { settings: guard, precedence, isCalm: weather.isCalm, isPosted, merging } : undefined,
    );
    const notices = isEntrusted ? memoryNotices() : undefined;
    const world: World = new World({
      model: setting.model,
      notices,
      retryPolicy: RETRY_POLICY,
      residual: setting.residual,
      guard,
      precedence,
      fate,
      onInvoked: (name, payload) => {
        onInvoked?.(name, payload);
        if (setting.model.duties !== undefined) coverage.onInvoked(name, payload);
      },
      definitions: definitionsBefore(seed, history, { time, coverage }),
      plant: plant === undefined ? undefined : plant.apply(random),
      onChange: (applicationId, change) => {
        const account = world.systems.get(applicationId)?.accountOf(change.identityId);
        invariants.onChange(applicationId, change, account);
        if (change.method === 'revoke' && change.grant?.endsWith(RENAMED)) {
          coverage.happened.add('renamed grant taken back');
        }
        if (change.method === 'revoke' && change.isEarlier === true) coverage.happened.add('earlier access taken away');
        if (change.method === 'revokeCredential') {
          const isActive = invariants.statusOf(change.identityId) === 'active';
          coverage.happened.add(isActive ? 'exposed credential revoked' : 'credential of a leaver revoked');
        }
        if (change.method === 'deleteAccount' && applicationId === 'chat') {
          coverage.happened.add('account deleted after retention');
        }
      },
      onProposed: (holdId, operatorId) => {
        invariants.onProposed(holdId, operatorId);
        if (isPosted) coverage.happened.add('decision asked for by who proposed it');
      },
      decidesAlone: isPosted,
      onDeciding: (...decision) => void invariants.onDeciding(...decision),
      onCall: (applicationId, method, right) => invariants.onCall(applicationId, method, right),
      onStored: (method, input, outcome) => {
        invariants.onStored(method, input, outcome);
        coverage.onStored(method, input);
        if (method === 'saveRemoval') invariants.onProven(world, input as SaveRemoval, outcome);
      },
    });
    refuse(world, setting, invariants, coverage);
    // Who goes by an end date while all comes to rest may be read for the last time after that.
    if (setting.residual !== undefined) invariants.residualMs = restMs(weather.isCalm, setting, graceMs);
    for (const { applicationId, account } of setting.earlier) {
      const userName = isPosted ? addressOf(account.userName) : account.userName;
      world.systems.get(applicationId)?.addEarlier({ ...account, userName });
      invariants.onEarlier(applicationId, account.holder);
    }
    reconcile(world, setting, { history, random, invariants, coverage });
    deploy(world, setting, history, coverage);
    if (rename !== undefined) {
      const walk = () => keepWalking(world);
      renameGroup(world, rename, history.startMs, { random: ofRenaming, invariants, coverage, walk });
    }
    const surroundings = { aside, invariants, coverage };
    const accepted = isPosted ? postAll(world, history, surroundings) : tellAll(world, history, random);
    if (isPosted) keepDeciding(world, history.endsMs, surroundings);
    if (isPosted) coverage.happened.add('told by intake');
    stateMerges(world, history, random);
    stateMerges(world, undoing, ofUndoing);
    if (seed % GRANTED_EVERY === GRANTED_AT) {
      decideForATime(world, history, { random: streamBeside(seed, GRANTS_STREAM), coverage });
    }
    if (isAsked) askForAccess(world, history, { random: streamBeside(seed, REQUESTS_STREAM), coverage });
    if (isEntrusted) entrust(world, history, { random: ofTrust, coverage });
    if (notices !== undefined) keepTelling(world, history, { random: ofTrust, coverage, invariants, notices });
    if (seed % SUSPENDED_EVERY === SUSPENDED_AT) {
      suspendInEmergencies(world, history, { random: streamBeside(seed, SUSPENSIONS_STREAM), coverage });
    }
    if (isAnswered) answerForOwned(world, history, { random: ofAnswers, coverage });
    if (setting.model.reviews !== undefined) {
      answerReviews(world, history, { random: streamBeside(seed, REVIEWS_STREAM), coverage });
    }
    if (isInCampaign) {
      const random = streamBeside(seed, CAMPAIGNS_STREAM);
      reviewInCampaign(world, history, { random, invariants, coverage });
    }
    if (graceMs !== undefined) {
      const during = { fromMs: history.startMs, untilMs: history.endsMs };
      keepUsingKeys(world, { random: ofKeys, coverage, ...during });
    }
    keepSweeping(world, history);
    if (setting.deployment !== undefined) keepWalking(world);
    // Half of the histories that last for months have nobody who sees to tasks.
    const isNeglected = history.endsMs - history.startMs > LONG_MS && aside.chance(0.5);
    if (!isNeglected) {
      const pace = { untilMs: history.endsMs, everyMs: setting.tasksEveryMs };
      const byTwo = () => attestByTwo(world, { random: ofTrust, coverage, invariants });
      keepAttesting(world, invariants, isEntrusted ? ofTrust : random, {
        ...pace,
        ...(isEntrusted && { attest: byTwo }),
      });
    }
    const check = () => {
      if (invariants.violation !== undefined) throw invariants.violation;
    };
    await time.runUntil(history.endsMs, check);
    const byFiles = new Map<string, Fact>();
    if (hasFiles) {
      const putting = { random: ofFiles, aside: ofFiles, invariants, coverage, accepted: byFiles };
      putFiles(world, history, putting);
      keepDeciding(world, time.nowMs + FILES_MS, putting);
      if (!isNeglected) {
        keepAttesting(world, invariants, ofFiles, { untilMs: time.nowMs + FILES_MS, everyMs: setting.tasksEveryMs });
      }
      await time.runUntil(time.nowMs + FILES_MS, check);
    }
    fate.relent();
    await time.runUntil(time.nowMs + restMs(weather.isCalm, setting, graceMs), check);
    if (invariants.repaired.size > 0) {
      for (const applicationId of invariants.repaired) void repairOnceMore(world, applicationId);
      await time.runUntil(time.nowMs + restMs(weather.isCalm, setting, graceMs), check);
    }
    if (isEntrusted && !weather.isCalm) await time.runUntil(time.nowMs + AGENTS_LOOKED_AT_MS, check);
    await invariants.atRest(world, new Map([...accepted, ...byFiles]));
    check();
    const mayBeQuiet = setting.refused === undefined && rename?.then !== 'gone';
    // Who covers for somebody is looked at once an hour.
    if (mayBeQuiet && !isEntrusted) await staysQuiet(world, time, invariants);
    if (isEntrusted && invariants.isAnybodyLimited()) coverage.happened.add('agent held to its owner');
    coverage.atEnd([...accepted.values()], world.escalations, time.nowMs);
    const { happened } = coverage;
    return { seed, violation: invariants.violation, history, systemCalls: callsOf(world), happened };
  } catch (error) {
    if ((error as Error).name !== 'Violation') throw error;
    return { seed, violation: error as Violation, history, systemCalls: 0, happened: coverage.happened };
  } finally {
    Error.stackTraceLimit = realLimit;
    Math.random = realRandom;
    time.uninstall();
  }
}

function generate(seed: number, random: Random, aside: Random): History {
  const isPosted = seed % POSTED_OF_OTHERS_EVERY === 0;
  if (seed % COMPANY_EVERY === COMPANY_AT) return asPosted(companyHistory(random));
  if (seed % INTERTWINED_EVERY === 1) {
    const history = intertwinedHistory(random);
    if (isPosted) return asPosted(withMistakes(aside, history));
    return seed % SUCCESSOR_EVERY === SUCCESSOR_AT ? withSuccessor(history) : history;
  }
  if (seed % MONTHS_EVERY === MONTHS_AT) {
    const history = monthsHistory(random);
    const isOfTwo = seed % DUPLICATE_EVERY === DUPLICATE_AT;
    return postedIf(isPosted, isOfTwo ? withDuplicate(streamBeside(seed, -UNDOING_STREAM), history) : history);
  }
  return postedIf(seed % POSTED_EVERY === POSTED_AT, randomHistory(random));
}

/** @param random draws one that a handful of people reaches; undefined: as deployed */
function guardOf(random: Random | undefined): MassErrorGuardSettings {
  if (random === undefined) return massErrorGuardSchema.parse({});
  return massErrorGuardSchema.parse({ neverHeld: random.pick([1, 2, 5]), missingShare: random.pick([0.3, 0.5, 0.8]) });
}

function postedIf(isPosted: boolean, history: History): History {
  return isPosted ? asPosted(history) : history;
}

/** Until the middle of such a history a version before is deployed; its executions go on with the functions of this one. */
function definitionsBefore(
  seed: number,
  { startMs, endsMs }: History,
  { time, coverage }: { readonly time: VirtualTime; readonly coverage: Coverage },
): (() => string | undefined) | undefined {
  if (seed % UPGRADED_EVERY !== UPGRADED_AT) return undefined;
  const release = RELEASES[Math.floor(seed / UPGRADED_EVERY) % RELEASES.length];
  if (release === undefined) return undefined;
  return () => {
    if (time.nowMs > (startMs + endsMs) / 2) return undefined;
    coverage.happened.add('execution of the version before');
    return definitionsOf(release);
  };
}

/** What may still come right by itself once nothing goes wrong any more. */
function restMs(isCalm: boolean, { residual }: Setting, graceMs: number | undefined): number {
  const untilKeysGoMs = graceMs === undefined ? 0 : graceMs + KEYS_LOOKED_AT_MS;
  const repairMs = untilKeysGoMs + (isCalm ? PROMPT_MS : REPAIR_MS);
  return repairMs + (residual === undefined ? 0 : 2 * residual.seconds * 1_000);
}

function refuse(world: World, { refused }: Setting, invariants: Invariants, coverage: Coverage): void {
  const system = refused && world.systems.get(refused.applicationId);
  if (system === undefined || refused === undefined) return;
  system.refuses = refused.method;
  system.onRefused = () => coverage.happened.add('refused right');
  invariants.refusing = refused.applicationId;
}

/** HR sends each event until it is accepted. */
function tellAll(world: World, { arrivals, startMs }: History, random: Random): ReadonlyMap<string, Fact> {
  const accepted = new Map<string, Fact>();
  const send = async (fact: Fact): Promise<void> => {
    try {
      await world.record(fact);
      accepted.set(fact.factId, fact);
    } catch {
      setTimeout(() => void send(fact), random.below(MINUTE_MS));
    }
  };
  for (const { atMs, fact } of arrivals) setTimeout(() => void send(fact), atMs - startMs);
  return accepted;
}

/** What finds nothing changes nothing: in months there are thousands of those. */
function keepSweeping(world: World, history: History): void {
  const isLong = history.endsMs - history.startMs >= LONG_MS;
  const tendEachMs = isLong ? TENDED_IN_MONTHS_MS : SWEEP_MS;
  let tendedMs = Number.NEGATIVE_INFINITY;
  const again = () => {
    if (world.isAnythingDue()) world.sweep();
    if (world.isDeciding()) world.resumeDecisions();
    if (world.campaigns.isAnyGoingOn() && Date.now() - tendedMs >= tendEachMs) {
      world.tendCampaigns();
      tendedMs = Date.now();
    }
    setTimeout(again, SWEEP_MS);
  };
  setTimeout(again, SWEEP_MS);
}

/** Where nothing is ever deployed anew nobody is walked: each history would take longer. */
function keepWalking(world: World): void {
  if (world.isWalked()) return;
  world.walk();
  setTimeout(() => keepWalking(world), MINUTE_MS);
}

function deploy(world: World, { deployment }: Setting, { startMs }: History, { happened }: Coverage): void {
  if (deployment === undefined) return;
  setTimeout(() => {
    happened.add('model changed');
    world.deploy(deployment.model);
    keepWalking(world);
  }, deployment.atMs - startMs);
}

interface Reconciling {
  readonly history: History;
  readonly random: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
}

/** A run now and then until there is a report to decide on. */
function reconcile(world: World, { reconciliation }: Setting, surroundings: Reconciling): void {
  if (reconciliation === undefined) return;
  const { applicationId, atMs, decision } = reconciliation;
  const { history, random, invariants, coverage } = surroundings;
  const attempt = async (tries: number): Promise<void> => {
    const { status } = await world.reconcile(applicationId);
    if (status === 'SUCCEEDED') coverage.happened.add('reconciliation');
    if (decision === undefined) return;
    // What dies half-way may count; and it is asked for again.
    if (decision === 'repair') invariants.lookedAt.add(applicationId);
    const decided = await world.decideReconciliation(applicationId, decision).catch(() => 0);
    if (decided === 200) {
      coverage.happened.add('reconciliation decided');
      if (decision === 'repair') invariants.repaired.add(applicationId);
    } else if (tries < MAXIMUM_TRIES) setTimeout(() => void attempt(tries + 1), random.below(10 * MINUTE_MS));
  };
  setTimeout(() => void attempt(1), atMs - history.startMs);
}

/** A decision concerns those in the report of its time: whoever came later, or was at work on then, is in the next. */
async function repairOnceMore(world: World, applicationId: string): Promise<void> {
  await world.reconcile(applicationId);
  await world.decideReconciliation(applicationId, 'repair');
}

/** Somebody in IT works through the open tasks now and then, until their day ends. */
function keepAttesting(
  world: World,
  invariants: Invariants,
  random: Random,
  pace: { readonly untilMs: number; readonly everyMs: number; readonly attest?: () => Promise<void> },
): void {
  setTimeout(
    async () => {
      if (Date.now() > pace.untilMs) return;
      keepAttesting(world, invariants, random, pace);
      if (pace.attest !== undefined) return pace.attest();
      const { items } = await world.stores.tasks.listTasks({ status: 'open', limit: 10 });
      for (const task of items) {
        invariants.onAttested(task.taskId, OPERATOR);
        await world.attest(task, OPERATOR).catch(() => {});
      }
    },
    3 * MINUTE_MS + random.below(pace.everyMs),
  );
}

/** An hour in which nothing takes effect: nobody calls any system. */
async function staysQuiet(world: World, time: VirtualTime, invariants: Invariants): Promise<void> {
  const { items } = await world.stores.directory.listIdentities({ limit: 100 });
  const untilMs = time.nowMs + QUIET_MS;
  if (items.some(({ nextCheckMs }) => nextCheckMs !== undefined && nextCheckMs - NEXT_CHECK_GRACE_MS <= untilMs))
    return;
  const before = callsOf(world);
  await time.runUntil(untilMs);
  if (callsOf(world) !== before) invariants.notQuiet(callsOf(world) - before);
}

function callsOf(world: World): number {
  return [...world.systems.values()].reduce((sum, { calls }) => sum + calls, 0);
}

/** A third of the histories suffer only reordering and delay; the others more, up to misery. */
function randomRates(random: Random): FaultRates {
  if (random.chance(1 / 3)) return NO_FAULTS;
  const misery = random.pick([0.003, 0.01, 0.03]);
  return {
    crash: misery,
    systemFailure: misery * random.pick([0, 3, 10]),
    slow: random.pick([0, 0.3]),
    outage: random.pick([0, 0.3]),
    systemLie: misery * random.pick([0, 5]),
    duplicate: random.pick([0, 0.2]),
    late: random.pick([0, 0.1]),
    lost: random.pick([0, 0.05]),
    refusal: random.pick([0, 0.2]),
  };
}
