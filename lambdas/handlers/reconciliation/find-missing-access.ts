// After the whole listing: who should have an account in the application and has none; in a retired one, who still has
// one by Tenure's records. One page of identities a call. As
// everybody passes by here, whoever was left with an account in an application that the access model no longer has is
// found as well, without waiting for the next event about them.
import * as z from 'zod';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { mayBeOpen } from '../../core/access/unreachable-account.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type Finding, leftInRetired, missingAccount } from '../../core/reconciliation/reconciliation.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationRun, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import {
  CONCURRENT_LOOKUPS,
  findRun,
  judgeIdentity,
  KEEP_FINDINGS_MS,
  MAXIMUM_PAGES,
  PAGE,
  type PageOutcome,
  requireApplication,
} from '../shared/reconciliation-run.ts';

const inputSchema = z.strictObject({ applicationId: z.string(), runId: z.string() });

export interface MissingDependencies extends Dependencies {
  readonly reconciliations: ReconciliationStore;
  readonly bus: EventBus;
}

export const findMissingAccess =
  (dependencies: MissingDependencies) =>
  async ({ applicationId, runId }: z.infer<typeof inputSchema>): Promise<PageOutcome> => {
    const { directory, reconciliations, clock, model } = dependencies;
    const run = await findRun(reconciliations, applicationId, runId);
    if (run === undefined) return { next: 'overtaken' };
    if (run.phase !== 'identities') return { next: 'end' };
    const { items, next } = await directory.listIdentities({ limit: PAGE, after: run.cursor });
    await convergeLeftBehind(dependencies, items, `reconciliation:${applicationId}:${runId}`);
    const application = requireApplication(model(), applicationId);
    const active = items.filter(({ summary }) => summary.status === 'active');
    const found = application.retired
      ? await mapBounded(items, CONCURRENT_LOOKUPS, (header) => lookForLeft(dependencies, application, header))
      : await mapBounded(active, CONCURRENT_LOOKUPS, (header) => look(dependencies, applicationId, run, header));
    const nowMs = Math.max(clock(), run.startedMs);
    const times = { seenMs: nowMs, expiresMs: nowMs + KEEP_FINDINGS_MS };
    await reconciliations.saveFindings(applicationId, found.flat(), times);
    const after = { ...afterPage(run, next), step: run.step + 1, touchedMs: clock() };
    if (!(await reconciliations.advance(applicationId, after))) return { next: 'overtaken' };
    return { next: after.phase === 'identities' ? 'more' : 'end' };
  };

/** When they were last settled they were to have an account there. No connector reaches it now, so people are asked. */
async function convergeLeftBehind(
  { bus, model }: MissingDependencies,
  headers: readonly IdentityHeader[],
  trigger: string,
): Promise<void> {
  const inModel = new Set(model().applications.map(({ id }) => id));
  const left = headers.filter(({ applications = [] }) => applications.some((id) => !inModel.has(id)));
  await mapBounded(left, CONCURRENT_LOOKUPS, ({ identityId, version }) =>
    bus.publish('unchanged', { identityId, version, trigger }),
  );
}

async function look(
  dependencies: MissingDependencies,
  applicationId: string,
  { runId, startedMs }: ReconciliationRun,
  { identityId }: IdentityHeader,
): Promise<readonly Finding[]> {
  const { reconciliations, clock, model } = dependencies;
  if (await reconciliations.wasSeen(runId, identityId)) return [];
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return [];
  const identity = judgeIdentity(loaded, applicationId, model());
  const { desired, known, converging } = identity;
  // Created since its page was listed, or about to be.
  const readSince = known?.account !== undefined && known.readMs >= startedMs;
  if (desired?.enabled !== true || readSince || converging) return [];
  const application = requireApplication(model(), applicationId);
  return [missingAccount(identity, { application, canDisable: true, nowMs: clock() })];
}

/** Everybody, whoever left long ago included: what is open by its record is taken back by converging them. */
async function lookForLeft(
  dependencies: MissingDependencies,
  application: Application,
  { identityId }: IdentityHeader,
): Promise<readonly Finding[]> {
  const loaded = await findIdentity(dependencies, identityId);
  const known = loaded?.record.accounts.find(({ applicationId }) => applicationId === application.id);
  if (loaded === undefined || known === undefined || !mayBeOpen(known)) return [];
  return [leftInRetired({ identityId, status: loaded.state.status }, known.account, { application })];
}

function afterPage(run: ReconciliationRun, next: string | undefined): ReconciliationRun {
  if (next === undefined) return { ...run, phase: 'done', cursor: undefined };
  const pages = run.pages + 1;
  if (pages < MAXIMUM_PAGES) return { ...run, cursor: next, pages };
  return { ...run, phase: 'done', cursor: undefined, pages, incomplete: 'too-many-identities' };
}

let live: ReturnType<typeof findMissingAccess> | undefined;

export const handler = serveTask('find-missing-access', inputSchema, (input) => {
  live ??= findMissingAccess({
    ...liveDependencies(),
    reconciliations: dynamoReconciliationStore(),
    bus: eventBridgeBus(),
  });
  return live(input);
});
