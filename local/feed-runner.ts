// Plays the sample feed: posts it as HR does, attests manual tasks as IT does, and watches until every identity is as
// the feed says it must end up, or time is up.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CertificateAnswer } from '../lambdas/api/certificates.ts';
import type { HoldAnswer } from '../lambdas/api/holds.ts';
import type { IdentityAnswer, IdentitySummaryAnswer } from '../lambdas/api/identities.ts';
import type { TaskAnswer } from '../lambdas/api/tasks.ts';
import { type FeedExpectation, type FeedStep, mistakenLeavers, sampleFeed } from './feed/feed.ts';
import { loadOrganisation } from './feed/organisation.ts';
import { postBatch, postEvent } from './hr-client.ts';
import type { LocalCloud } from './local-cloud.ts';

const POLL_MS = 300;
const ORGANISATION_TIMEOUT_MS = 300_000;
const LIVELY_DAY_TIMEOUT_MS = 300_000;
const MISTAKE_TIMEOUT_MS = 120_000;
/** API calls at the same time. */
const CONCURRENCY = 6;

/** A step of the feed, once every system agrees with it. */
export interface SettledStep {
  readonly step: FeedStep;
  readonly identity: IdentityAnswer;
  /** From the event's acceptance; undefined for what was accepted before (a duplicate). */
  readonly tookMs: number | undefined;
  /** What was changed in the systems meanwhile, by kind of change. */
  readonly changes: Readonly<Record<string, number>>;
}

export interface Progress {
  readonly converged: number;
  readonly all: number;
}

export interface FeedObserver {
  onOrganisation(progress: Progress): void;
  /** Those who were already there are: the events of the day follow. */
  onDay(progress: Progress): void;
  onStep(step: SettledStep): void;
  onTask(task: TaskAnswer): void;
  onWaiting(identityIds: readonly string[]): void;
  /** The mass-error guard held what HR reported by mistake, and somebody dropped it. */
  onMistake(mistake: HeldMistake): void;
}

export interface HeldMistake {
  /** Events that were accepted, and held. */
  readonly events: number;
  readonly hold: HoldAnswer;
}

export interface Leaver {
  readonly identity: IdentityAnswer;
  readonly certificate: CertificateAnswer;
  /** The event's acceptance; for who left by date alone, that date. */
  readonly sinceMs: number;
}

export interface FeedOutcome {
  /** In the feed's order. */
  readonly identities: readonly IdentityAnswer[];
  readonly leavers: readonly Leaver[];
  readonly tasksAttested: number;
  /** What did not converge, and why. */
  readonly problems: readonly string[];
}

interface Posted {
  readonly step: FeedStep;
  readonly version: number;
  readonly postedMs: number;
  readonly duplicate: boolean;
}

export async function runFeed(cloud: LocalCloud, observer: FeedObserver): Promise<FeedOutcome> {
  const founded = loadOrganisation().length;
  const foundedAt = new Date();
  const organisation = sampleFeed(foundedAt).filter(({ phase }) => phase === 'already-there');
  const tasks = new TaskDesk(cloud, observer);

  await postBatch(
    cloud.hr,
    organisation.map(({ event }) => event),
  );
  let converged = 0;
  await watch(ORGANISATION_TIMEOUT_MS, async () => {
    const summaries = await cloud.api.listIdentities();
    await tasks.attestAll();
    converged = summaries.filter((summary) => summary.converged).length;
    observer.onOrganisation({ converged, all: founded });
    return (converged === founded && tasks.isClear) || allGivenUp(summaries);
  });

  observer.onDay({ converged, all: founded });
  // Written anew: what is to happen within seconds counts from now on.
  const day = sampleFeed(new Date(), foundedAt).filter(({ phase }) => phase === 'day');
  const posted: Posted[] = [];
  const posting = postAll(cloud, day, posted);
  const expected = expectationsOf([...organisation, ...day]);
  const settled = new Set<Posted>();
  await watch(LIVELY_DAY_TIMEOUT_MS, async () => {
    const summaries = await cloud.api.listIdentities();
    await tasks.attestAll();
    const unsettled = posted.filter((one) => !settled.has(one));
    await inParallel(unsettled, async (one) => {
      const result = await settledStep(cloud, one, posted, summaries, expected);
      if (result === undefined) return;
      settled.add(one);
      observer.onStep(result);
    });
    const waiting = posted.filter((one) => !settled.has(one)).map(({ step }) => step.event.subject);
    if (waiting.length > 0) observer.onWaiting(waiting);
    return (settled.size === day.length && tasks.isClear) || (posted.length === day.length && allGivenUp(summaries));
  });
  await posting;
  const mistakes = await makeMistake(cloud, observer);
  const outcome = await conclude(cloud, expected, posted, tasks.attested);
  return { ...outcome, problems: [...mistakes, ...outcome.problems] };
}

/** HR reports leavers who are none; what is wrong with what came of it. With other settings than the guard's own it would be believed. */
async function makeMistake({ plan, hr, api }: LocalCloud, observer: FeedObserver): Promise<readonly string[]> {
  if (plan.settings['massErrorGuard'] !== undefined) return [];
  const accepted = await postBatch(hr, mistakenLeavers(new Date()));
  const [holdId, ...others] = new Set(accepted.map(({ held }) => held));
  if (holdId === undefined || others.length > 0)
    return ['the mass-error guard did not hold what HR reported by mistake'];
  const hold = await api.dropHold(holdId, 'The export was wrong: nobody leaves.');
  observer.onMistake({ events: accepted.length, hold });
  // Each of them is looked at once more, and found to be as before.
  await watch(MISTAKE_TIMEOUT_MS, async () => {
    const versions = new Map(accepted.map(({ identityId, version }) => [identityId, version]));
    const summaries = await api.listIdentities();
    return summaries.every(
      ({ identityId, converged, version }) => converged && version > (versions.get(identityId) ?? 0),
    );
  });
  return [];
}

/** The last word on each identity. */
function expectationsOf(steps: readonly FeedStep[]): readonly FeedExpectation[] {
  const last = new Map(steps.flatMap(({ expect }) => (expect === undefined ? [] : [[expect.identityId, expect]])));
  return [...last.values()];
}

/** One after the other and without waiting for what they bring about: as HR does on a busy day. */
async function postAll({ hr }: LocalCloud, steps: readonly FeedStep[], posted: Posted[]): Promise<void> {
  for (const step of steps) {
    const postedMs = Date.now();
    const { version } = await postEvent(hr, step.event);
    const duplicate = posted.some((earlier) => earlier.step.event.id === step.event.id);
    posted.push({ step, version, postedMs, duplicate });
  }
}

/** Undefined while not every system agrees, or while the removal of somebody who left is not proven. */
async function settledStep(
  { api }: LocalCloud,
  { step, version, postedMs, duplicate }: Posted,
  posted: readonly Posted[],
  summaries: readonly IdentitySummaryAnswer[],
  expected: readonly FeedExpectation[],
): Promise<SettledStep | undefined> {
  const { subject } = step.event;
  const summary = summaries.find(({ identityId }) => identityId === subject);
  const expectation = expected.find(({ identityId }) => identityId === subject);
  if (summary === undefined || !summary.converged || summary.version < version) return undefined;
  if (summary.status !== expectation?.status) return undefined;
  const identity = await api.findIdentity(subject);
  if (identity === undefined || !identity.converged || !isProven(identity)) return undefined;
  if (duplicate) return { step, identity, tookMs: undefined, changes: {} };
  const { state, removal, settledAt } = identity;
  const endedAt = state.status === 'departed' ? removal?.provenAt : settledAt;
  // Who leaves by date alone leaves then.
  const sinceMs = Math.max(postedMs, Date.parse(state.departedAt ?? new Date(0).toISOString()));
  const changes: Record<string, number> = {};
  const others = new Set(posted.map((other) => factOf(other.step)).filter((fact) => fact !== factOf(step)));
  for (const { at, trigger = '', event } of await api.listAudit(subject)) {
    if (Date.parse(at) < postedMs || others.has(trigger)) continue;
    const action = event.type === 'access-changed' ? actionOf(event) : event.type;
    changes[action] = (changes[action] ?? 0) + 1;
  }
  return { step, identity, tookMs: Math.max(0, Date.parse(endedAt ?? '') - sinceMs), changes };
}

/** What the audit log names as the trigger of what followed. */
function factOf({ source, event }: FeedStep): string {
  return `${source}:${event.id}`;
}

function actionOf(event: object): string {
  const step: unknown = Reflect.get(event, 'step');
  return String(typeof step === 'object' && step !== null ? Reflect.get(step, 'action') : undefined);
}

function isProven({ state, removal }: IdentityAnswer): boolean {
  return state.status !== 'departed' || removal?.provenAt !== undefined;
}

/** Nothing more will happen by itself. */
function allGivenUp(summaries: readonly IdentitySummaryAnswer[]): boolean {
  const open = summaries.filter(({ converged }) => !converged);
  return open.length > 0 && open.every(({ escalated }) => escalated);
}

async function conclude(
  { api }: LocalCloud,
  expected: readonly FeedExpectation[],
  posted: readonly Posted[],
  tasksAttested: number,
): Promise<FeedOutcome> {
  const identities: IdentityAnswer[] = [];
  const leavers: Leaver[] = [];
  const problems: string[] = [];
  await inParallel(expected, async ({ identityId, status }) => {
    const identity = await api.findIdentity(identityId);
    if (identity === undefined) return void problems.push(`${identityId} is not known`);
    identities.push(identity);
    problems.push(...problemsOf(identity, status));
    const { state, removal } = identity;
    if (state.status !== 'departed' || removal?.provenAt === undefined) return;
    const leaving = posted.find(({ step: { event } }) => event.subject === identityId && event.type === 'jml.leaver');
    leavers.push({
      identity,
      certificate: await api.getCertificate(removal.certificateId),
      sinceMs: leaving?.postedMs ?? Date.parse(state.departedAt ?? ''),
    });
  });
  const order = expected.map(({ identityId }) => identityId);
  const inOrder = (a: IdentityAnswer, b: IdentityAnswer) => order.indexOf(a.identityId) - order.indexOf(b.identityId);
  return {
    identities: identities.sort(inOrder),
    leavers: leavers.sort((a, b) => a.sinceMs - b.sinceMs),
    tasksAttested,
    problems,
  };
}

function problemsOf(identity: IdentityAnswer, expected: FeedExpectation['status']): readonly string[] {
  const { identityId, state, escalation, tasks, converged } = identity;
  if (escalation !== undefined) {
    return escalation.failed.map(({ applicationId, error }) => `${identityId}: ${applicationId}: ${error}`);
  }
  if (!converged) return [`${identityId}: not every system agrees yet, and nothing was escalated`];
  if (state.status !== expected) return [`${identityId} is ${state.status}, which should be ${expected}`];
  if (!isProven(identity)) return [`${identityId} left, and the removal is not proven yet`];
  return tasks
    .filter(({ status }) => status === 'open')
    .map(({ taskId }) => `${identityId}: the task ${taskId} is open`);
}

/** IT, as far as this feed needs it: attests every manual task as soon as it is there. */
class TaskDesk {
  readonly #cloud: LocalCloud;
  readonly #observer: FeedObserver;
  /** None was open when last looked. */
  isClear = true;
  attested = 0;

  constructor(cloud: LocalCloud, observer: FeedObserver) {
    this.#cloud = cloud;
    this.#observer = observer;
  }

  async attestAll(): Promise<void> {
    const open = await this.#cloud.api.listOpenTasks();
    this.isClear = open.length === 0;
    for (const task of open) {
      await this.#cloud.api.attest(task.taskId, 'The local cloud attests this as IT would, once it was carried out.');
      this.attested += 1;
      this.#observer.onTask(task);
    }
  }
}

async function watch(timeoutMs: number, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isDone()) && Date.now() < deadline) await sleep(POLL_MS);
}

async function inParallel<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await run(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
