// The entry of a target system: every connector function runs this, since it alone has the secrets of its applications. It
// makes one identity's account what it should be, lists a page of all accounts for reconciling, or looks at tickets.
import * as z from 'zod';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoRateLimitStore } from '../../stores/rate-limits/dynamo-rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import { publishUnreadTickets } from '../../stores/ticket-metrics.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import type { PageOutcome } from '../shared/reconciliation-run.ts';
import { connectApplication } from './connect-application.ts';
import { type ConvergeDependencies, convergeApplication } from './converge-application.ts';
import { convergenceInputSchema } from './convergence-call.ts';
import { lookAtTickets, type TicketDependencies, type TicketsLookedAt, ticketsInputSchema } from './look-at-tickets.ts';
import { rateLimitedConnect } from './rate-limited-target.ts';
import { type ListingDependencies, listingInputSchema, reconcilePage } from './reconcile-page.ts';
import { groupInputSchema, type VisitedTogether, visitTogether } from './visit-together.ts';

const inputSchema = z.union([convergenceInputSchema, groupInputSchema, listingInputSchema, ticketsInputSchema]);

export type ApplicationCall = z.infer<typeof inputSchema>;

type CallDependencies = ConvergeDependencies & ListingDependencies & TicketDependencies;

export const callApplication =
  (dependencies: CallDependencies) =>
  async (input: ApplicationCall): Promise<ApplicationOutcome | VisitedTogether | PageOutcome | TicketsLookedAt> => {
    if (input.mode === 'look-at-tickets') return lookAtTickets(dependencies, input);
    if (input.mode === 'list-accounts') return reconcilePage(dependencies, input);
    return 'visits' in input ? visitTogether(dependencies, input) : convergeApplication(dependencies)(input);
  };

function connectedDependencies(): CallDependencies {
  const dependencies = liveDependencies();
  const { clock, newId } = dependencies;
  const connect = rateLimitedConnect({ connect: connectApplication, rateLimits: dynamoRateLimitStore(), clock, newId });
  const reconciliations = dynamoReconciliationStore();
  return { ...dependencies, reconciliations, connect, bus: eventBridgeBus(), publishUnreadTickets };
}

let live: ReturnType<typeof callApplication> | undefined;

export const handler = serveTask('call-application', inputSchema, (input) => {
  live ??= callApplication(connectedDependencies());
  return live(input);
});
