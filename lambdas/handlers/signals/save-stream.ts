// Keeping what a receiver made of its stream. What waited until now and is to be pushed from now on is queued.
import { PUSH, type SignalStream } from '../../core/signals/stream.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { ManageDependencies } from './live-managing.ts';
import { queueWaiting } from './tell-receivers.ts';

export async function saveStream(
  dependencies: Pick<ManageDependencies, 'streams' | 'queue'>,
  before: SignalStream,
  after: SignalStream,
): Promise<void> {
  if (!(await dependencies.streams.saveStream(after))) throw new ApiProblem(404, 'There is no such stream.');
  const isPushed = ({ delivery, status }: SignalStream) => delivery.method === PUSH && status === 'enabled';
  if (isPushed(after) && !isPushed(before)) await queueWaiting(dependencies, after);
}
