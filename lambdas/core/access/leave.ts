// Who is on leave is kept out, whatever holds the account up. What had to be taken for that, and what no reason would give
// back, is remembered: the return gives back exactly that.
import type { AccountState } from '../systems/account.ts';
import { type HeldGrant, lookUpGrants } from './granted-access.ts';

/** An account as the leave found it. */
export interface LeaveRecord {
  /** It was enabled until then. */
  readonly disabled?: boolean | undefined;
  /** Grants that no reason holds up: they were taken where nothing else keeps anybody out. */
  readonly taken: readonly HeldGrant[];
}

export interface LeaveInput {
  readonly before: LeaveRecord | undefined;
  /** As it was just read. */
  readonly account: Pick<AccountState, 'enabled'> | undefined;
  readonly away: boolean;
  /** Whether the system can disable an account: else its grants are taken. */
  readonly canDisable: boolean;
  /** Held without a reason, and left but for a leave. */
  readonly left: readonly HeldGrant[];
  /** Once back: what is still to be given back. */
  readonly owed: readonly HeldGrant[];
}

/** What is to be remembered by what was just read. Undefined: nothing. */
export function rememberLeave({ before, account, away, canDisable, left, owed }: LeaveInput): LeaveRecord | undefined {
  // An account that is gone has nothing that could come back.
  if (account === undefined) return undefined;
  if (!away) {
    const disabled = before?.disabled === true && !account.enabled;
    return disabled || owed.length > 0 ? { disabled, taken: owed } : undefined;
  }
  const earlier = before?.taken ?? [];
  const known = lookUpGrants(earlier);
  const more = canDisable ? [] : left.filter((one) => !known.has(one));
  return { disabled: before?.disabled === true || (canDisable && account.enabled), taken: [...earlier, ...more] };
}
