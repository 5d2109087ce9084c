// How many calls to its system it takes, as a rule, to make one account what it should be: for so many a turn is asked.
// What proves to be more is asked for when it comes to that; what proves to be less was reserved in vain.
import type { Application } from '../access-model/access-model.ts';
import type { AccountRecord } from './account-record.ts';
import type { DesiredAccount } from './desired-access.ts';

export interface ExpectedCallsInput {
  readonly application: Application;
  readonly desired: DesiredAccount | undefined;
  readonly known: Pick<AccountRecord, 'account' | 'closedMs' | 'unreviewed'> | undefined;
}

/** Reading it, and reading it back. */
const READS = 2;

export function expectedCalls(input: ExpectedCallsInput): number {
  const steps = expectedSteps(input);
  return steps === 0 ? 1 : READS + steps;
}

function expectedSteps({ application, desired, known }: ExpectedCallsInput): number {
  const account = known?.account;
  const held = new Set(account?.grants);
  const entitlements = new Set(desired?.entitlements.map(({ entitlement }) => entitlement));
  const due = new Set(application.entitlements.filter(({ id }) => entitlements.has(id)).map(({ grant }) => grant));
  if (desired === undefined) return account?.enabled ? 1 + held.size : held.size;
  // Whoever is on leave keeps what the account holds.
  if (!desired.enabled) return account?.enabled ? 1 : 0;
  if (account === undefined) return 1 + due.size;
  const unreviewed = new Set(known?.unreviewed);
  const given = [...due].filter((grant) => !held.has(grant)).length;
  const taken = [...held].filter((grant) => !due.has(grant) && !unreviewed.has(grant)).length;
  return given + taken + (account.enabled ? 0 : 1);
}
