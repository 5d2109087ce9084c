// A receiver pauses, disables or enables its stream (SSF 1.0 section 8.1.2.2). While it is paused tokens wait; while it is
// disabled there are none.
import { ssfRoutes } from '../../api/ssf.ts';
import { presentStatus, readAskedStatus } from '../../core/signals/stream.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, jsonIn, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';
import { saveStream } from './save-stream.ts';

const ROUTE = ssfRoutes['update-stream-status'];

export const updateStreamStatus = forReceivers(
  ROUTE,
  'ssf.manage',
  async (dependencies: ManageDependencies, receiver, request) => {
    const { stream_id: streamId, status, reason } = readAskedStatus(jsonIn(request));
    const stream = await requireStream(dependencies, receiver, streamId);
    const changed = { ...stream, status, reason };
    await saveStream(dependencies, stream, changed);
    return { status: 200, body: presentStatus(changed), log: { receiver: receiver.id } };
  },
);

export const handler = serveApi(ROUTE, () => updateStreamStatus(liveManaging()));
