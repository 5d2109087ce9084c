// Whose an account is, and what is wrong with it. Read as cheaply as can be while nothing is; only what would be said
// against somebody, or kept, is judged by a reading that misses nothing.

import type { AccountRecord } from '../../core/access/account-record.ts';
import { idsToKeep } from '../../core/access/adoption.ts';
import { exposedCredentials, lastOwnerChangeMs } from '../../core/access/exposed-credentials.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { reconciliationOf } from '../../core/access-model/reconciliation-settings.ts';
import { correlationAt } from '../../core/audit/correlation.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { isLimited } from '../../core/identity/ownership.ts';
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
  type KnownAccount,
  type Link,
  linkFor,
  type Match,
  matchAccount,
  unreviewedAtAdoption,
} from '../../core/reconciliation/reconciliation.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findIdentity, type LoadedIdentity, readRecord } from '../shared/load-identity.ts';
import { type JudgedIdentity, judgeIdentity } from '../shared/reconciliation-run.ts';
import { keepingFault } from './keepable-account.ts';

/** Whether an identity may have this id, or this address. */
export interface Known {
  id(id: string): boolean;
  address(address: string): boolean;
}

const EVERYTHING_KNOWN: Known = { id: () => true, address: () => true };

export interface Judged {
  readonly account: ObservedAccount;
  readonly findings: readonly Finding[];
  /** Whose account it is, or may be. */
  readonly seen: readonly string[];
  readonly matched: boolean;
}

/** @param isKnown spares look-ups of ids and addresses that nobody has */
export async function judgeAccount(
  dependencies: Dependencies,
  account: ObservedAccount,
  context: JudgingContext,
  isKnown: Known = EVERYTHING_KNOWN,
): Promise<Judged> {
  const match = await findMatch(dependencies, account, { application: context.application, isKnown });
  if (match.found !== 'one') return unmatched(account, match, context);
  const inOrder = await judgeByGlimpse(dependencies, account, match.identityId, context);
  if (inOrder !== undefined) return inOrder;
  // Twice: whoever was faster at linking has changed what is known of this identity.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const judged = await judgeAs(dependencies, account, match.identityId, context);
    if (judged !== undefined) return judged;
  }
  return unmatched(account, { found: 'several', identityIds: [match.identityId] }, context);
}

function unmatched(account: ObservedAccount, match: Exclude<Match, { found: 'one' }>, context: JudgingContext): Judged {
  const seen = match.found === 'several' ? match.identityIds : [];
  return { account, findings: judgeUnmatched(account, match, context), seen, matched: false };
}

async function findMatch(
  { accounts, directory }: Dependencies,
  account: ObservedAccount,
  { application, isKnown }: { readonly application: Application; readonly isKnown: Known },
): Promise<Match> {
  const linked = await accounts.findLinked(application.id, account.accountId);
  if (linked.length > 0) return matchAccount(linked, []);
  const exists = async (id: string) =>
    isKnown.id(id) &&
    identityIdSchema.safeParse(id).success &&
    (await directory.glimpse(id, application.id)) !== undefined;
  // A user name is often the address as well.
  const looked = new Map<string, Promise<readonly string[]>>();
  const findByEmail = async (value: string) => {
    if (!isKnown.address(value)) return [];
    const found = looked.get(value) ?? directory.findByEmail(value);
    looked.set(value, found);
    return found;
  };
  const follow = async ({ by, value }: Clue) => {
    const byEmail = by === 'identityId' ? [] : await findByEmail(value);
    if (byEmail.length > 0 || by === 'email') return { by, identityIds: byEmail };
    return { by, identityIds: (await exists(value)) ? [value] : [] };
  };
  return matchAccount([], await mapBounded(cluesIn(account, reconciliationOf(application).matchBy), 1, follow));
}

/** Undefined: something is to be said or done about it, or nobody is there. */
async function judgeByGlimpse(
  { directory, clock, model }: Dependencies,
  account: ObservedAccount,
  identityId: string,
  context: JudgingContext,
): Promise<Judged | undefined> {
  const record = await directory.glimpse(identityId, context.application.id);
  if (record === undefined) return undefined;
  const loaded = readRecord(record, clock());
  // What it may hold depends on its owner, whom a glimpse does not show.
  if (isLimited(loaded.state)) return undefined;
  const identity = judgeIdentity(loaded, context.application.id, model());
  const kept = keptOf(identity.known);
  const isSettled = !isSecondAccount(account, kept) && linkFor(account, kept, identity.status) === 'none';
  if (!isSettled || learnable({ account, identity, context }, clock()) !== undefined) return undefined;
  const findings = judgeMatched(account, identity, context);
  if (findings.some(({ kind }) => kind !== 'dormant')) return undefined;
  return { account, findings, seen: [identityId], matched: true };
}

function keptOf(known: AccountRecord | undefined): KnownAccount | undefined {
  return (
    known && {
      accountId: known.account?.accountId,
      closed: known.closedMs !== undefined,
      busy: known.openCallId !== undefined,
      // What is to be looked at is kept for when its account is read first.
      unread: known.account === undefined && known.unreviewed !== undefined,
    }
  );
}

/** Undefined when the account could not be linked, since another call was faster. */
async function judgeAs(
  dependencies: Dependencies,
  account: ObservedAccount,
  identityId: string,
  context: JudgingContext,
): Promise<Judged | undefined> {
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return unmatched(account, { found: 'none' }, context);
  const identity = judgeIdentity(loaded, context.application.id, dependencies.model());
  const { known, status } = identity;
  const kept = keptOf(known);
  if (isSecondAccount(account, kept)) {
    return unmatched(account, { found: 'several', identityIds: [identityId] }, context);
  }
  const linked = await link(dependencies, { account, identity, loaded, context, as: linkFor(account, kept, status) });
  if (linked === undefined) return undefined;
  const found = judgeMatched(account, { ...identity, unreviewed: linked.unreviewed }, context);
  const findings = found.filter(({ kind }) => !identity.converging || (kind !== 'extra' && kind !== 'missing'));
  return { account, findings, seen: [identityId], matched: true };
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
  accounts: Dependencies['accounts'],
  { account, identity, context }: Pick<Linking, 'account' | 'identity' | 'context'>,
  nowMs: number,
): Promise<AccountRecord | undefined> {
  const { known, identityId, converging } = identity;
  const granted = learnable({ account, identity, context }, nowMs);
  if (known === undefined || granted === undefined || converging) return known;
  await accounts.saveAccount({ identityId, account: { ...known, granted, revision: known.revision + 1 }, audit: [] });
  return known;
}

function learnable(
  { account, identity: { known, desired }, context }: Pick<Linking, 'account' | 'identity' | 'context'>,
  nowMs: number,
): AccountRecord['granted'] {
  if (known?.account === undefined || known.granted !== undefined || known.openCallId !== undefined) return undefined;
  return grantedAtAdoption(context.application, desired, account, nowMs);
}

/** Keeps whose account it is, so that a leaver loses it and a repair visits it. Undefined: another call was faster. */
async function link(
  { accounts, clock, newId, model }: Dependencies,
  { account, identity, loaded, context, as }: Linking,
): Promise<Pick<AccountRecord, 'unreviewed'> | undefined> {
  const { known, identityId } = identity;
  if (as === 'none')
    return { unreviewed: (await learn(accounts, { account, identity, context }, clock()))?.unreviewed };
  // It is told of all the same, and converging says why it is not worked on.
  if (keepingFault(account) !== undefined) return { unreviewed: known?.unreviewed };
  const { application } = context;
  const { accountId, userName, enabled, grants } = account;
  const unreviewed = as === 'adopt' ? unreviewedAtAdoption(application, identity.desired, account) : known?.unreviewed;
  const readMs = clock();
  const exposed =
    as === 'adopt'
      ? exposedCredentials({
          changedMs: lastOwnerChangeMs(loaded.timeline, readMs),
          firstContact: true,
          nowMs: readMs,
        })
      : known?.exposed;
  const granted = as === 'adopt' ? grantedAtAdoption(application, identity.desired, account, readMs) : known?.granted;
  const grantIds = idsToKeep(account, { unreviewed, granted });
  const revision = (known?.revision ?? 0) + 1;
  const kept = {
    ...known,
    applicationId: application.id,
    account: { accountId, userName, enabled, grants, grantIds },
    readMs,
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
    correlation: correlationAt(loaded.timeline, loaded.nowMs),
    version: loaded.record.header.version,
    modelHash: model().hash,
    event: { type: 'account-adopted', applicationId: application.id, accountId, unreviewed: unreviewed ?? [] } as const,
  };
  const saved = await accounts.saveAccount({ identityId, account: kept, audit: as === 'adopt' ? [entry] : [] });
  return saved ? { unreviewed } : undefined;
}
