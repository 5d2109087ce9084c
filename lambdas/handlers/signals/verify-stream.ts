// A receiver asks for a verification event, by which it knows that its stream is alive (SSF 1.0 section 8.1.4).
import { ssfRoutes } from '../../api/ssf.ts';
import { readAskedVerification, VERIFICATION_SECONDS } from '../../core/signals/stream.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { forReceivers, jsonIn, requireStream } from './for-receivers.ts';
import { liveManaging, type ManageDependencies } from './live-managing.ts';
import { putToken } from './tell-receivers.ts';

const ROUTE = ssfRoutes['verify-stream'];

export const verifyStream = forReceivers(
  ROUTE,
  'ssf.manage',
  async (dependencies: ManageDependencies, receiver, request) => {
    const { stream_id: streamId, state } = readAskedVerification(jsonIn(request));
    const stream = await requireStream(dependencies, receiver, streamId);
    const nowMs = dependencies.clock();
    if (nowMs < (stream.verifiedMs ?? 0) + VERIFICATION_SECONDS * 1_000) {
      throw new ApiProblem(429, `Once in ${VERIFICATION_SECONDS} seconds is enough.`);
    }
    if (stream.status === 'disabled') throw new ApiProblem(409, 'The stream is disabled.');
    await dependencies.streams.saveStream({ ...stream, verifiedMs: nowMs });
    await putToken(dependencies, receiver, stream, {
      name: 'verification',
      signalId: `0000000000-${dependencies.newId()}`,
      subject: { format: 'opaque', id: stream.streamId },
      payload: { ...(state !== undefined && { state }) },
    });
    return { status: 204, body: undefined, log: { receiver: receiver.id } };
  },
);

export const handler = serveApi(ROUTE, () => verifyStream(liveManaging()));
