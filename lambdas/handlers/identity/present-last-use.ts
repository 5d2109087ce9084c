// When accounts and entitlements were last used, as far as any system tells of it.
import type { IdentityAnswer } from '../../api/identities.ts';
import type { ActivityMemory } from '../../core/detection/memory.ts';
import { toIso } from '../../core/moment.ts';

export function withLastUse(answer: IdentityAnswer, memory: ActivityMemory | undefined): IdentityAnswer {
  if (memory === undefined) return answer;
  const of = (used: Readonly<Record<string, number>>, id: string) => (Object.hasOwn(used, id) ? used[id] : undefined);
  return {
    ...answer,
    accounts: answer.accounts.map((account) => {
      const atMs = of(memory.applications, account.applicationId);
      return atMs === undefined ? account : { ...account, lastUsed: { at: toIso(atMs) } };
    }),
    entitlements: answer.entitlements.map((held) => {
      const exactMs = of(memory.entitlements, held.entitlement);
      if (exactMs !== undefined) return { ...held, lastUsed: { at: toIso(exactMs) } };
      const [applicationId = ''] = held.entitlement.split(':');
      const atMs = of(memory.applications, applicationId);
      return atMs === undefined ? held : { ...held, lastUsed: { at: toIso(atMs), approximate: true } };
    }),
  };
}
