// A receiver fetches what waits for it, and says what it has taken or refuses (RFC 8936). It is answered at once, whether or
// not there is anything: waiting for more would keep a function waiting with it.
import { Logger } from '@aws-lambda-powertools/logger';
import { ssfRoutes } from '../../api/ssf.ts';
import { POLL, readPollRequest } from '../../core/signals/stream.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, jsonIn, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';

const ROUTE = ssfRoutes['fetch-signals'];

export interface FetchDependencies extends ManageDependencies {
  /** Codes, never what was sent. */
  readonly log: (message: string, details: Readonly<Record<string, string | number>>) => void;
}

export const fetchSignals = forReceivers(
  ROUTE,
  'ssf.read',
  async (dependencies: FetchDependencies, receiver, request) => {
    const { streams, log } = dependencies;
    const { maxEvents, ack, refused } = readPollRequest(request.body.length === 0 ? {} : jsonIn(request));
    const { streamId, status, delivery } = await requireStream(dependencies, receiver, request.pathParameters['id']);
    if (delivery.method !== POLL) throw new ApiProblem(409, 'The stream is pushed.');
    for (const [, code] of refused) log('signal refused', { receiver: receiver.id, code });
    await streams.finishSignals(streamId, [...ack, ...refused.map(([signalId]) => signalId)]);
    if (status !== 'enabled' || maxEvents === 0) return { status: 200, body: { sets: {} } };
    const waiting = await streams.listSignals(streamId, maxEvents + 1);
    const page = waiting.slice(0, maxEvents);
    const sets = Object.fromEntries(page.map(({ signalId, token }) => [signalId, token]));
    return { status: 200, body: { sets, moreAvailable: waiting.length > page.length }, log: { receiver: receiver.id } };
  },
);

const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveApi(ROUTE, () =>
  fetchSignals({ ...liveManaging(), log: (message, details) => logger.warn(message, details) }),
);
