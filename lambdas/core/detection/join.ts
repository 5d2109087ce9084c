// Whose activity it was. What is known of accounts tells it, from the surest to the least sure: an account's own id, a key, a
// role's session, a user name, and an e-mail address last, since anybody may write one.
import type { AccountRecord } from '../access/account-record.ts';
import { type ActivityClue, CLUE_KINDS, type ClueKind } from './activity.ts';

/** Longer than any id that a system gives. */
export const MAXIMUM_CLUE_LENGTH = 512;
const ROLE = /^arn:aws[\w-]*:iam::\d{12}:role\//;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Undefined: there is nothing to compare. */
export function clueOf(by: ClueKind, value: unknown, applicationId?: string): ActivityClue | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const folded = foldClue(by, text);
  if (folded === '' || folded.length > MAXIMUM_CLUE_LENGTH) return undefined;
  return applicationId === undefined ? { by, value: folded } : { by, value: folded, applicationId };
}

/** User names and addresses are the same in another case wherever people sign in; an id is only where it is a GUID. */
export function foldClue(by: ClueKind, text: string): string {
  const bare = text.trim().normalize('NFC');
  return by === 'user-name' || by === 'email' || GUID.test(bare) ? bare.toLowerCase() : bare;
}

/** What a store is asked for, and what it keeps: the same text whichever side it comes from. */
export function clueKey({ by, value, applicationId = '' }: ActivityClue): string {
  return by === 'email' ? `email/${value}` : `${by}/${applicationId}/${value}`;
}

/** By what an account that was read is found again: what a store keeps beside it. */
export function cluesOfAccount({
  applicationId,
  account,
}: Pick<AccountRecord, 'applicationId' | 'account'>): readonly ActivityClue[] {
  if (account === undefined) return [];
  const keys = (account.credentials ?? []).map(({ credentialId }) => clueOf('key', credentialId, applicationId));
  // Of a role that an account stands for, each session says the role beside itself.
  const session = ROLE.test(account.accountId) ? clueOf('session', account.accountId, applicationId) : undefined;
  return [
    clueOf('account', account.accountId, applicationId),
    session,
    ...keys,
    clueOf('user-name', account.userName, applicationId),
  ].filter((clue) => clue !== undefined);
}

export type Match =
  | { readonly found: 'one'; readonly by: ClueKind; readonly identityId: string }
  | { readonly found: 'several'; readonly identityIds: readonly string[] }
  | { readonly found: 'none' };

/**
 * The surest kind of clue that leads to anybody decides. Within it, clues that lead to different people tell of nobody in
 * particular; what a less sure one says beside it does not count.
 */
export function matchParty(
  found: readonly { readonly clue: ActivityClue; readonly identityIds: readonly string[] }[],
): Match {
  for (const by of CLUE_KINDS) {
    const identityIds = [
      ...new Set(found.filter(({ clue }) => clue.by === by).flatMap((one) => one.identityIds)),
    ].sort();
    const [identityId, other] = identityIds;
    if (identityId === undefined) continue;
    return other === undefined
      ? { found: 'one', by, identityId }
      : { found: 'several', identityIds: identityIds.slice(0, 10) };
  }
  return { found: 'none' };
}
