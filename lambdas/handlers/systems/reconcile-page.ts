// One page of an application's accounts: whose each is, and what is wrong with it. The connector's own function does
// this, since it alone has the secret; what it found goes to the table, and nothing but "there is more" to the workflow.
import * as z from 'zod';
import type { AccountPage, Target } from '../../connectors/contract/connector.ts';
import type { AccountRecord } from '../../core/access/account-record.ts';
import { idsOfUnreviewed } from '../../core/access/adoption.ts';
import { exposedCredentials, lastOwnerChangeMs } from '../../core/access/exposed-credentials.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { reconciliationOf } from '../../core/access-model/reconciliation-settings.ts';
import { PermanentError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import {
  type Clue,
  cluesIn,
  type Finding,
  grantedAtAdoption,
  isSecondAccount,
  type JudgingContext,
  judgeMatched,
  judgeUnmatched,
  type Link,
  linkFor,
  type Match,
  matchAccount,
  unreviewedAtAdoption,
} from '../../core/reconciliation/reconciliation.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import {
  type IncompleteReason,
  MAXIMUM_CURSOR_LENGTH,
  type ReconciliationRun,
  type ReconciliationStore,
} from '../../stores/reconciliations/reconciliation-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import {
  CONCURRENT_LOOKUPS,
  findRun,
  type JudgedIdentity,
  judgeIdentity,
  KEEP_FINDINGS_MS,
  KEEP_SEEN_MS,
  MAXIMUM_PAGES,
  PAGE,
  type PageOutcome,
  requireApplication,
} from '../shared/reconciliation-run.ts';
import type { Connect, ConnectedSystem } from './connect-application.ts';

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

interface Judged {
  readonly findings: readonly Finding[];
  /** Whose account it is, or may be. */
  readonly seen: readonly string[];
  readonly matched: boolean;
}

export async function reconcilePage(dependencies: ListingDependencies, input: ListingInput): Promise<PageOutcome> {
  const { reconciliations, clock, model } = dependencies;
  const { applicationId, runId } = input;
  const run = await findRun(reconciliations, applicationId, runId);
  if (run === undefined) return { next: 'overtaken' };
  if (run.phase !== 'accounts') return { next: 'end' };
  const application = requireApplication(model(), applicationId);
  const connected = await dependencies.connect(application, 'list');
  if (connected.kind !== 'api') {
    return advance(dependencies, applicationId, cutOff(run, application, 'no-listing'));
  }
  const { page, lacking } = await readReleasing(connected, run);
  if (page === undefined) {
    return advance(dependencies, applicationId, cutOff({ ...run, lacking }, application, 'no-listing'));
  }
  const nowMs = Math.max(clock(), run.startedMs);
  const context = { application, canDisable: connected.target.disableAccount !== undefined, nowMs };
  const judged = await mapBounded(page.accounts, CONCURRENT_LOOKUPS, (account) =>
    judgeAccount(dependencies, account, context),
  );
  await reconciliations.saveFindings(
    applicationId,
    judged.flatMap(({ findings }) => findings),
    { seenMs: nowMs, expiresMs: nowMs + KEEP_FINDINGS_MS },
  );
  const seen = [...new Set(judged.flatMap((one) => one.seen))];
  await reconciliations.markSeen(runId, seen, nowMs + KEEP_SEEN_MS);
  const counted = {
    ...run,
    lacking,
    accounts: run.accounts + judged.length,
    matched: run.matched + judged.filter(({ matched }) => matched).length,
  };
  return advance(dependencies, applicationId, afterPage(counted, page.next, application));
}

/** With the first page of a run: what it cannot do for want of rights shows in its report before it shows in a leaver. */
async function findLacking(target: Target): Promise<readonly string[] | undefined> {
  const lacking = await target.checkPrivileges?.();
  return lacking?.slice(0, MAXIMUM_LACKING).map((line) => line.slice(0, MAXIMUM_LACKING_LENGTH));
}

/** The page is undefined when the system cannot list its accounts. What goes wrong here is the connector's mistake. */
async function readReleasing(
  { target, release }: ConnectedSystem,
  run: ReconciliationRun,
): Promise<{ readonly page: AccountPage | undefined; readonly lacking: readonly string[] | undefined }> {
  try {
    const lacking = run.step === 0 ? await findLacking(target) : run.lacking;
    return { page: await readPage(target, run), lacking };
  } finally {
    await release?.();
  }
}

async function readPage(target: Target, { cursor }: ReconciliationRun): Promise<AccountPage | undefined> {
  if (target.listAccounts === undefined) return undefined;
  const page = await target.listAccounts(cursor);
  const { accounts, next } = page;
  if (accounts.length > PAGE) throw new PermanentError(`a page of accounts holds more than ${PAGE}`);
  if (next === undefined) return page;
  if (next === '' || next.length > MAXIMUM_CURSOR_LENGTH) {
    throw new PermanentError(
      `the next page of accounts begins at none or at more than ${MAXIMUM_CURSOR_LENGTH} characters`,
    );
  }
  if (next === cursor) throw new PermanentError('the next page of accounts begins where this one did');
  return page;
}

function afterPage(run: ReconciliationRun, next: string | undefined, application: Application): ReconciliationRun {
  if (next === undefined) return { ...run, phase: 'identities', cursor: undefined, pages: 0 };
  const pages = run.pages + 1;
  if (pages < MAXIMUM_PAGES) return { ...run, cursor: next, pages };
  return cutOff({ ...run, pages }, application, 'too-many-accounts');
}

/** Who has no account cannot be told from part of a list; who is left in a retired application, from Tenure's records. */
function cutOff(run: ReconciliationRun, { retired }: Application, incomplete: IncompleteReason): ReconciliationRun {
  if (retired) return { ...run, phase: 'identities', cursor: undefined, pages: 0, incomplete };
  return { ...run, phase: 'done', cursor: undefined, incomplete };
}

async function advance(
  { reconciliations, clock }: ListingDependencies,
  applicationId: string,
  run: ReconciliationRun,
): Promise<PageOutcome> {
  const advanced = await reconciliations.advance(applicationId, { ...run, step: run.step + 1, touchedMs: clock() });
  if (!advanced) return { next: 'overtaken' };
  return { next: run.phase === 'accounts' ? 'more' : 'end' };
}

async function judgeAccount(
  dependencies: ListingDependencies,
  account: ObservedAccount,
  context: JudgingContext,
): Promise<Judged> {
  const match = await findMatch(dependencies, account, context.application);
  if (match.found !== 'one') return unmatched(account, match, context);
  // Twice: whoever was faster at linking has changed what is known of this identity.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const judged = await judgeAs(dependencies, account, match.identityId, context);
    if (judged !== undefined) return judged;
  }
  return unmatched(account, { found: 'several', identityIds: [match.identityId] }, context);
}

function unmatched(account: ObservedAccount, match: Exclude<Match, { found: 'one' }>, context: JudgingContext): Judged {
  const seen = match.found === 'several' ? match.identityIds : [];
  return { findings: judgeUnmatched(account, match, context), seen, matched: false };
}

async function findMatch(
  { accounts, directory }: ListingDependencies,
  account: ObservedAccount,
  application: Application,
): Promise<Match> {
  const linked = await accounts.findLinked(application.id, account.accountId);
  if (linked.length > 0) return matchAccount(linked, []);
  const exists = async (id: string) =>
    identityIdSchema.safeParse(id).success && (await directory.load(id)) !== undefined;
  const follow = async ({ by, value }: Clue) => {
    const byEmail = by === 'identityId' ? [] : await directory.findByEmail(value);
    if (byEmail.length > 0 || by === 'email') return { by, identityIds: byEmail };
    return { by, identityIds: (await exists(value)) ? [value] : [] };
  };
  return matchAccount([], await mapBounded(cluesIn(account, reconciliationOf(application).matchBy), 1, follow));
}

/** Undefined when the account could not be linked, since another call was faster. */
async function judgeAs(
  dependencies: ListingDependencies,
  account: ObservedAccount,
  identityId: string,
  context: JudgingContext,
): Promise<Judged | undefined> {
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return unmatched(account, { found: 'none' }, context);
  const identity = judgeIdentity(loaded, context.application.id, dependencies.model());
  const { known, status } = identity;
  const kept = known && {
    accountId: known.account?.accountId,
    closed: known.closedMs !== undefined,
    busy: known.openCallId !== undefined,
  };
  if (isSecondAccount(account, kept)) {
    return unmatched(account, { found: 'several', identityIds: [identityId] }, context);
  }
  const linked = await link(dependencies, { account, identity, loaded, context, as: linkFor(account, kept, status) });
  if (linked === undefined) return undefined;
  const found = judgeMatched(account, { ...identity, unreviewed: linked.unreviewed }, context);
  const findings = found.filter(({ kind }) => !identity.converging || (kind !== 'extra' && kind !== 'missing'));
  return { findings, seen: [identityId], matched: true };
}

interface Linking {
  readonly account: ObservedAccount;
  readonly identity: JudgedIdentity;
  readonly loaded: LoadedIdentity;
  readonly context: JudgingContext;
  readonly as: Link;
}

/**
 * A record that was written before grants were remembered learns them here, once. Whoever writes it at the same time has
 * read the account too, and knows better.
 */
async function learn(
  accounts: ListingDependencies['accounts'],
  { account, identity, context }: Pick<Linking, 'account' | 'identity' | 'context'>,
  nowMs: number,
): Promise<AccountRecord | undefined> {
  const { known, identityId, desired, converging } = identity;
  if (known === undefined || known.granted !== undefined || known.openCallId !== undefined || converging) return known;
  const granted = grantedAtAdoption(context.application, desired, account, nowMs);
  if (granted === undefined || known.account === undefined) return known;
  await accounts.saveAccount({ identityId, account: { ...known, granted, revision: known.revision + 1 }, audit: [] });
  return known;
}

/** Keeps whose account it is, so that a leaver loses it and a repair visits it. Undefined: another call was faster. */
async function link(
  { accounts, clock, newId, model }: ListingDependencies,
  { account, identity, loaded, context, as }: Linking,
): Promise<Pick<AccountRecord, 'unreviewed'> | undefined> {
  const { known, identityId } = identity;
  if (as === 'none')
    return { unreviewed: (await learn(accounts, { account, identity, context }, clock()))?.unreviewed };
  const { application } = context;
  const { accountId, userName, enabled, grants } = account;
  const unreviewed = as === 'adopt' ? unreviewedAtAdoption(application, identity.desired, account) : known?.unreviewed;
  const grantIds = idsOfUnreviewed(account, unreviewed);
  const read = { account: { accountId, userName, enabled, grants, grantIds }, readMs: clock() };
  const exposed =
    as === 'adopt'
      ? exposedCredentials({
          changedMs: lastOwnerChangeMs(loaded.timeline, read.readMs),
          firstContact: true,
          nowMs: read.readMs,
        })
      : known?.exposed;
  const granted =
    as === 'adopt' ? grantedAtAdoption(application, identity.desired, account, read.readMs) : known?.granted;
  const revision = (known?.revision ?? 0) + 1;
  const kept = {
    ...known,
    applicationId: application.id,
    ...read,
    revision,
    unreviewed,
    exposed,
    granted,
    closedMs: undefined,
  };
  const entry = {
    identityId,
    entryId: `account-adopted:${application.id}:${newId()}`,
    at: toIso(clock()),
    actor: { type: 'tenure', id: `connector:${application.connector}` } as const,
    version: loaded.record.header.version,
    modelHash: model().hash,
    event: { type: 'account-adopted', applicationId: application.id, accountId, unreviewed: unreviewed ?? [] } as const,
  };
  const saved = await accounts.saveAccount({ identityId, account: kept, audit: as === 'adopt' ? [entry] : [] });
  return saved ? { unreviewed } : undefined;
}
