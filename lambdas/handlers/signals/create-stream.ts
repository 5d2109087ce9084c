// A receiver has its stream made (SSF 1.0 section 8.1.1.1): one, to where the settings let it be pushed, or polled.
import { ssfRoutes } from '../../api/ssf.ts';
import { newStream, presentStream, readAskedStream } from '../../core/signals/stream.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, jsonIn, type ReceiverDependencies } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';

const ROUTE = ssfRoutes['create-stream'];

export const createStream = forReceivers(
  ROUTE,
  'ssf.manage',
  async (dependencies: ManageDependencies & ReceiverDependencies, receiver, request) => {
    const stream = newStream(readAskedStream(jsonIn(request)), receiver, dependencies.newId());
    if (!(await dependencies.streams.createStream(stream))) throw new ApiProblem(409, 'The receiver has a stream.');
    const body = presentStream(stream, receiver, dependencies.issuer);
    return { status: 201, body, log: { receiver: receiver.id } };
  },
);

export const handler = serveApi(ROUTE, () => createStream(liveManaging()));
