// Asks an HR system who the people are of whom it said only that they changed, and records what differs from what is
// known. One function for each source that needs it, with that source's secret alone. What may pass by itself is tried
// again later, in the queue; what a person must mend goes to the dead-letter queue at once, with the reason.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { sha256Hex } from '../../core/canonical-json.ts';
import { InvalidInputError, PermanentError, RetryableError } from '../../core/errors.ts';
import { compareGone, compareSnapshot, type SnapshotOrigin } from '../../core/hr/person-snapshot.ts';
import { duplicatesAmong } from '../../core/identity/merged-identities.ts';
import { type HrSystem, personIdSchema } from '../../hr-sources/hr-source.ts';
import { hrSourceOf } from '../../hr-sources/registry.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { deployedHrSources, deployedPrecedence } from '../../stores/deployed-hr-sources.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoPersonStore } from '../../stores/people/dynamo-person-store.ts';
import { type FetchQueue, sqsFetchQueue } from '../../stores/people/people-queue.ts';
import type { PersonStore } from '../../stores/people/person-store.ts';
import { readSecret } from '../../stores/secrets.ts';
import { OTHER_SPELLING_FAULT } from '../shared/append-fact.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { liveGuard } from './guard-delivery.ts';
import { loadKnown, type RecordDependencies, recordGuarded } from './record-feed-events.ts';

/**
 * A message is received so often: after 15 s, 30 s, ... up to half an hour, 6.5 hours in all. How long the HR system
 * asks for is heeded besides.
 */
export const MAXIMUM_TRIES = 20;
const FIRST_WAIT_SECONDS = 15;
const LONGEST_WAIT_SECONDS = 1_800;
/** Of what an HR system may ask for. */
const LONGEST_HEEDED_SECONDS = 3_600;
/** One call. A connection loses at most 20 s to failures (outbound/retry.ts), and begins no call after that. */
const CALL_TIMEOUT_MS = 10_000;
/** Within the function's two minutes, with room for one person's calls and writes. */
const RUN_MS = 60_000;
/** Between two people: at most five calls a second from each of the two invocations that run at a time. */
const SPACING_MS = 200;
const MAXIMUM_RECORDS = 10;

export interface FetchDependencies extends RecordDependencies {
  readonly sourceId: string;
  readonly connect: () => Promise<HrSystem>;
  readonly people: PersonStore;
  readonly queue: FetchQueue;
  /** Between two people. */
  readonly space: () => Promise<unknown>;
  /** Ids and reasons, never what was read. */
  readonly log: (message: string, details: Readonly<Record<string, string | number>>) => void;
}

const recordSchema = z.looseObject({
  messageId: z.string().min(1),
  receiptHandle: z.string().min(1),
  body: z.string(),
  attributes: z.looseObject({ ApproximateReceiveCount: z.coerce.number().int().min(1) }),
});
type Message = z.infer<typeof recordSchema>;
const eventSchema = z.looseObject({ Records: z.array(recordSchema).max(MAXIMUM_RECORDS) });
/** What SQS hands on. */
export type ReceivedMessages = z.infer<typeof eventSchema>;
const bodySchema = z.strictObject({ source: z.string(), personId: personIdSchema });

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export const fetchPeople =
  (dependencies: FetchDependencies) =>
  async ({ Records }: ReceivedMessages): Promise<Failures> => {
    const deadlineMs = dependencies.clock() + RUN_MS;
    const left: Message[] = [];
    let system: HrSystem | undefined;
    let leftAloneSeconds: number | undefined;
    for (const [personId, messages] of byPerson(Records)) {
      if (leftAloneSeconds !== undefined || dependencies.clock() > deadlineMs) {
        // Not asked, since it has just not answered: nobody's try is used up faster than the system can be asked.
        await postponeAll(dependencies, messages, leftAloneSeconds ?? 0);
        left.push(...messages);
        continue;
      }
      try {
        if (personId === undefined) throw new PermanentError('the message is not one of a changed person');
        system ??= await dependencies.connect();
        await fetchPerson(dependencies, system, personId);
        await dependencies.space();
      } catch (error) {
        leftAloneSeconds = await fail(dependencies, messages, error, left);
      }
    }
    return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };

/** Several messages about one person are one question: each was sent before it is asked. */
function byPerson(messages: readonly Message[]): ReadonlyMap<string | undefined, readonly Message[]> {
  const found = new Map<string | undefined, Message[]>();
  for (const message of messages) {
    const personId = readBody(message.body);
    found.set(personId, [...(found.get(personId) ?? []), message]);
  }
  return found;
}

function readBody(body: string): string | undefined {
  try {
    return bodySchema.safeParse(JSON.parse(body)).data?.personId;
  } catch {
    return undefined;
  }
}

/** @returns for how many seconds the HR system is left alone; undefined: it is not what failed */
async function fail(
  { queue, log, sourceId }: FetchDependencies,
  messages: readonly Message[],
  error: unknown,
  left: Message[],
): Promise<number | undefined> {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  const lasting = error instanceof PermanentError || error instanceof InvalidInputError;
  for (const message of messages) {
    const tries = message.attributes.ApproximateReceiveCount;
    const givenUp = lasting || tries >= MAXIMUM_TRIES;
    log(givenUp ? 'person given up on' : 'person not fetched', { source: sourceId, reason, tries });
    if (givenUp) {
      await queue.giveUp(message, reason);
    } else {
      await queue.postpone(message, waitSecondsOf(error, tries));
      left.push(message);
    }
  }
  return error instanceof RetryableError ? waitSecondsOf(error, 1) : undefined;
}

function waitSecondsOf(error: unknown, tries: number): number {
  const asked = error instanceof RetryableError ? (error.retryAfterMs ?? 0) / 1_000 : 0;
  const backoff = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (tries - 1));
  return Math.ceil(Math.max(backoff, Math.min(asked, LONGEST_HEEDED_SECONDS)));
}

async function postponeAll({ queue }: FetchDependencies, messages: readonly Message[], seconds: number): Promise<void> {
  for (const message of messages) await queue.postpone(message, seconds);
}

async function fetchPerson(dependencies: FetchDependencies, system: HrSystem, personId: string): Promise<void> {
  const { sourceId, people, clock } = dependencies;
  // Before it is asked: whatever is recorded meanwhile is newer than the answer.
  const readMs = clock();
  const reading = await system.readPerson(personId);
  if (reading === undefined) return await recordGone(dependencies, system, personId, readMs);
  const { snapshot, faults } = reading;
  if (snapshot === undefined) throw new InvalidInputError(`the person cannot be used: ${listOf(faults)}`, faults);
  const { identityId } = snapshot;
  const { timeline, version, nowMs } = await loadKnown(dependencies, identityId);
  await requireOwnSpelling(dependencies, identityId, version);
  if (!(await people.tie(sourceId, personId, identityId))) {
    throw new PermanentError(`person ${personId} or identity ${identityId} was known as another before`);
  }
  const origin = originOf(sourceId, personId, version, readMs);
  const compared = compareSnapshot(snapshot, timeline, origin, nowMs);
  if (compared.outcome === 'faulty') {
    throw new InvalidInputError(`the person cannot be used: ${listOf(compared.faults)}`, compared.faults);
  }
  if (compared.outcome !== 'changed') return;
  await recordGuarded(dependencies, { source: sourceId, deliveryId: `person:${origin.feedId}` }, compared.events);
}

/** Before the person is tied to an id that HR will have to correct. Throws InvalidInputError. */
async function requireOwnSpelling({ facts }: FetchDependencies, identityId: string, version: number): Promise<void> {
  if (version > 0 || !(await facts.findOtherSpellings([identityId])).has(identityId)) return;
  throw new InvalidInputError(`the person cannot be used: ${listOf([OTHER_SPELLING_FAULT])}`, [OTHER_SPELLING_FAULT]);
}

/** A leaver, where this source had introduced them; where it had not, a person is told: it is never passed over. */
async function recordGone(
  dependencies: FetchDependencies,
  system: HrSystem,
  personId: string,
  readMs: number,
): Promise<void> {
  const { sourceId, people, guard } = dependencies;
  const identityId = await people.findIdentity(sourceId, personId);
  if (identityId === undefined) return await guard.alert(goneAlert(sourceId, personId, 'It was never read before.'));
  const { identityId: countsAt, timeline, version, nowMs } = await loadKnown(dependencies, identityId);
  const origin = originOf(sourceId, personId, version, readMs);
  const compared = compareGone(countsAt, timeline, origin, nowMs, 'no longer in the HR system');
  if (compared.outcome === 'of-another-source') {
    return await guard.alert(goneAlert(sourceId, personId, `Identity ${identityId} stays: another source has it.`));
  }
  if (compared.outcome !== 'changed') return;
  const others = [countsAt, ...duplicatesAmong(timeline.facts).keys()].filter((id) => id !== identityId);
  if (await hasAny(dependencies, system, others)) return;
  await recordGuarded(dependencies, { source: sourceId, deliveryId: `person:${origin.feedId}` }, compared.events);
}

/** Of two records that were merged, HR deletes one: the person is there by the other. */
async function hasAny(
  { sourceId, people }: FetchDependencies,
  system: HrSystem,
  identityIds: readonly string[],
): Promise<boolean> {
  for (const identityId of identityIds) {
    const personId = await people.findPerson(sourceId, identityId);
    const reading = personId === undefined ? undefined : await system.readPerson(personId);
    if (reading !== undefined && reading.snapshot?.employment?.status !== 'ended') return true;
  }
  return false;
}

/** The events of one reading follow from what was known then: of two at the same time, one finds the other's. */
function originOf(source: string, personId: string, version: number, writtenMs: number): SnapshotOrigin {
  const feedId = sha256Hex(JSON.stringify([source, personId, version])).slice(0, 16);
  return { source, feedId, writtenMs };
}

function goneAlert(source: string, personId: string, what: string) {
  return {
    subject: `Tenure: ${source} no longer has a person`,
    message: `${source} answers that there is no person ${personId}. ${what}\nRunbook: docs/runbook/people-not-fetched.md`,
  };
}

/** Names of attributes and what was expected of them. */
function listOf(faults: readonly { readonly pointer: string; readonly detail: string }[]): string {
  return faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
}

function liveConnect(sourceId: string): () => Promise<HrSystem> {
  return async () => {
    const deployed = deployedHrSources().find(({ id }) => id === sourceId);
    const source = deployed && hrSourceOf(deployed.type);
    if (source?.connect === undefined) throw new PermanentError(`the HR source ${sourceId} reads nobody back`);
    const settings = source.settings.parse(deployed?.settings);
    const secret = await readSecret(fromEnvironment('hrSourceSecret'));
    return source.connect({ settings, secret, callTimeoutMs: CALL_TIMEOUT_MS });
  };
}

let live: ReturnType<typeof fetchPeople> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('fetch-people', eventSchema, (input) => {
  const sourceId = fromEnvironment('hrSource');
  live ??= fetchPeople({
    ...liveDependencies(),
    sourceId,
    connect: liveConnect(sourceId),
    people: dynamoPersonStore(),
    queue: sqsFetchQueue(),
    guard: liveGuard(),
    precedence: deployedPrecedence(),
    space: () => sleep(SPACING_MS),
    log: (message, details) => logger.warn(message, details),
  });
  return live(input);
});
