// Repair never changes an account itself: it asks for each identity concerned to be converged, one page of findings a
// call. What is right by then is found out from the facts, so a report that has aged does no harm.
import * as z from 'zod';
import { sha256Hex } from '../../core/canonical-json.ts';
import { type AccessSeenFact, ownFactBase } from '../../core/identity/facts.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { stepsShown } from '../../core/reconciliation/listed-accounts.ts';
import { type Finding, isRepairable } from '../../core/reconciliation/reconciliation.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ListRead, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { appendFact } from '../shared/append-fact.ts';
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

export interface RepairDependencies extends Pick<Dependencies, 'leases' | 'facts' | 'directory' | 'clock'> {
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
  (dependencies: RepairDependencies) =>
  async ({ applicationId, from }: z.infer<typeof inputSchema>): Promise<Repaired> => {
    const { leases, reconciliations, bus } = dependencies;
    const known = await reconciliations.find(applicationId);
    if (known?.report === undefined) return { more: false, handOver: false, from };
    const { runId, startedMs: sinceMs, list } = known.report;
    const after = from.after === '' ? undefined : from.after;
    const page = await reconciliations.listFindings({ applicationId, kind: from.kind, sinceMs, limit: PAGE, after });
    const repairable = page.items.filter((finding) => isRepairable(finding, known.decision?.answer));
    if (list !== undefined) {
      await mapBounded(repairable, CONCURRENT, (finding) => countAsSeen(dependencies, applicationId, finding, list));
    }
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

/** Of a system that no connector reads, what its list has shown counts from now on, so that people are asked for the rest. */
async function countAsSeen(
  dependencies: RepairDependencies,
  applicationId: string,
  finding: Finding,
  { sha256, exportedMs, broughtBy }: ListRead,
): Promise<void> {
  const { identityId, kind } = finding;
  if (identityId === undefined) return;
  const id = `listed/${kind}/${identityId}/${applicationId}/${exportedMs}`;
  const fact: AccessSeenFact = {
    ...ownFactBase(identityId, id, dependencies.clock()),
    type: 'access-seen',
    applicationId,
    list: sha256,
    seenMs: exportedMs,
    uploadedBy: broughtBy,
    steps: stepsShown(finding),
  };
  await appendFact(dependencies, fact, {
    payloadHash: sha256Hex(`${id}/${sha256}`),
    actor: { type: 'operator', id: broughtBy },
  });
}

let live: ReturnType<typeof repairAccess> | undefined;

export const handler = serveTask('repair-access', inputSchema, (input) => {
  live ??= repairAccess({
    ...liveDependencies(),
    reconciliations: dynamoReconciliationStore(),
    bus: eventBridgeBus(),
  });
  return live(input);
});
