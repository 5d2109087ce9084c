// A simulated world in which people are told: what is to be told is found and mailed hour by hour, as it is by the clock.
import { expect } from 'vitest';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { noticeSettingsSchema } from '../../lambdas/core/requests/notice-settings.ts';
import { deliverNotices } from '../../lambdas/handlers/requests/deliver-notices.ts';
import { findDueNotices } from '../../lambdas/handlers/requests/find-due-notices.ts';
import type { Mailing } from '../../lambdas/stores/mailbox.ts';
import type { VirtualTime } from '../simulation/virtual-time.ts';
import { World } from '../simulation/world.ts';
import { memoryNotices } from './memory-notices.ts';
import { telling } from './telling.ts';

export const HOUR_MS = 3_600_000;

export function tellingWorld(model: AccessModel, time: VirtualTime) {
  const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
  const notices = memoryNotices();
  const world: World = new World({ model, retryPolicy, notices });
  const mails: Mailing[] = [];
  const dependencies = {
    ...world.stores,
    notices,
    clock: () => time.nowMs,
    newId: () => `id-${time.nowMs}`,
    newSecret: () => 's'.repeat(43),
    model: () => model,
    settings: noticeSettingsSchema.parse({ sender: 'tenure@example.com', securityAddress: 'security@example.com' }),
    chats: {
      addressOf: async () => undefined,
      post: async () => {
        throw new Error('no chat is set up');
      },
    },
    decisionsUrl: 'https://tenure.example',
    sendMail: async (mailing: Mailing) => {
      mails.push(mailing);
      return 'sent' as const;
    },
  };
  return {
    world,
    mails,
    tell: telling(world, time).tell,
    /** A run, and a sweep, each hour. @returns what was mailed: the hours since, to whom, and the subject */
    async passHours(hours: number) {
      const fromMs = time.nowMs;
      const before = mails.length;
      const told: [hour: number, to: string, subject: string][] = [];
      for (let hour = 1; hour <= hours; hour += 1) {
        await time.runUntil(fromMs + hour * HOUR_MS);
        expect((await findDueNotices(dependencies)).failures).toEqual([]);
        expect((await deliverNotices(dependencies)).failures).toEqual([]);
        if (world.isAnythingDue()) world.sweep();
        for (const { to, subject } of mails.slice(before + told.length)) told.push([hour, to, subject]);
      }
      return told;
    },
  };
}
