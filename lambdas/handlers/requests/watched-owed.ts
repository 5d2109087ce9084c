// What is owed for an identity, and who can see to it, as all of them are now.
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import type { WatchedOwed } from '../../core/requests/notices.ts';
import { owedFor } from '../../core/requests/owed.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { whoAnswers } from '../shared/who-answers.ts';
import type { RequestDependencies } from './load-request.ts';

export async function owedIn(
  dependencies: RequestDependencies,
  { record, timeline, state, nowMs }: LoadedIdentity,
): Promise<readonly WatchedOwed[]> {
  const { identityId } = record.header;
  const owed = owedFor({ identityId, timeline, state, accounts: record.accounts, nowMs });
  const ownerId = ownerNeededBy(state);
  if (ownerId === undefined || owed.length === 0) return [];
  const people = await whoAnswers(dependencies, ownerId);
  return owed.map((one) => {
    // Credentials are the owner's own to replace.
    const theirs = one.what === 'credentials' ? people.slice(0, 1) : people;
    return { owed: one, recipients: theirs.map((person) => ({ person })) };
  });
}
