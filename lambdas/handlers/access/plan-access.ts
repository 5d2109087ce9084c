// Takes the lease and finds the applications in which this identity has, had or should have an account. What is to
// change in each is found out by its connector, from the same facts, when it gets there.
import * as z from 'zod';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { NEXT_CHECK_GRACE_MS } from '../../core/identity/next-check.ts';
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type ConcernedApplication, concernedApplications } from '../shared/concerned-applications.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { handOver } from '../shared/hand-over.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import { LEASE_MS } from '../shared/timing.ts';
import { settleAddress } from './settle-address.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, executionId: z.string() });

export type Plan =
  | {
      readonly status: 'planned';
      readonly epoch: number;
      readonly version: number;
      /** The time by which the plan judged (epoch ms): nothing that follows it judges by an earlier one. */
      readonly judgedMs: number;
      /** Of the access model it was planned by: the pass does not settle under another. */
      readonly modelBasis: string;
      readonly applications: readonly ConcernedApplication[];
    }
  /** Another pass holds the lease; it will see this version before it settles. */
  | { readonly status: 'held' };

export const planAccess =
  (dependencies: Dependencies) =>
  async ({ identityId, executionId }: z.infer<typeof inputSchema>): Promise<Plan> => {
    const { leases, clock } = dependencies;
    const nowMs = clock();
    const expiresMs = nowMs + LEASE_MS;
    const nextCheckMs = expiresMs + NEXT_CHECK_GRACE_MS;
    const lease = await leases.acquireLease({ identityId, holder: executionId, nowMs, expiresMs, nextCheckMs });
    if (lease === undefined) return { status: 'held' };
    const loaded = await findAnsweredFor(dependencies, identityId);
    if (loaded === undefined) return { status: 'held' };
    if (!(await settleAddress(dependencies, loaded, { epoch: lease.epoch, trigger: executionId })))
      return { status: 'held' };
    const { record } = loaded;
    const { model, modelBasis } = await judgingModel(dependencies, record.header, loaded.state);
    return {
      status: 'planned',
      epoch: lease.epoch,
      version: record.header.version,
      judgedMs: loaded.nowMs,
      modelBasis,
      applications: concernedApplications(model, loaded, record.accounts),
    };
  };

/** What nobody answers for is handed over first, or suspended, so that it has no access even for a moment. */
async function findAnsweredFor(dependencies: Dependencies, identityId: string): Promise<LoadedIdentity | undefined> {
  const loaded = await findIdentity(dependencies, identityId);
  const ownerId = loaded && ownerNeededBy(loaded.state);
  if (loaded === undefined || ownerId === undefined) return loaded;
  const { record, state, nowMs } = loaded;
  const { version, summary } = record.header;
  const listed = [{ identityId, status: state.status, kind: summary.kind }];
  const trigger = `planned:${version}`;
  const handedOver = await handOver(dependencies, ownerId, { listed, trigger, judgedMs: nowMs });
  return handedOver === 0 ? loaded : await findIdentity(dependencies, identityId, { judgedMs: nowMs });
}

let live: ReturnType<typeof planAccess> | undefined;

export const handler = serveTask('plan-access', inputSchema, (input) => {
  live ??= planAccess(liveDependencies());
  return live(input);
});
