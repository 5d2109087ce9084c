// The entry of a target system: every connector function runs this, since it alone has the secrets of its applications. It
// makes one identity's account what it should be, or lists a page of all accounts for reconciling.
import * as z from 'zod';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { dynamoRateLimitStore } from '../../stores/rate-limits/dynamo-rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import type { PageOutcome } from '../shared/reconciliation-run.ts';
import { connectApplication } from './connect-application.ts';
import { type ConvergeDependencies, convergeApplication } from './converge-application.ts';
import { convergenceInputSchema } from './convergence-call.ts';
import { rateLimitedConnect } from './rate-limited-target.ts';
import { type ListingDependencies, listingInputSchema, reconcilePage } from './reconcile-page.ts';

const inputSchema = z.union([convergenceInputSchema, listingInputSchema]);

export type ApplicationCall = z.infer<typeof inputSchema>;

export const callApplication =
  (dependencies: ConvergeDependencies & ListingDependencies) =>
  async (input: ApplicationCall): Promise<ApplicationOutcome | PageOutcome> =>
    input.mode === 'list-accounts' ? reconcilePage(dependencies, input) : convergeApplication(dependencies)(input);

function connectedDependencies(): ListingDependencies {
  const dependencies = liveDependencies();
  const { clock, newId } = dependencies;
  const connect = rateLimitedConnect({ connect: connectApplication, rateLimits: dynamoRateLimitStore(), clock, newId });
  return { ...dependencies, reconciliations: dynamoReconciliationStore(), connect };
}

let live: ReturnType<typeof callApplication> | undefined;

export const handler = serveTask('call-application', inputSchema, (input) => {
  live ??= callApplication(connectedDependencies());
  return live(input);
});
