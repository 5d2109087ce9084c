// Intake: proves who sent it, names every fault, and answers 202 only for what is already safe in the table.

import { type AcceptedEventAnswer, hrEventRoutes } from '../../api/hr-events.ts';
import type { Fault } from '../../core/errors.ts';
import { hrSourceIdSchema } from '../../core/hr/hr-event.ts';
import { type HrSourcePrecedence, hrSourcePrecedenceSchema, stampAuthority } from '../../core/identity/authority.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { TooManyEventsError } from '../../hr-sources/cloud-events.ts';
import type { HrSource, ReceivedDelivery, TranslatedDelivery, TranslatedEvent } from '../../hr-sources/hr-source.ts';
import { hrSourceOf } from '../../hr-sources/registry.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { readSecrets } from '../../stores/secrets.ts';
import { type AppendDependencies, appendFact } from '../shared/append-fact.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { deliveryIdOf, type Guard, guardDelivery, liveGuard } from './guard-delivery.ts';

/** Far below API Gateway's 10 MB and Lambda's 6 MB: a hundred events of 10 KB. */
const MAXIMUM_BODY_BYTES = 1_000_000;
/** Identities written at the same time: a batch of 100 then takes about a second. */
const CONCURRENT_IDENTITIES = 10;

export interface ReceiveDependencies extends AppendDependencies {
  /** The source's secrets, all valid at once; undefined when there is no such source. */
  readonly secretsOf: (sourceId: string) => Promise<readonly string[] | undefined>;
  /** How much each source's word counts. @default all the same */
  readonly precedence?: HrSourcePrecedence | undefined;
  /** Holds what would disable too many at once. @default nothing is held */
  readonly guard?: Guard | undefined;
}

export const receiveHrEvent =
  (dependencies: ReceiveDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const sourceId = request.pathParameters['source'] ?? '';
    const source = hrSourceOf(sourceId);
    if (request.body.length > MAXIMUM_BODY_BYTES) throw new ApiProblem(413, 'A body holds at most 1 MB.');
    const mediaType = mediaTypeOf(request, source);
    await authenticate(dependencies, source, sourceId, request);
    const receivedMs = dependencies.clock();
    const delivery = translate(source, { source: sourceId, body: request.body, mediaType, receivedMs });
    await refuseConflicts(dependencies, delivery.events);
    const held = await holdMassErrors(dependencies, sourceId, delivery.events);
    const answers = await recordAll(dependencies, delivery.events, held);
    const log = { source: sourceId, events: answers.length, firstEventId: answers[0]?.eventId, held: held.size };
    return { status: 202, body: delivery.batch ? answers : answers[0], log };
  };

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
  { secretsOf, clock }: ReceiveDependencies,
  source: HrSource,
  sourceId: string,
  request: ApiRequest,
) {
  const secrets = hrSourceIdSchema.safeParse(sourceId).success ? await secretsOf(sourceId) : undefined;
  if (secrets !== undefined && source.authenticate(request, secrets, clock())) return;
  throw new ApiProblem(401, 'The signature is missing or wrong, or its timestamp is more than 5 minutes off.');
}

function translate(source: HrSource, delivery: ReceivedDelivery): TranslatedDelivery {
  try {
    return source.translate(delivery);
  } catch (error) {
    throw error instanceof TooManyEventsError ? new ApiProblem(413, error.message) : error;
  }
}

/** Before anything is written: an id known with other content, in the table or twice in this delivery. */
async function refuseConflicts({ facts }: ReceiveDependencies, events: readonly TranslatedEvent[]): Promise<void> {
  const inDelivery = new Map<string, string>();
  const faults = await mapBounded(
    events,
    CONCURRENT_IDENTITIES,
    async ({ fact, payloadHash, pointer }): Promise<Fault[]> => {
      const first = inDelivery.get(fact.factId) ?? payloadHash;
      inDelivery.set(fact.factId, first);
      const accepted = await facts.findAcceptedEvent(fact.source, fact.sourceEventId);
      if (first === payloadHash && (accepted?.payloadHash ?? payloadHash) === payloadHash) return [];
      return [{ pointer: `${pointer}/id`, detail: 'was accepted before, with other content' }];
    },
  );
  if (faults.flat().length > 0) throw new ApiProblem(409, 'An id was used again for other content.', faults.flat());
}

/** All of a delivery is judged before any of it is written. */
async function holdMassErrors(
  { guard, ...dependencies }: ReceiveDependencies,
  source: string,
  events: readonly TranslatedEvent[],
): Promise<ReadonlyMap<string, string>> {
  if (guard === undefined || events.length === 0) return new Map();
  const facts = events.map(({ fact }) => fact);
  return await guardDelivery({ ...dependencies, guard }, { source, deliveryId: deliveryIdOf(facts), facts });
}

/** One identity's events one after the other, different identities side by side; answers in the delivery's order. */
async function recordAll(
  dependencies: ReceiveDependencies,
  events: readonly TranslatedEvent[],
  holds: ReadonlyMap<string, string>,
) {
  const { precedence = {} } = dependencies;
  const answers = new Map<TranslatedEvent, AcceptedEventAnswer>();
  const byIdentity = new Map<string, TranslatedEvent[]>();
  for (const event of events) {
    byIdentity.set(event.fact.identityId, [...(byIdentity.get(event.fact.identityId) ?? []), event]);
  }
  await mapBounded([...byIdentity.values()], CONCURRENT_IDENTITIES, async (ofIdentity) => {
    for (const event of ofIdentity) {
      const { fact, payloadHash } = event;
      const holdId = holds.get(fact.factId);
      const stamped = { ...stampAuthority(fact, precedence), ...(holdId !== undefined && { held: holdId }) };
      const { duplicate: _duplicate, ...appended } = await appendFact(dependencies, stamped, {
        payloadHash,
        actor: { type: 'hr-source', id: fact.source },
      });
      answers.set(event, { eventId: fact.sourceEventId, ...appended });
    }
  });
  return events.flatMap((event) => answers.get(event) ?? []);
}

async function secretsFromEnvironment(sourceId: string): Promise<readonly string[] | undefined> {
  const arns = JSON.parse(fromEnvironment('hrSourceSecrets')) as Record<string, string>;
  const arn = Object.hasOwn(arns, sourceId) ? arns[sourceId] : undefined;
  return arn === undefined ? undefined : await readSecrets(arn);
}

export const handler = serveApi(hrEventRoutes['receive-hr-event'], () =>
  receiveHrEvent({
    ...liveDependencies(),
    secretsOf: secretsFromEnvironment,
    precedence: hrSourcePrecedenceSchema.parse(JSON.parse(fromEnvironment('hrSourcePrecedence', '{}'))),
    guard: liveGuard(),
  }),
);
