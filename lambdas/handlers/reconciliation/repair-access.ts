// Repair never changes an account itself: it asks for each identity concerned to be converged, one page of findings a
// call. What is right by then is found out from the facts, so a report that has aged does no harm.
import * as z from 'zod';
import { mapBounded } from '../../core/map-bounded.ts';
import { isRepairable } from '../../core/reconciliation/reconciliation.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';

const REPAIRED = ['extra', 'missing'] as const;
const PAGE = 200;
const CONCURRENT = 10;

/** An execution has room for 25,000 history entries, of which a page takes 9, and 18 when it is tried four times. */
const PAGES_OF_AN_EXECUTION = 1_000;

const placeSchema = z.strictObject({
  kind: z.enum(REPAIRED),
  after: z.string().max(2_000),
  /** How many were done, by whichever execution. */
  pages: z.int().min(0).optional(),
});
const inputSchema = z.strictObject({ applicationId: z.string(), from: placeSchema });

export interface RepairDependencies extends Pick<Dependencies, 'leases'> {
  readonly reconciliations: ReconciliationStore;
  readonly bus: EventBus;
}

export interface Repaired {
  readonly more: boolean;
  /** There is more, for another execution. */
  readonly handOver: boolean;
  /** Where to go on; `after` is a place among findings, which names no person. */
  readonly from: z.infer<typeof placeSchema>;
}

export const repairAccess =
  ({ leases, reconciliations, bus }: RepairDependencies) =>
  async ({ applicationId, from }: z.infer<typeof inputSchema>): Promise<Repaired> => {
    const known = await reconciliations.find(applicationId);
    if (known?.report === undefined) return { more: false, handOver: false, from };
    const { runId, startedMs: sinceMs } = known.report;
    const after = from.after === '' ? undefined : from.after;
    const page = await reconciliations.listFindings({ applicationId, kind: from.kind, sinceMs, limit: PAGE, after });
    const repairable = page.items.filter((finding) => isRepairable(finding, known.decision?.answer));
    const concerned = new Set(repairable.flatMap(({ identityId }) => identityId ?? []));
    await mapBounded([...concerned], CONCURRENT, async (identityId) => {
      const mark = await leases.readMark(identityId);
      if (mark === undefined) return;
      const trigger = `reconciliation:${applicationId}:${runId}`;
      await bus.publish('unchanged', { identityId, version: mark.version, trigger });
    });
    const pages = (from.pages ?? 0) + 1;
    const goOn = (kind: (typeof REPAIRED)[number], next: string): Repaired => ({
      more: true,
      handOver: pages % PAGES_OF_AN_EXECUTION === 0,
      from: { kind, after: next, pages },
    });
    if (page.next !== undefined) return goOn(from.kind, page.next);
    return from.kind === 'extra' ? goOn('missing', '') : { more: false, handOver: false, from };
  };

let live: ReturnType<typeof repairAccess> | undefined;

export const handler = serveTask('repair-access', inputSchema, (input) => {
  live ??= repairAccess({
    ...liveDependencies(),
    reconciliations: dynamoReconciliationStore(),
    bus: eventBridgeBus(),
  });
  return live(input);
});
