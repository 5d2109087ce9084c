// A receiver changes its stream (SSF 1.0 section 8.1.1.3): what it does not name stays.
import { ssfRoutes } from '../../api/ssf.ts';
import { changedStream, presentStream, readAskedStream } from '../../core/signals/stream.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, jsonIn, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';
import { saveStream } from './save-stream.ts';

const ROUTE = ssfRoutes['update-stream'];

export const updateStream = forReceivers(
  ROUTE,
  'ssf.manage',
  async (dependencies: ManageDependencies, receiver, request) => {
    const asked = readAskedStream(jsonIn(request));
    const stream = await requireStream(dependencies, receiver, asked.stream_id);
    const changed = changedStream(stream, asked, receiver);
    await saveStream(dependencies, stream, changed);
    return { status: 200, body: presentStream(changed, receiver, dependencies.issuer), log: { receiver: receiver.id } };
  },
);

export const handler = serveApi(ROUTE, () => updateStream(liveManaging()));
