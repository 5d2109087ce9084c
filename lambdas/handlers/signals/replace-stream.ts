// A receiver says anew what its stream is to be (SSF 1.0 section 8.1.1.4): what it does not name goes.
import { ssfRoutes } from '../../api/ssf.ts';
import { newStream, presentStream, readAskedStream } from '../../core/signals/stream.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, jsonIn, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';
import { saveStream } from './save-stream.ts';

const ROUTE = ssfRoutes['replace-stream'];

export const replaceStream = forReceivers(
  ROUTE,
  'ssf.manage',
  async (dependencies: ManageDependencies, receiver, request) => {
    const asked = readAskedStream(jsonIn(request));
    const stream = await requireStream(dependencies, receiver, asked.stream_id);
    const { status, reason, verifiedMs } = stream;
    const replaced = { ...newStream(asked, receiver, stream.streamId), status, reason, verifiedMs };
    await saveStream(dependencies, stream, replaced);
    return {
      status: 200,
      body: presentStream(replaced, receiver, dependencies.issuer),
      log: { receiver: receiver.id },
    };
  },
);

export const handler = serveApi(ROUTE, () => replaceStream(liveManaging()));
