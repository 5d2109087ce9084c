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

  describe("whose e-mail address is somebody else's by now", () => {
    const other = (fact: Fact): Fact => ({
      ...fact,
      identityId: 'E2',
      factId: `${fact.factId}-2`,
      sourceEventId: fact.factId,
    });
    const heir = other(joiner('2026-11-02', { department: 'Support' }));

    async function tellOfBoth(carried: string, ...facts: readonly Fact[]) {
      const world = new World({ model: MODEL, retryPolicy });
      const found = { userName: 'ada@acme.example', holder: 'E2', grants: ['billing'] };
      Object.assign(world.systems.get('cloud')?.addEarlier(found) ?? {}, { identityId: carried });
      for (const fact of facts) await world.record(fact);
      const sweepFor = async (minutes: number) => {
        for (let minute = 0; minute < minutes; minute += 10) {
          world.sweep();
          await time.runUntil(time.nowMs + 10 * MINUTE_MS);
        }
      };
      await sweepFor(60);
      const record = async () => world.stores.directory.load('E1');
      const certificate = async () =>
        world.stores.accounts.findCertificate(`E1.${(await record())?.header.removal?.version}`);
      return { world, sweepFor, record, certificate, account: () => world.systems.get('cloud')?.heldBy('E2') };
    }
    const LEFT = [leaver('2026-11-22'), joiner('2026-11-01', { department: 'Sales' })];

    it('is left alone until it is known whose it is, and the removal is not proven', async () => {
      const { world, sweepFor, record, certificate, account } = await tellOfBoth('', heir, ...LEFT);
      expect(isUsable(account())).toBe(true);
      expect(await certificate()).toBeUndefined();
      const cloud = (await record())?.accounts.find(({ applicationId }) => applicationId === 'cloud');
      expect(cloud?.lastError).toContain('may be that of identity E2');
      expect(world.escalations.join()).toContain('cloud');
      // It turns out to be that of whoever has the address, for whom it is due.
      await world.record(other(mover('2026-11-23', { department: 'Sales' })));
      await sweepFor(120);
      expect(isUsable(account())).toBe(true);
      expect(await certificate()).toMatchObject({ identityId: 'E1' });
    });

    it('is closed all the same where it carries the id of whoever left', async () => {
      const { certificate, account } = await tellOfBoth('E1', heir, ...LEFT);
      expect(isUsable(account())).toBe(false);
      expect(await certificate()).toMatchObject({ identityId: 'E1' });
    });
  });
});
