// One step through an application's accounts: pages as its time allows, whose each account is, and what is wrong with it.
// The connector's own function does this, since it alone has the secret; what it found goes to the table, and nothing but
// "there is more" to the workflow.
import * as z from 'zod';
import type { AccountPage, Target } from '../../connectors/contract/connector.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { PermanentError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { passCursor } from '../../core/reconciliation/cursor-loop.ts';
import { keepsFinding, type ReportedBefore } from '../../core/reconciliation/kept-findings.ts';
import type { JudgingContext } from '../../core/reconciliation/reconciliation.ts';
import { packSightings, type Sighting, VERDICTS } from '../../core/reconciliation/sightings.ts';
import {
  type IncompleteReason,
  MAXIMUM_CURSOR_LENGTH,
  type ReconciliationReport,
  type ReconciliationRun,
  type ReconciliationStore,
} from '../../stores/reconciliations/reconciliation-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import {
  CONCURRENT_LOOKUPS,
  FILL_MS,
  findRun,
  KEEP_FINDINGS_MS,
  KEEP_SEEN_MS,
  MAXIMUM_ACCOUNTS,
  MAXIMUM_PAGES,
  outcomeOf,
  PAGE,
  type PageOutcome,
  requireApplication,
  STEP_ACCOUNTS,
} from '../shared/reconciliation-run.ts';
import type { Connect, ConnectedSystem } from './connect-application.ts';
import { type Judged, judgeAccount, type Known } from './judge-account.ts';
import { isToReadKnown, loadKnown, readKnown } from './known-identities.ts';

export const listingInputSchema = z.strictObject({
  mode: z.literal('list-accounts'),
  applicationId: z.string(),
  runId: z.string(),
});

export type ListingInput = z.infer<typeof listingInputSchema>;

export interface ListingDependencies extends Dependencies {
  readonly reconciliations: ReconciliationStore;
  readonly connect: Connect;
}

const MAXIMUM_LACKING = 50;
const MAXIMUM_LACKING_LENGTH = 300;
/** What fewer accounts than that lose overnight is no sign of a listing that broke off. */
const MANY_ACCOUNTS = 100;

/** What a step has done so far, none of which counts before all of it is kept. */
interface Filled {
  readonly run: ReconciliationRun;
  readonly sightings: readonly Sighting[];
}

interface Step {
  readonly dependencies: ListingDependencies;
  readonly application: Application;
  readonly before: ReconciliationReport | undefined;
  readonly isKnown: Known | undefined;
}

export async function reconcilePage(dependencies: ListingDependencies, input: ListingInput): Promise<PageOutcome> {
  const { reconciliations, model } = dependencies;
  const { applicationId, runId } = input;
  const found = await findRun(reconciliations, applicationId, runId);
  if (found === undefined) return { next: 'overtaken' };
  if (found.run.phase !== 'accounts') return { next: 'end' };
  if (isToReadKnown(found.run)) return advance(dependencies, applicationId, await readKnown(dependencies, found.run));
  const application = requireApplication(model(), applicationId);
  const connected = await dependencies.connect(application, 'list');
  const isKnown = await loadKnown(dependencies, found.run);
  const step = { dependencies, application, before: found.report, isKnown };
  const { run, sightings } =
    connected.kind === 'api'
      ? await fillReleasing(step, connected, found.run)
      : { run: cutOff(found.run, application, 'no-listing'), sightings: [] };
  await keepSightings(dependencies, run, sightings);
  return advance(dependencies, applicationId, run);
}

/** What goes wrong here is the connector's mistake. */
async function fillReleasing(
  step: Step,
  { target, release }: ConnectedSystem,
  run: ReconciliationRun,
): Promise<Filled> {
  try {
    const lacking = run.step === 0 ? await findLacking(target) : run.lacking;
    return await fill(step, target, { ...run, lacking });
  } finally {
    await release?.();
  }
}

/** With the first page of a run: what it cannot do for want of rights shows in its report before it shows in a leaver. */
async function findLacking(target: Target): Promise<readonly string[] | undefined> {
  const lacking = await target.checkPrivileges?.();
  return lacking?.slice(0, MAXIMUM_LACKING).map((line) => line.slice(0, MAXIMUM_LACKING_LENGTH));
}

async function fill(step: Step, target: Target, begun: ReconciliationRun): Promise<Filled> {
  const { clock } = step.dependencies;
  if (target.listAccounts === undefined) {
    return { run: cutOff(begun, step.application, 'no-listing'), sightings: [] };
  }
  const untilMs = clock() + FILL_MS;
  let filled: Filled = { run: begun, sightings: [] };
  do {
    try {
      filled = await addPage(step, target, filled);
    } catch (error) {
      // Later than at the first page, what was done so far counts: the next step begins where this one failed.
      if (filled.run === begun) throw error;
      return filled;
    }
  } while (goesOn(filled) && clock() < untilMs);
  return filled;
}

function goesOn({ run, sightings }: Filled): boolean {
  return run.phase === 'accounts' && sightings.length < STEP_ACCOUNTS && !isToReadKnown(run);
}

async function addPage(step: Step, target: Target, { run, sightings }: Filled): Promise<Filled> {
  const { dependencies, application, before, isKnown } = step;
  const page = await readPage(target, run);
  const nowMs = Math.max(dependencies.clock(), run.startedMs);
  const context = { application, canDisable: target.disableAccount !== undefined, nowMs };
  const judged = await mapBounded(page.accounts, CONCURRENT_LOOKUPS, (account) =>
    judgeAccount(dependencies, account, context, isKnown),
  );
  const kept = await keepFindings(dependencies, judged, context, { before, kept: run.kept ?? 0 });
  const counted = {
    ...run,
    kept,
    accounts: run.accounts + judged.length,
    matched: run.matched + judged.filter(({ matched }) => matched).length,
  };
  return { run: afterPage(counted, page.next, step), sightings: [...sightings, ...judged.map(sightingOf)] };
}

async function readPage(target: Target, { cursor }: ReconciliationRun): Promise<AccountPage> {
  const page = (await target.listAccounts?.(cursor)) ?? { accounts: [] };
  const { accounts, next } = page;
  if (accounts.length > PAGE) throw new PermanentError(`a page of accounts holds more than ${PAGE}`);
  if (next === undefined) return page;
  if (next === '' || next.length > MAXIMUM_CURSOR_LENGTH) {
    throw new PermanentError(
      `the next page of accounts begins at none or at more than ${MAXIMUM_CURSOR_LENGTH} characters`,
    );
  }
  return page;
}

/** @returns how many that only people can mend are kept in this run by now */
async function keepFindings(
  { reconciliations }: ListingDependencies,
  judged: readonly Judged[],
  { application, nowMs }: JudgingContext,
  { before, kept: keptBefore }: { readonly before: ReportedBefore | undefined; readonly kept: number },
): Promise<number> {
  let kept = keptBefore;
  const chosen = judged.flatMap(({ findings }) =>
    findings.filter((finding) => {
      const choice = keepsFinding(finding, kept, before);
      if (choice === 'counts') kept += 1;
      return choice !== 'left-out';
    }),
  );
  const times = { seenMs: nowMs, expiresMs: nowMs + KEEP_FINDINGS_MS };
  await reconciliations.saveFindings(application.id, chosen, times);
  return kept;
}

function sightingOf({ account: { accountId }, findings, seen: identityIds, matched }: Judged): Sighting {
  const kinds = new Set<string>(findings.map(({ kind }) => kind));
  return {
    accountId,
    identityIds,
    verdicts: VERDICTS.filter((one) => kinds.has(one) || (one === 'matched' && matched)),
  };
}

function afterPage(run: ReconciliationRun, next: string | undefined, { application, before }: Step): ReconciliationRun {
  if (next === undefined) {
    if (isHalved(run, before)) return cutOff(run, application, 'half-as-many-accounts');
    return { ...run, phase: 'identities', cursor: undefined, mark: undefined, pages: 0 };
  }
  const pages = run.pages + 1;
  if (pages >= MAXIMUM_PAGES || run.accounts >= MAXIMUM_ACCOUNTS) {
    return cutOff({ ...run, pages }, application, 'too-many-accounts');
  }
  const mark = passCursor(run.mark, next);
  if (mark === undefined) throw new PermanentError('the list of accounts comes back to a page it had before');
  return { ...run, cursor: next, mark, pages };
}

/** A listing that ends early looks like one that is complete. It is believed when the next run sees no more than that. */
function isHalved({ accounts }: ReconciliationRun, before: ReconciliationReport | undefined): boolean {
  return before !== undefined && before.accounts >= MANY_ACCOUNTS && accounts * 2 < before.accounts;
}

/** Who has no account cannot be told from part of a list; who is left in a retired application, from Tenure's records. */
function cutOff(run: ReconciliationRun, { retired }: Application, incomplete: IncompleteReason): ReconciliationRun {
  const ended = { ...run, cursor: undefined, mark: undefined, incomplete };
  return retired ? { ...ended, phase: 'identities', pages: 0 } : { ...ended, phase: 'done' };
}

/** Before the step counts, and under a name of its own: a step that is done twice adds to what was seen and takes nothing. */
async function keepSightings(
  { reconciliations, clock, newId }: ListingDependencies,
  { runId, step }: ReconciliationRun,
  sightings: readonly Sighting[],
): Promise<void> {
  const name = `${String(step).padStart(8, '0')}#${newId()}`;
  for (const [index, packed] of packSightings(sightings).entries()) {
    await reconciliations.saveSightings(runId, `${name}#${index}`, packed, clock() + KEEP_SEEN_MS);
  }
}

async function advance(
  { reconciliations, clock }: ListingDependencies,
  applicationId: string,
  run: ReconciliationRun,
): Promise<PageOutcome> {
  const after = { ...run, step: run.step + 1, touchedMs: clock() };
  return outcomeOf(after, 'accounts', await reconciliations.advance(applicationId, after));
}
