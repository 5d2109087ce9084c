// Whether a stream is enabled (SSF 1.0 section 8.1.2.1).
import { ssfRoutes } from '../../api/ssf.ts';
import { presentStatus } from '../../core/signals/stream.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';

const ROUTE = ssfRoutes['read-stream-status'];

export const readStreamStatus = forReceivers(
  ROUTE,
  'ssf.read',
  async (dependencies: ManageDependencies, receiver, { query: { stream_id: asked } }) => {
    return { status: 200, body: presentStatus(await requireStream(dependencies, receiver, asked)) };
  },
);

export const handler = serveApi(ROUTE, () => readStreamStatus(liveManaging()));
