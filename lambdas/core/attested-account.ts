// A system with no API is observed through people: its account is what attested tasks add up to.
import type { Fact } from './facts.ts';
import type { ObservedState } from './difference.ts';

/** The account as attested so far; undefined while nobody has attested that it was created. */
export function attestedAccount(facts: readonly Fact[], applicationId: string): ObservedState | undefined {
  let account: { enabled: boolean; grants: Set<string> } | undefined;
  for (const fact of facts) {
    if (fact.type !== 'task-attested' || fact.applicationId !== applicationId) continue;
    for (const step of fact.steps) {
      if (step.action === 'create-account') account ??= { enabled: true, grants: new Set() };
      if (account === undefined) continue;
      if (step.action === 'enable-account') account.enabled = true;
      if (step.action === 'disable-account') account.enabled = false;
      if (step.action === 'grant' && step.grant !== undefined) account.grants.add(step.grant);
      if (step.action === 'revoke' && step.grant !== undefined) account.grants.delete(step.grant);
    }
  }
  return account && { enabled: account.enabled, grants: [...account.grants].sort(), attributes: {} };
}
