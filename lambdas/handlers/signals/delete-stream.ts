// A receiver wants to be told no more (SSF 1.0 section 8.1.1.5). What waits for it is never sent, and expires.
import { ssfRoutes } from '../../api/ssf.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';

const ROUTE = ssfRoutes['delete-stream'];

export const deleteStream = forReceivers(
  ROUTE,
  'ssf.manage',
  async (dependencies: ManageDependencies, receiver, { query: { stream_id: asked } }) => {
    await dependencies.streams.deleteStream(await requireStream(dependencies, receiver, asked));
    return { status: 204, body: undefined, log: { receiver: receiver.id } };
  },
);

export const handler = serveApi(ROUTE, () => deleteStream(liveManaging()));
