// As something takes effect on somebody, receivers of signals are told: whoever leaves or is suspended has their sessions
// revoked and their account disabled, whoever comes back has it enabled. What is over by the time it is read is told no more.
import * as z from 'zod';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import type { Stage } from '../../core/identity/stage.ts';
import { eventsOf } from '../../core/signals/made-signals.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { DETAIL_TYPES } from '../../stores/event-bus.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity, findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { liveTelling, type TellDependencies, tellReceivers } from './tell-receivers.ts';

const recordSchema = z.looseObject({ messageId: z.string().min(1), body: z.string() });
const eventSchema = z.looseObject({ Records: z.array(recordSchema).max(10) });
/** As EventBridge hands on what the bus of stages was told. */
const bodySchema = z.looseObject({
  'detail-type': z.enum(Object.values(DETAIL_TYPES)),
  detail: z.strictObject({ identityId: identityIdSchema, version: z.int(), trigger: z.string().max(500) }),
});

const STAGES = new Map(Object.entries(DETAIL_TYPES).map(([stage, type]) => [type, stage as Stage]));

export type StageDependencies = TellDependencies & Pick<Dependencies, 'directory'>;

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export const tellOfStages =
  (dependencies: StageDependencies) =>
  async ({ Records }: z.infer<typeof eventSchema>): Promise<Failures> => {
    const failed: string[] = [];
    for (const { messageId, body } of Records) {
      // One that fails keeps no neighbour waiting: it alone comes again, and is set aside in the end.
      await tellOfStage(dependencies, body).catch(() => failed.push(messageId));
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

async function tellOfStage(dependencies: StageDependencies, body: string): Promise<void> {
  const event = bodySchema.parse(JSON.parse(body));
  const stage = STAGES.get(event['detail-type']) ?? 'unchanged';
  const { identityId, version, trigger } = event.detail;
  const loaded = await findIdentity(dependencies, identityId);
  // Whoever was merged into another is there by that one.
  if (loaded === undefined || loaded.timeline.mergedInto !== undefined) return;
  const told = eventsOf(stage, hasLeftBefore(loaded)).filter((one) => isStillSo(one, loaded));
  if (told.length === 0) return;
  const events = told.map((one) => ({ event: one, atMs: loaded.nowMs }));
  const hasOwnAddress = loaded.state.status === 'active' || !(await isUsedByAnother(dependencies, loaded));
  await tellReceivers(dependencies, loaded, events, { cause: trigger, version }, hasOwnAddress);
}

function hasLeftBefore({ timeline, state }: LoadedIdentity): boolean {
  const joinedMs = state.status === 'active' || state.status === 'suspended' ? state.joinedMs : 0;
  return timeline.facts.some(({ type, recordedMs }) => type === 'leaver' && recordedMs <= joinedMs);
}

/** A contractor who became an employee under another id: by the address, the receiver would disable them. */
async function isUsedByAnother(
  dependencies: StageDependencies,
  { record: { header } }: LoadedIdentity,
): Promise<boolean> {
  if (header.summary.email === undefined) return false;
  for (const id of await dependencies.directory.findByEmail(header.summary.email)) {
    const other = id === header.identityId ? undefined : await findWhereItCounts(dependencies, id);
    if (other?.state.status === 'active' && other.record.header.identityId !== header.identityId) return true;
  }
  return false;
}

function isStillSo(event: string, { state }: LoadedIdentity): boolean {
  return (event === 'account-enabled') === (state.status === 'active');
}

let live: ReturnType<typeof tellOfStages> | undefined;

export const handler = serveTask('tell-of-stages', eventSchema, (input) => {
  live ??= tellOfStages({ ...liveDependencies(), ...liveTelling() });
  return live(input);
});
