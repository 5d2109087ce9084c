// After the whole listing: who should have an account in the application and has none; in a retired one, who still has
// one by Tenure's records. As many pages of identities a call as its time allows. As everybody passes by here, whoever was left with an account in an application that the access model no longer has is
// found as well, without waiting for the next event about them.
import * as z from 'zod';
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { mayBeOpen } from '../../core/access/unreachable-account.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type Finding, leftInRetired, missingAccount } from '../../core/reconciliation/reconciliation.ts';
import { isSettledWithout } from '../../core/reconciliation/settled-without.ts';
import { identitiesIn } from '../../core/reconciliation/sightings.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationRun, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity, type LoadedIdentity, readRecord } from '../shared/load-identity.ts';
import {
  CONCURRENT_LOOKUPS,
  DIRECTORY_PAGE,
  FILL_MS,
  findRun,
  judgeIdentity,
  KEEP_FINDINGS_MS,
  MAXIMUM_PAGES,
  outcomeOf,
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
    const { reconciliations, clock, model } = dependencies;
    const found = await findRun(reconciliations, applicationId, runId);
    if (found === undefined) return { next: 'overtaken' };
    if (found.run.phase !== 'identities') return { next: 'end' };
    const application = requireApplication(model(), applicationId);
    const wasSeen = application.retired ? () => false : identitiesIn(await reconciliations.readSightings(runId));
    const untilMs = clock() + FILL_MS;
    let run = found.run;
    do {
      run = await lookThroughPage(dependencies, { application, run, wasSeen });
    } while (run.phase === 'identities' && clock() < untilMs);
    const after = { ...run, step: run.step + 1, touchedMs: clock() };
    return outcomeOf(after, 'identities', await reconciliations.advance(applicationId, after));
  };

interface Looking {
  readonly application: Application;
  readonly run: ReconciliationRun;
  /** Whether somebody has an account according to this run. */
  readonly wasSeen: (identityId: string) => boolean;
}

async function lookThroughPage(dependencies: MissingDependencies, looking: Looking): Promise<ReconciliationRun> {
  const { directory, reconciliations, clock } = dependencies;
  const { application, run, wasSeen } = looking;
  const { items, next } = await directory.listIdentities({ limit: DIRECTORY_PAGE, after: run.cursor });
  await convergeLeftBehind(dependencies, items, `reconciliation:${application.id}:${run.runId}`);
  const absent = items.filter(({ summary, identityId }) => summary.status === 'active' && !wasSeen(identityId));
  const found = application.retired
    ? await mapBounded(items, CONCURRENT_LOOKUPS, (header) => lookForLeft(dependencies, application, header))
    : await mapBounded(absent, CONCURRENT_LOOKUPS, (header) => look(dependencies, looking, header));
  const nowMs = Math.max(clock(), run.startedMs);
  const times = { seenMs: nowMs, expiresMs: nowMs + KEEP_FINDINGS_MS };
  await reconciliations.saveFindings(application.id, found.flat(), times);
  return afterPage(run, next);
}

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
  { application, run: { startedMs } }: Looking,
  header: IdentityHeader,
): Promise<readonly Finding[]> {
  const { directory, clock, model } = dependencies;
  if (isSettledWithout(header, application.id, { modelHash: model().hash, nowMs: clock() })) return [];
  const isMissing = (loaded: LoadedIdentity) => {
    const { desired, known, converging } = judgeIdentity(loaded, application.id, model());
    // Created since its page was listed, or about to be.
    const readSince = known?.account !== undefined && known.readMs >= startedMs;
    return desired?.enabled === true && !readSince && !converging;
  };
  const glimpsed = await directory.glimpse(header.identityId, application.id);
  if (glimpsed === undefined || !isMissing(readRecord(glimpsed, clock()))) return [];
  const loaded = await findIdentity(dependencies, header.identityId);
  if (loaded === undefined || !isMissing(loaded)) return [];
  const identity = judgeIdentity(loaded, application.id, model());
  return [missingAccount(identity, { application, canDisable: true, nowMs: clock() })];
}

/** Everybody, whoever left long ago included: what is open by its record is taken back by converging them. */
async function lookForLeft(
  dependencies: MissingDependencies,
  application: Application,
  { identityId }: IdentityHeader,
): Promise<readonly Finding[]> {
  const knownIn = ({ record }: LoadedIdentity) =>
    record.accounts.find(({ applicationId }) => applicationId === application.id);
  const mayHold = (known: AccountRecord | undefined): known is AccountRecord => known !== undefined && mayBeOpen(known);
  const glimpsed = await dependencies.directory.glimpse(identityId, application.id);
  if (!mayHold(glimpsed?.accounts[0])) return [];
  const loaded = await findIdentity(dependencies, identityId);
  const known = loaded && knownIn(loaded);
  if (loaded === undefined || !mayHold(known)) return [];
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
