// A receiver asks for its stream (SSF 1.0 section 8.1.1.2), or for a list of all it has.
import { ssfRoutes } from '../../api/ssf.ts';
import { presentStream } from '../../core/signals/stream.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';

const ROUTE = ssfRoutes['read-streams'];

export const readStreams = forReceivers(
  ROUTE,
  'ssf.read',
  async (dependencies: ManageDependencies, receiver, { query: { stream_id: asked } }) => {
    const present = (stream: Parameters<typeof presentStream>[0]) =>
      presentStream(stream, receiver, dependencies.issuer);
    if (asked !== undefined) return { status: 200, body: present(await requireStream(dependencies, receiver, asked)) };
    const stream = await dependencies.streams.findStream(receiver.id);
    return { status: 200, body: stream === undefined ? [] : [present(stream)] };
  },
);

export const handler = serveApi(ROUTE, () => readStreams(liveManaging()));
