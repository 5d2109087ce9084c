// Somebody whose leaver came before Tenure had looked at any system: the account they had there from before is no less
// theirs, and a removal that has not looked for it proves nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { MODEL } from '../../simulation/access-model.ts';
import type { SystemAccount } from '../../simulation/memory-system.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
});
afterEach(() => time.uninstall());

/** An account from before Tenure in the cloud, by the name that HR gives, and HR's words all at once. */
async function tellAtOnce(...facts: readonly Fact[]) {
  const world = new World({ model: MODEL, retryPolicy });
  world.systems.get('cloud')?.addEarlier({ userName: 'ada@acme.example', holder: 'E1', grants: ['billing'] });
  for (const fact of facts) await world.record(fact);
  await time.runUntil(time.nowMs + 30 * MINUTE_MS);
  const record = await world.stores.directory.load('E1');
  const certificate = await world.stores.accounts.findCertificate(`E1.${record?.header.removal?.version}`);
  return { account: world.systems.get('cloud')?.heldBy('E1'), record, certificate };
}

function isUsable(account: SystemAccount | undefined): boolean {
  return account !== undefined && (account.enabled || account.grants.size > 0);
}

describe('an account from before of somebody whose leaver came before Tenure had looked', () => {
  it('is closed and certified where a reason would have held it up', async () => {
    const { account, certificate } = await tellAtOnce(
      leaver('2026-11-22'),
      joiner('2026-11-01', { department: 'Sales' }),
    );
    expect(isUsable(account)).toBe(false);
    expect(certificate?.applications).toContainEqual(expect.objectContaining({ applicationId: 'cloud' }));
  });

  it('is so where the reason had ended with a mover before that', async () => {
    const { account } = await tellAtOnce(
      leaver('2026-11-22'),
      mover('2026-11-10', { department: 'Support' }),
      joiner('2026-11-01', { department: 'Sales' }),
    );
    expect(isUsable(account)).toBe(false);
  });

  it('is not looked for where the employment never began', async () => {
    const { account, certificate } = await tellAtOnce(
      joiner('2026-12-01', { department: 'Sales' }),
      leaver('2026-11-22', { immediate: true }),
    );
    expect(isUsable(account)).toBe(true);
    expect(certificate?.applications ?? []).toEqual([]);
  });
});
