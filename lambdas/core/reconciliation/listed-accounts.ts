// A list of what is in a system that no connector reads, as people bring it: one row for each entitlement of an account. It
// says what was so when it was made, and only as a whole: of a list that cannot be read to its end nobody is missing.
import type { Step } from '../access/difference.ts';
import type { AttestedStep } from '../identity/facts.ts';
import type { Finding } from './reconciliation.ts';

export const LIST_COLUMNS: readonly string[] = ['account', 'entitlement', 'enabled', 'email', 'identityId'];
export const MAXIMUM_LISTED_ACCOUNTS = 5_000;

export interface ListedAccount {
  readonly account: string;
  readonly email?: string | undefined;
  readonly identityId?: string | undefined;
  readonly enabled: boolean;
  readonly grants: readonly string[];
}

export interface ListedRow {
  readonly line: number;
  /** Undefined when it could not be read. */
  readonly value: unknown;
}

export type ListReading =
  | { readonly accounts: readonly ListedAccount[]; readonly fault?: undefined }
  | { readonly accounts?: undefined; readonly fault: string };

const MAXIMUM_LENGTH = 256;
const ENABLED: Readonly<Record<string, boolean>> = {
  '': true,
  true: true,
  yes: true,
  1: true,
  false: false,
  no: false,
  0: false,
};

/** The same account in several rows has the entitlements of all; what they say of it otherwise must agree. */
export function readListedAccounts(rows: readonly ListedRow[]): ListReading {
  const accounts = new Map<string, ListedAccount>();
  for (const { line, value } of rows) {
    const row = toRow(value);
    if (row === undefined) return { fault: `line ${line} cannot be read` };
    const known = accounts.get(row.account);
    if (known !== undefined && !agrees(known, row))
      return { fault: `line ${line} contradicts an earlier one of its account` };
    const grants = [...new Set([...(known?.grants ?? []), ...row.grants])].sort();
    accounts.set(row.account, { ...row, grants });
    if (accounts.size > MAXIMUM_LISTED_ACCOUNTS)
      return { fault: `expected at most ${MAXIMUM_LISTED_ACCOUNTS} accounts` };
  }
  return accounts.size === 0 ? { fault: 'names no account' } : { accounts: [...accounts.values()] };
}

function toRow(value: unknown): ListedAccount | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { account = '', entitlement = '', enabled = '', email = '', identityId = '' } = value as Record<string, string>;
  const isEnabled = ENABLED[enabled.toLowerCase()];
  if (account === '' || isEnabled === undefined) return undefined;
  if ([account, entitlement, email, identityId].some(({ length }) => length > MAXIMUM_LENGTH)) return undefined;
  return {
    account,
    ...(email !== '' && { email }),
    ...(identityId !== '' && { identityId }),
    enabled: isEnabled,
    grants: entitlement === '' ? [] : [entitlement],
  };
}

function agrees(one: ListedAccount, other: ListedAccount): boolean {
  return one.enabled === other.enabled && one.email === other.email && one.identityId === other.identityId;
}

/** Whether a list shows that a step was taken. Absent: the account is in no row of it. */
export function showsStep(step: Step, account: Pick<ListedAccount, 'enabled' | 'grants'> | undefined): boolean {
  switch (step.action) {
    case 'create-account':
    case 'enable-account':
      return account?.enabled === true;
    case 'disable-account':
      return account?.enabled !== true;
    case 'grant':
      return account?.grants.includes(step.grant) === true;
    case 'revoke':
      return account?.grants.includes(step.grant) !== true;
    default:
      return false;
  }
}

/**
 * What a list shows that people have said is not there: only what they were once asked for, or said to be there. All else
 * was never Tenure's to give, and is reported.
 */
export function seenAgain(
  account: Pick<ListedAccount, 'enabled' | 'grants'>,
  stated: { readonly enabled: boolean; readonly grants: ReadonlySet<string> } | undefined,
  everGiven: ReadonlySet<string>,
): readonly AttestedStep[] {
  if (stated === undefined) return [];
  const grants = account.grants.filter((grant) => everGiven.has(grant) && !stated.grants.has(grant));
  const isEnabled = account.enabled && !stated.enabled;
  return [
    ...(isEnabled ? [{ action: 'enable-account' } as const] : []),
    ...grants.map((grant) => ({ action: 'grant', grant }) as const),
  ];
}

/** What a finding of a list says was there, or was not, once somebody has decided that it is to be put right. */
export function stepsShown({
  kind,
  grants = [],
  account,
  enabled,
}: Pick<Finding, 'kind' | 'grants' | 'account' | 'enabled'>): readonly AttestedStep[] {
  if (kind === 'extra') {
    const opened = [
      { action: 'create-account' },
      ...(enabled ? [] : [{ action: 'disable-account' } as const]),
    ] as const;
    return [...opened, ...grants.map((grant) => ({ action: 'grant', grant }) as const)];
  }
  if (kind !== 'missing') return [];
  const closed = account === undefined ? [] : [{ action: 'disable-account' } as const];
  return [...closed, ...grants.map((grant) => ({ action: 'revoke', grant }) as const)];
}

/** Of those who should be there, so many are missing that it is taken for a part of a list. @returns what is wrong with it */
export function faultOfLacking(lacking: number, expected: number): string | undefined {
  const isPart = lacking > 5 && lacking > expected / 5;
  return isPart ? `lacks ${lacking} of ${expected} accounts that should be there: expected the whole list` : undefined;
}
