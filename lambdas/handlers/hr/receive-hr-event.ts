// Intake: proves who sent it, names every fault, and answers 202 only for what is already safe: events and what differs
// of a snapshot in the table, ids of people to be asked about in their queue.

import { type AcceptedEventAnswer, type AcceptedPeopleAnswer, hrEventRoutes } from '../../api/hr-events.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { type Fault, InvalidInputError } from '../../core/errors.ts';
import { hrSourceIdSchema } from '../../core/hr/hr-event.ts';
import { compareSnapshot, inSnapshot } from '../../core/hr/person-snapshot.ts';
import { stampAuthority } from '../../core/identity/authority.ts';
import { type Fact, factIdOf } from '../../core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../core/identity/source-precedence.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import {
  type EventsReading,
  type HrSource,
  MAXIMUM_SNAPSHOTS,
  type ReceivedDelivery,
  type SnapshotsReading,
  TooManyItemsError,
  type TranslatedEvent,
} from '../../hr-sources/hr-source.ts';
import { DEFAULT_TYPE, HR_SOURCES, hrSourceOf } from '../../hr-sources/registry.ts';
import { type AuditingDependencies, auditFailedAuthentication } from '../../middleware/access-entries.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type DeployedHrSource, deployedHrSources, deployedPrecedence } from '../../stores/deployed-hr-sources.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type PeopleQueue, sqsPeopleQueue } from '../../stores/people/people-queue.ts';
import { readSecrets } from '../../stores/secrets.ts';
import {
  type AppendDependencies,
  type Appended,
  answerAgain,
  appendFacts,
  OTHER_SPELLING_FAULT,
  type StatedFact,
} from '../shared/append-fact.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { findBeyondReach } from './beyond-reach.ts';
import { deliveryIdOf, type Guard, type GuardDependencies, guardDelivery, liveGuard } from './guard-delivery.ts';
import { loadKnown } from './record-feed-events.ts';

/** Far below API Gateway's 10 MB and Lambda's 6 MB: a hundred events of 10 KB. */
const MAXIMUM_BODY_BYTES = 1_000_000;
/** Identities written at the same time: a batch of 100 then takes about a second. */
const CONCURRENT_IDENTITIES = 10;

export interface ReceiveDependencies
  extends AppendDependencies,
    AuditingDependencies,
    Pick<GuardDependencies, 'model'> {
  /** The source's secrets, all valid at once; undefined when there is no such source. */
  readonly secretsOf: (sourceId: string) => Promise<readonly string[] | undefined>;
  /** What each source is; undefined when there is no such source. @default CloudEvents, whatever its id */
  readonly sourceOf?: ((sourceId: string) => Pick<DeployedHrSource, 'type' | 'settings'> | undefined) | undefined;
  /** The kinds of source there are. @default those of the registry */
  readonly types?: readonly HrSource[] | undefined;
  /** Takes ids of people who are to be asked about. @default no source has such */
  readonly queue?: PeopleQueue | undefined;
  /** How much each source's word counts. @default all the same */
  readonly precedence?: HrSourcePrecedence | undefined;
  /** Holds what would take access from too many at once. @default nothing is held */
  readonly guard?: Guard | undefined;
}

const CLOUD_EVENTS = { type: DEFAULT_TYPE, settings: {} };

export const receiveHrEvent =
  (dependencies: ReceiveDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const { types = HR_SOURCES, sourceOf = () => CLOUD_EVENTS } = dependencies;
    const sourceId = request.pathParameters['source'] ?? '';
    // What nobody has named is met as any other, and fails for want of a secret.
    const { type, settings } = sourceOf(sourceId) ?? CLOUD_EVENTS;
    const source = types.find((one) => one.type === type);
    if (source === undefined) throw new Error(`there is no HR source of the type ${type}`);
    if (request.body.length > MAXIMUM_BODY_BYTES) throw new ApiProblem(413, 'A body holds at most 1 MB.');
    const mediaType = mediaTypeOf(request, source);
    await authenticate(dependencies, source, sourceId, request);
    const delivery = { source: sourceId, body: request.body, mediaType, receivedMs: dependencies.clock() };
    const reading = read(source, delivery, settings);
    switch (reading.kind) {
      case 'events':
        return await recordEvents(dependencies, sourceId, reading);
      case 'snapshots':
        return await recordSnapshots(dependencies, delivery, reading);
      case 'changed':
        return await queuePeople(dependencies, sourceId, reading.personIds);
      default:
        return reading satisfies never;
    }
  };

interface RecordingOptions {
  /** The directory in which the identities of this delivery were read. @default none was */
  readonly readBefore?: ReceiveDependencies['directory'];
  /** From a pointer into an event to one into what was delivered. @default they are the same */
  readonly inDelivery?: (pointer: string) => string;
}

async function recordEvents(
  dependencies: ReceiveDependencies,
  sourceId: string,
  { batch, events }: EventsReading,
  { readBefore, inDelivery = (pointer) => pointer }: RecordingOptions = {},
): Promise<ApiResponse> {
  const newcomers = readBefore ? [] : events.filter(({ fact }) => fact.type === 'joiner');
  const { known, unknownIds } = await findKnown(dependencies, events, newcomers);
  const readOnce = readBefore ?? readingOnce(dependencies, unknownIds);
  const fresh = events.filter(({ fact }) => !known.has(fact.factId));
  await refuseBeyondReach({ ...dependencies, directory: readOnce }, sourceId, fresh, inDelivery);
  await refuseOtherSpellings(dependencies, fresh, readOnce, inDelivery);
  const holds = await holdMassErrors({ ...dependencies, directory: readOnce }, sourceId, events, fresh);
  const appended = new Map([...known, ...(await recordAll(dependencies, fresh, holds, readOnce.load))]);
  const answers = events.map(({ fact }) => answerOf(fact, appended));
  const log = { source: sourceId, events: answers.length, firstEventId: answers[0]?.eventId, held: holds.size };
  return { status: 202, body: batch ? answers : answers[0], log };
}

/** What differs, as events; nothing where nothing does. */
async function recordSnapshots(
  dependencies: ReceiveDependencies,
  { source, body }: ReceivedDelivery,
  { snapshots, writtenMs }: SnapshotsReading,
): Promise<ApiResponse> {
  if (snapshots.length > MAXIMUM_SNAPSHOTS) {
    throw new ApiProblem(413, `A delivery holds at most ${MAXIMUM_SNAPSHOTS} people.`);
  }
  if (new Set(snapshots.map(({ identityId }) => identityId)).size < snapshots.length) {
    throw new InvalidInputError('A delivery says of each person once who they are.', []);
  }
  // The same for the same delivery, so that one that comes again is a duplicate.
  const feedId = sha256Hex(JSON.stringify([source, sha256Hex(body.toString('base64'))])).slice(0, 16);
  const directory = readingOnce(dependencies);
  const compared = await mapBounded(snapshots, CONCURRENT_IDENTITIES, async (snapshot) => {
    const { timeline, nowMs } = await loadKnown({ ...dependencies, directory }, snapshot.identityId);
    return compareSnapshot(snapshot, timeline, { source, feedId, writtenMs }, nowMs);
  });
  const faults = compared.flatMap((one, index) =>
    one.outcome === 'faulty' ? one.faults.map((fault) => ({ ...fault, pointer: `/${index}${fault.pointer}` })) : [],
  );
  if (faults.length > 0) throw new InvalidInputError('Somebody cannot be taken as they are described.', faults);
  const events = compared.flatMap((one, index) =>
    one.outcome === 'changed' ? one.events.map((event) => ({ ...event, pointer: `/${index}` })) : [],
  );
  const { log } = await recordEvents(
    dependencies,
    source,
    { kind: 'events', batch: true, events },
    { readBefore: directory, inDelivery: inSnapshot },
  );
  const answer: AcceptedPeopleAnswer = { people: snapshots.length };
  return { status: 202, body: answer, log: { ...log, people: snapshots.length } };
}

/**
 * Each identity is read once for a whole delivery: what was written since fails on its version, and is read anew. Of whom it
 * was found that nothing is known there is nothing to read.
 */
function readingOnce(
  { directory }: ReceiveDependencies,
  unknownIds: readonly string[] = [],
): ReceiveDependencies['directory'] {
  const read = new Map(
    unknownIds.map((id): [string, ReturnType<typeof directory.load>] => [id, Promise.resolve(undefined)]),
  );
  return {
    ...directory,
    load: (identityId) => {
      const reading = read.get(identityId) ?? directory.load(identityId);
      read.set(identityId, reading);
      return reading;
    },
  };
}

async function queuePeople(
  { queue }: ReceiveDependencies,
  source: string,
  personIds: readonly string[],
): Promise<ApiResponse> {
  if (queue === undefined) throw new Error(`nobody fetches the people of ${source}`);
  await queue.send(source, personIds);
  const body: AcceptedPeopleAnswer = { people: personIds.length };
  return { status: 202, body, log: { source, people: personIds.length } };
}

function mediaTypeOf({ headers }: ApiRequest, { mediaTypes }: HrSource): string {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const isUtf8 = charset === undefined || charset.replaceAll('"', '') === 'utf-8';
  if (mediaTypes.includes(mediaType) && isUtf8) return mediaType;
  throw new ApiProblem(415, `Send ${mediaTypes.join(', ')} in UTF-8.`);
}

/** The same answer to a source that does not exist: which do is nobody's business. */
async function authenticate(
  dependencies: ReceiveDependencies,
  source: HrSource,
  sourceId: string,
  request: ApiRequest,
) {
  const { secretsOf, clock } = dependencies;
  const secrets = hrSourceIdSchema.safeParse(sourceId).success ? await secretsOf(sourceId) : undefined;
  if (secrets !== undefined && source.authenticate(request, secrets, clock())) return;
  // Whoever names a source that is not there shares one entry a minute: they can think of any number of names.
  const about = { kind: 'hr-source', id: secrets === undefined ? 'unknown' : sourceId } as const;
  await auditFailedAuthentication(dependencies, 'receive-hr-event', about);
  throw new ApiProblem(401, 'The signature is missing or wrong, or its timestamp is more than 5 minutes off.');
}

function read(source: HrSource, delivery: ReceivedDelivery, settings: unknown) {
  try {
    return source.read(delivery, settings);
  } catch (error) {
    throw error instanceof TooManyItemsError ? new ApiProblem(413, error.message) : error;
  }
}

/**
 * What is known of these events already, fact id → what was answered; nothing else is read for it but whether the newcomers
 * are new. Throws ApiProblem 409, before anything is written, when an id is known with other content, or is twice in this
 * delivery.
 */
async function findKnown(
  { facts }: ReceiveDependencies,
  events: readonly TranslatedEvent[],
  newcomers: readonly TranslatedEvent[],
): Promise<{ readonly known: ReadonlyMap<string, Appended>; readonly unknownIds: readonly string[] }> {
  const askedIds = [...new Set(newcomers.map(({ fact }) => fact.identityId))];
  const { accepted, identityIds } = await facts.findKnown({
    events: events.map(({ fact }) => fact),
    identityIds: askedIds,
  });
  const known = new Map(accepted.map((one) => [factIdOf(one.source, one.sourceEventId), one]));
  const inDelivery = new Map<string, string>();
  const faults = events.flatMap(({ fact, payloadHash, pointer }): Fault[] => {
    const first = inDelivery.get(fact.factId) ?? payloadHash;
    inDelivery.set(fact.factId, first);
    if (first === payloadHash && (known.get(fact.factId)?.payloadHash ?? payloadHash) === payloadHash) return [];
    return [{ pointer: `${pointer}/id`, detail: 'was accepted before, with other content' }];
  });
  if (faults.length > 0) throw new ApiProblem(409, 'An id was used again for other content.', faults);
  return {
    known: new Map([...known].map(([factId, one]) => [factId, answerAgain(one, one.payloadHash)])),
    unknownIds: askedIds.filter((id) => !identityIds.has(id)),
  };
}

/** Before anything is written: what is said of those of whom the source may not speak. */
async function refuseBeyondReach(
  { precedence = {}, ...dependencies }: ReceiveDependencies,
  sourceId: string,
  events: readonly TranslatedEvent[],
  inDelivery: (pointer: string) => string,
): Promise<void> {
  const facts = events.map(({ fact }) => fact);
  const found = await findBeyondReach({ ...dependencies, precedence }, sourceId, facts);
  const faults = events.flatMap(({ fact, pointer }) =>
    (found.get(fact.factId) ?? []).map((fault) => ({ ...fault, pointer: `${pointer}${inDelivery(fault.pointer)}` })),
  );
  if (faults.length > 0) throw new InvalidInputError(`${sourceId} may not speak of everybody here.`, faults);
}

/** Before anything is written: a new id that differs only by case from one in use, in the table or in this delivery. */
async function refuseOtherSpellings(
  { facts }: ReceiveDependencies,
  events: readonly TranslatedEvent[],
  { load }: Pick<ReceiveDependencies['directory'], 'load'>,
  inDelivery: (pointer: string) => string,
): Promise<void> {
  const ids = [...new Set(events.map(({ fact }) => fact.identityId))];
  // Of a single id nothing else is written before it: recording the first fact about it looks at the others.
  if (ids.length < 2) return;
  const others = await facts.findOtherSpellings(ids);
  const first = new Map(ids.toReversed().map((id) => [id.toLowerCase(), id]));
  const doubtful = ids.filter((id) => others.has(id) || first.get(id.toLowerCase()) !== id);
  const known = await mapBounded(doubtful, CONCURRENT_IDENTITIES, load);
  const refused = new Set(doubtful.filter((_, index) => known[index] === undefined));
  const faults = events.flatMap(({ fact, pointer }) =>
    refused.has(fact.identityId)
      ? [{ ...OTHER_SPELLING_FAULT, pointer: `${pointer}${inDelivery(OTHER_SPELLING_FAULT.pointer)}` }]
      : [],
  );
  if (faults.length > 0) throw new InvalidInputError('An id differs only by case from another.', faults);
}

function answerOf({ factId, sourceEventId }: Fact, appended: ReadonlyMap<string, Appended>): AcceptedEventAnswer {
  const { duplicate: _duplicate, ...answered } = appended.get(factId) as Appended;
  return { eventId: sourceEventId, ...answered };
}

/** All of a delivery is judged before any of it is written; delivered again, what is in already is judged no more. */
async function holdMassErrors(
  { guard, precedence = {}, ...dependencies }: ReceiveDependencies,
  source: string,
  events: readonly TranslatedEvent[],
  fresh: readonly TranslatedEvent[],
): Promise<ReadonlyMap<string, string>> {
  if (guard === undefined || fresh.length === 0) return new Map();
  const deliveryId = deliveryIdOf(events.map(({ fact }) => fact));
  return await guardDelivery(
    { ...dependencies, guard, precedence },
    { source, deliveryId, facts: fresh.map(({ fact }) => fact) },
  );
}

/**
 * All of one identity's events in their order, different identities side by side. One identity whose events cannot be
 * recorded keeps nobody else's out, however often the delivery is sent again.
 */
async function recordAll(
  dependencies: ReceiveDependencies,
  events: readonly TranslatedEvent[],
  holds: ReadonlyMap<string, string>,
  read: ReceiveDependencies['directory']['load'],
): Promise<ReadonlyMap<string, Appended>> {
  const { precedence = {} } = dependencies;
  const byIdentity = new Map<string, Map<string, StatedFact>>();
  const pointers = new Map(events.map(({ fact, pointer }) => [fact.identityId, pointer]));
  for (const { fact, payloadHash } of events) {
    const holdId = holds.get(fact.factId);
    const stamped = { ...stampAuthority(fact, precedence), ...(holdId !== undefined && { held: holdId }) };
    const ofIdentity = byIdentity.get(fact.identityId) ?? new Map<string, StatedFact>();
    byIdentity.set(fact.identityId, ofIdentity);
    ofIdentity.set(fact.factId, { fact: stamped, payloadHash, actor: { type: 'hr-source', id: fact.source } });
  }
  const outcomes = await mapBounded([...byIdentity], CONCURRENT_IDENTITIES, ([identityId, ofIdentity]) =>
    appendFacts(dependencies, [...ofIdentity.values()], read).then(
      (appended) => ({ appended }),
      (error: unknown) => ({ error: within(pointers.get(identityId) ?? '', error) }),
    ),
  );
  const failed = outcomes.find((outcome) => 'error' in outcome);
  if (failed !== undefined) throw failed.error;
  return new Map(outcomes.flatMap((outcome) => ('appended' in outcome ? [...outcome.appended] : [])));
}

/** With pointers into the delivery, where it is the input that is at fault. */
function within(pointer: string, error: unknown): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  const faults = error.faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }));
  return new InvalidInputError(error.message, faults, { cause: error });
}

async function secretsFromEnvironment(sourceId: string): Promise<readonly string[] | undefined> {
  const arns = JSON.parse(fromEnvironment('hrSourceSecrets')) as Record<string, string>;
  const arn = Object.hasOwn(arns, sourceId) ? arns[sourceId] : undefined;
  return arn === undefined ? undefined : await readSecrets(arn);
}

/** Settings pass their schema once more: what has a default has it. */
function deployedSourceOf(sourceId: string): Pick<DeployedHrSource, 'type' | 'settings'> | undefined {
  const deployed = deployedHrSources().find(({ id }) => id === sourceId);
  return deployed && { type: deployed.type, settings: hrSourceOf(deployed.type)?.settings.parse(deployed.settings) };
}

export const handler = serveApi(hrEventRoutes['receive-hr-event'], () =>
  receiveHrEvent({
    ...liveDependencies(),
    secretsOf: secretsFromEnvironment,
    sourceOf: deployedSourceOf,
    queue: sqsPeopleQueue(),
    precedence: deployedPrecedence(),
    guard: liveGuard(),
  }),
);
