// When accounts and entitlements were last used, as far as any system tells of it.
import type { IdentityAnswer } from '../../api/identities.ts';
import { type LastUse, lastUseOfApplication, lastUseOfEntitlement } from '../../core/access/last-use.ts';
import type { ActivityMemory } from '../../core/detection/memory.ts';
import { toIso } from '../../core/moment.ts';

export function withLastUse(answer: IdentityAnswer, memory: ActivityMemory | undefined): IdentityAnswer {
  const told = (use: LastUse | undefined) =>
    use && { lastUsed: { at: toIso(use.atMs), ...(use.approximate && { approximate: use.approximate }) } };
  return {
    ...answer,
    accounts: answer.accounts.map((account) => ({
      ...account,
      ...told(lastUseOfApplication(memory, account.applicationId)),
    })),
    entitlements: answer.entitlements.map((held) => ({
      ...held,
      ...told(lastUseOfEntitlement(memory, held.entitlement)),
    })),
  };
}
