// Judges records: whose each is, what is known of them, what detections find, and what is remembered. What is found about an
// identity is written with its memory, in one transaction, on the memory that it was judged by: of two that judge one identity
// at the same time, the second judges again on what the first has remembered.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { type ActivityRecord, MAXIMUM_ACTOR_LENGTH } from '../../core/detection/activity.ts';
import { type Alert, alertIdOf, type Mute, mutesOn, unknownSubject, withFinding } from '../../core/detection/alert.ts';
import { raisedEntry } from '../../core/detection/alert-entries.ts';
import type { DetectionContext, Joined } from '../../core/detection/context.ts';
import { type DetectionPolicy, responseTo } from '../../core/detection/detection-settings.ts';
import type { Finding } from '../../core/detection/finding.ts';
import type { Match } from '../../core/detection/join.ts';
import { isOneself } from '../../core/detection/judging.ts';
import { knownIdentity } from '../../core/detection/known-identity.ts';
import { type ActivityMemory, type PeerMemory, remember, rememberPeer } from '../../core/detection/memory.ts';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { ActivityStore, KeptMemory, UnknownActor } from '../../stores/activity/activity-store.ts';
import type { DirectoryStore } from '../../stores/directory/directory-store.ts';
import { findParties, type JoinedRecord, type PartyDependencies } from './find-parties.ts';
import { KnownIdentities } from './known-identities.ts';

export interface JudgingDependencies extends PartyDependencies {
  readonly directory: Pick<DirectoryStore, 'findByEmail' | 'load'> & DirectoryStore;
  readonly activity: ActivityStore;
  readonly clock: () => number;
  readonly model: () => AccessModel;
  readonly policy: DetectionPolicy;
  /** What detections find in a record. */
  readonly judge: (record: ActivityRecord, context: DetectionContext) => readonly Finding[];
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
  /** Whether they are remembered and counted: not those that were judged before. @default true */
  readonly remembers?: boolean | undefined;
  /** Waits before the next attempt; the first is 1. */
  readonly pause?: ((attempt: number) => Promise<unknown>) | undefined;
}

export interface Judged {
  readonly findings: number;
  /** Those of whom somebody could not be judged now: they are judged again. */
  readonly failed: ReadonlySet<ActivityRecord>;
}

const CONCURRENT_IDENTITIES = 10;
const RECALLED_AT_ONCE = 100;
const MAXIMUM_TRIES = 8;
const FIRST_WAIT_MS = 20;
/** With as many audit entries and the memory, well within the 100 items of a transaction. */
const ALERTS_OF_A_WRITE = 40;
const DAY_MS = 86_400_000;
/** Nobody needs a memory of longer ago: what is dormant is so after a year at most. */
export const MEMORY_KEPT_MS = 400 * DAY_MS;
const UNKNOWN_KEPT_MS = 90 * DAY_MS;

/** One record as it concerns one subject. */
interface Concern {
  readonly joined: JoinedRecord;
  readonly as: 'actor' | 'target';
}

export async function judgeRecords(
  dependencies: JudgingDependencies,
  records: readonly ActivityRecord[],
): Promise<Judged> {
  const inTime = records.toSorted((one, other) => one.timeMs - other.timeMs);
  const joined = await findParties(dependencies, inTime);
  const known = new KnownIdentities(dependencies);
  await known.loadAll(joined);
  await known.loadEmergencies(inTime);
  const concerns = concernsOf(joined, known);
  const mutes = await dependencies.activity.listMutes(dependencies.clock());
  const recalled = await recallAll(dependencies, concerns, known);
  const failed = new Set<ActivityRecord>();
  let findings = 0;
  await mapBounded([...concerns], CONCURRENT_IDENTITIES, async ([subjectId, own]) => {
    try {
      findings += await judgeSubject(dependencies, { subjectId, concerns: own, known, recalled, mutes });
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      dependencies.log('records not judged', { records: own.length, error: name });
      for (const one of own) failed.add(one.joined.record);
    }
  });
  if (dependencies.remembers !== false) {
    await rememberPeers(dependencies, concerns, known, recalled);
    await noteUnknown(dependencies, joined);
  }
  return { findings, failed };
}

/** Subject → what concerns it, in the order of time. Of nobody who is known the subject is the source's. */
function concernsOf(joined: readonly JoinedRecord[], known: KnownIdentities): ReadonlyMap<string, readonly Concern[]> {
  const concerns = new Map<string, Concern[]>();
  for (const one of joined) {
    const unknown = unknownSubject(one.record.source);
    const actorId = known.idOf(one.actor) ?? unknown;
    const targetId = one.target && (known.idOf(one.target) ?? unknown);
    const subjects: readonly (readonly [string | undefined, Concern['as']])[] = [
      [actorId, 'actor'],
      [targetId === actorId ? undefined : targetId, 'target'],
    ];
    for (const [subjectId, as] of subjects) {
      if (subjectId === undefined) continue;
      concerns.set(subjectId, [...(concerns.get(subjectId) ?? []), { joined: one, as }]);
    }
  }
  return concerns;
}

async function recallAll(
  { activity }: JudgingDependencies,
  concerns: ReadonlyMap<string, readonly Concern[]>,
  known: KnownIdentities,
): Promise<ReadonlyMap<string, KeptMemory>> {
  const identities = [...concerns.keys()].filter((subjectId) => known.get(subjectId) !== undefined);
  const groups = identities.flatMap((identityId) => known.peerGroupOf(identityId) ?? []);
  const wanted = [...new Set([...identities, ...groups])];
  const recalled = new Map<string, KeptMemory>();
  for (let start = 0; start < wanted.length; start += RECALLED_AT_ONCE) {
    const some = await activity.recall(wanted.slice(start, start + RECALLED_AT_ONCE));
    for (const [subjectId, kept] of some) recalled.set(subjectId, kept);
  }
  return recalled;
}

interface Subject {
  readonly subjectId: string;
  readonly concerns: readonly Concern[];
  readonly known: KnownIdentities;
  readonly recalled: ReadonlyMap<string, KeptMemory>;
  readonly mutes: readonly Mute[];
}

/** @returns how often something was found */
async function judgeSubject(dependencies: JudgingDependencies, subject: Subject): Promise<number> {
  const { activity, clock, pause = pauseWithJitter } = dependencies;
  const { subjectId, known } = subject;
  const isKnown = known.get(subjectId) !== undefined;
  let kept = subject.recalled.get(subjectId);
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    const nowMs = clock();
    const { memory, findings } = isKnown
      ? judgeInOrder(dependencies, subject, kept?.memory as ActivityMemory | undefined, nowMs)
      : { memory: undefined, findings: judgeUnknown(dependencies, subject, nowMs) };
    const changes = await alertChanges(dependencies, subject, findings, nowMs);
    if (await write(dependencies, { subjectId, memory, kept, changes, nowMs })) return findings.length;
    await pause(attempt);
    kept = (await activity.recall([subjectId])).get(subjectId);
  }
  throw new RetryableError(`the memory of one subject changed ${MAXIMUM_TRIES} times in a row`);
}

interface Judgement {
  readonly memory: ActivityMemory | undefined;
  readonly findings: readonly Finding[];
}

/** What detections go by is the memory before each record. */
function judgeInOrder(
  dependencies: JudgingDependencies,
  { subjectId, concerns, known, recalled }: Subject,
  before: ActivityMemory | undefined,
  nowMs: number,
): Judgement {
  let memory = before;
  const findings: Finding[] = [];
  for (const { joined, as } of concerns) {
    const { record } = joined;
    const context = contextOf(dependencies, { joined, known, recalled, nowMs, own: { subjectId, memory } });
    const found = dependencies.judge(record, context);
    findings.push(...found.filter(({ identityId }) => identityId === subjectId));
    if (dependencies.remembers !== false) {
      memory = remember(memory, record, as, { toOneself: isOneself(record, context) });
    }
  }
  return { memory, findings };
}

/** Whoever is not known has no memory; what was found about somebody else in the same record is theirs. */
function judgeUnknown(
  dependencies: JudgingDependencies,
  { concerns, known, recalled }: Subject,
  nowMs: number,
): readonly Finding[] {
  return concerns.flatMap(({ joined }) => {
    const context = contextOf(dependencies, { joined, known, recalled, nowMs });
    return dependencies.judge(joined.record, context).filter(({ identityId }) => identityId === undefined);
  });
}

interface ContextInput {
  readonly joined: JoinedRecord;
  readonly known: KnownIdentities;
  readonly recalled: ReadonlyMap<string, KeptMemory>;
  readonly nowMs: number;
  /** Whose memory has gone on since it was recalled. */
  readonly own?: { readonly subjectId: string; readonly memory: ActivityMemory | undefined };
}

function contextOf(
  { model, policy }: JudgingDependencies,
  { joined, known, recalled, nowMs, own }: ContextInput,
): DetectionContext {
  const { record, actor, target } = joined;
  const memoryOf = (identityId: string) =>
    own?.subjectId === identityId ? own.memory : (recalled.get(identityId)?.memory as ActivityMemory | undefined);
  const join = (match: Match): Joined => {
    if (match.found !== 'one') return match;
    const identityId = known.idOf(match);
    const loaded = identityId === undefined ? undefined : known.get(identityId);
    if (identityId === undefined || loaded === undefined) return { found: 'none' };
    const group = known.peerGroupOf(identityId);
    return {
      found: 'one',
      by: match.by,
      identity: knownIdentity({
        identityId,
        timeline: loaded.timeline,
        accounts: loaded.record.accounts,
        model: model(),
        owner: known.ownerOf(identityId),
        memory: memoryOf(identityId),
        peers: group === undefined ? undefined : (recalled.get(group)?.memory as PeerMemory | undefined),
        atMs: record.timeMs,
        nowMs: Math.max(nowMs, loaded.nowMs),
      }),
    };
  };
  const ids = new Set(
    [...record.who.clues, ...(record.target?.clues ?? []), ...(record.application ? [record.application] : [])].map(
      ({ applicationId }) => applicationId,
    ),
  );
  return {
    actor: join(actor),
    ...(target && { target: join(target) }),
    applications: model().applications.filter(({ id }) => ids.has(id)),
    openBreakGlass: known.isEmergency(joined, ids),
    settings: policy,
    nowMs,
  };
}

interface AlertChange {
  readonly before: Alert | undefined;
  readonly after: Alert;
}

async function alertChanges(
  { activity, policy }: JudgingDependencies,
  subject: Subject,
  findings: readonly Finding[],
  nowMs: number,
): Promise<readonly AlertChange[]> {
  if (findings.length === 0) return [];
  const { subjectId, known } = subject;
  const alertIds = [...new Set(findings.map((finding) => alertIdOf(subjectId, finding)))];
  const found: Alert[] = [];
  for (let start = 0; start < alertIds.length; start += RECALLED_AT_ONCE) {
    found.push(...(await activity.findAlerts(alertIds.slice(start, start + RECALLED_AT_ONCE))));
  }
  const before = new Map(found.map((alert) => [alert.alertId, alert]));
  const after = new Map<string, Alert>();
  const isPerson = known.isPerson(subjectId);
  for (const finding of findings) {
    const alertId = alertIdOf(subjectId, finding);
    const response = responseTo(finding, isPerson, policy);
    const mute = await muteFor(subject, finding.detection, nowMs);
    after.set(
      alertId,
      withFinding(after.get(alertId) ?? before.get(alertId), subjectId, finding, { response, mute, nowMs }),
    );
  }
  return [...after.values()]
    .map((alert) => ({ before: before.get(alert.alertId), after: alert }))
    .filter((change) => change.before !== change.after);
}

/** Of whoever the finding is about, and whoever answers for them, none decides that nobody hears of it. */
async function muteFor(
  { subjectId, known, mutes }: Subject,
  detection: string,
  nowMs: number,
): Promise<Mute | undefined> {
  const concerned = [subjectId, known.ownerOf(subjectId)?.identityId];
  for (const mute of mutesOn(mutes, { subjectId, detection, nowMs })) {
    if (!concerned.includes(await known.whoIs(mute.by))) return mute;
  }
  return undefined;
}

interface Writing {
  readonly subjectId: string;
  readonly memory: ActivityMemory | undefined;
  readonly kept: KeptMemory | undefined;
  readonly changes: readonly AlertChange[];
  readonly nowMs: number;
}

/** False: something is not as it was read. */
async function write(
  { activity }: JudgingDependencies,
  { subjectId, memory, kept, changes, nowMs }: Writing,
): Promise<boolean> {
  const asWritten = ({ before, after }: AlertChange) => {
    const alert = { ...after, revision: after.revision + 1 };
    const entry = raisedEntry(before, alert, nowMs);
    return { alert, audit: entry === undefined ? [] : [entry] };
  };
  const isChanged = memory !== undefined && memory !== kept?.memory;
  const together = isChanged ? changes.slice(0, ALERTS_OF_A_WRITE) : [];
  // What does not go with the memory goes before it: found again, it is known to be there.
  for (const change of changes.slice(together.length)) {
    const { alert, audit } = asWritten(change);
    if (!(await activity.saveAlert(alert, audit))) return false;
  }
  if (!isChanged) return true;
  const written = together.map(asWritten);
  return await activity.remember({
    memory: { subjectId, memory, revision: (kept?.revision ?? 0) + 1 },
    expiresMs: nowMs + MEMORY_KEPT_MS,
    alerts: written.map(({ alert }) => alert),
    audit: written.flatMap(({ audit }) => audit),
  });
}

/** Of those who do the same work. What is lost of it is learned again. */
async function rememberPeers(
  { activity, clock, log }: JudgingDependencies,
  concerns: ReadonlyMap<string, readonly Concern[]>,
  known: KnownIdentities,
  recalled: ReadonlyMap<string, KeptMemory>,
): Promise<void> {
  const groups = new Map<string, PeerMemory | undefined>();
  for (const [identityId, own] of concerns) {
    const group = known.peerGroupOf(identityId);
    if (group === undefined) continue;
    let peers = groups.get(group) ?? (recalled.get(group)?.memory as PeerMemory | undefined);
    for (const { joined, as } of own) if (as === 'actor') peers = rememberPeer(peers, identityId, joined.record);
    groups.set(group, peers);
  }
  for (const [group, memory] of groups) {
    const kept = recalled.get(group);
    if (memory === undefined || memory === kept?.memory) continue;
    const next = { subjectId: group, memory, revision: (kept?.revision ?? 0) + 1 };
    const expiresMs = clock() + MEMORY_KEPT_MS;
    if (!(await activity.remember({ memory: next, expiresMs, alerts: [], audit: [] }))) {
      log('peers learned by somebody else meanwhile', {});
    }
  }
}

async function noteUnknown({ activity, clock }: JudgingDependencies, joined: readonly JoinedRecord[]): Promise<void> {
  const actors = new Map<string, UnknownActor>();
  for (const { record, actor } of joined) {
    if (actor.found === 'one') continue;
    const { source, timeMs, who } = record;
    const name = (who.clues[0]?.value ?? '(nobody is named)').slice(0, MAXIMUM_ACTOR_LENGTH);
    const key = JSON.stringify([source, name]);
    const before = actors.get(key) ?? { source, actor: name, firstMs: timeMs, lastMs: timeMs, count: 0 };
    actors.set(key, {
      ...before,
      firstMs: Math.min(before.firstMs, timeMs),
      lastMs: Math.max(before.lastMs, timeMs),
      count: before.count + 1,
    });
  }
  if (actors.size > 0) await activity.noteUnknown([...actors.values()], clock() + UNKNOWN_KEPT_MS);
}

function pauseWithJitter(attempt: number): Promise<unknown> {
  return sleep(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1));
}
