// A company in memory that asks for access and is told of it: E0001 manages E0007 and E0002, E0007 manages E1001 and owns
// svc-1, E0005 owns the application. What is mailed is kept.
import { expect } from 'vitest';
import { requestAnswerSchema } from '../../lambdas/api/requests.ts';
import type { Role } from '../../lambdas/api/roles.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { type NoticeSettings, noticeSettingsSchema } from '../../lambdas/core/requests/notice-settings.ts';
import { receiveHrEvent } from '../../lambdas/handlers/hr/receive-hr-event.ts';
import { decideRequest } from '../../lambdas/handlers/requests/decide-request.ts';
import { deliverNotices } from '../../lambdas/handlers/requests/deliver-notices.ts';
import { findDueNotices } from '../../lambdas/handlers/requests/find-due-notices.ts';
import { submitRequest } from '../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../lambdas/handlers/requests/withdraw-request.ts';
import type { ApiHandler } from '../../lambdas/middleware/serve-api.ts';
import { postToWebhook } from '../../lambdas/outbound/post-to-webhook.ts';
import type { Chats } from '../../lambdas/stores/chats.ts';
import type { Mailing, SendMail } from '../../lambdas/stores/mailbox.ts';
import { answer, apiDependencies, MODEL as BASE, requestAs, SECRET, signedRequest } from './api-requests.ts';
import { joinerEvent } from './hr-events.ts';
import { memoryNotices } from './memory-notices.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
const entitlement = (id: string, privileged = false) => ({ id, name: `The ${id}`, grant: `crm-${id}`, privileged });

export const ASKING_MODEL: AccessModel = {
  ...BASE,
  applications: BASE.applications.map((one) => ({
    ...one,
    owner: 'E0005',
    entitlements: [entitlement('admin', true), entitlement('both'), entitlement('user')],
  })),
  profiles: [],
  requests: [
    {
      id: 'admin',
      entitlements: ['crm:admin'],
      by: ['self', 'superior'],
      longestDays: 14,
      expiresDays: 3,
      stages: [
        { anyOf: ['manager'], quorum: 1, fallback: ['application-owner'] },
        { anyOf: ['security'], quorum: 1, fallback: [] },
      ],
    },
    {
      id: 'both',
      entitlements: ['crm:both'],
      by: ['self', 'superior'],
      expiresDays: 10,
      stages: [{ anyOf: ['manager', 'application-owner'], quorum: 2, fallback: [] }],
    },
    {
      id: 'user',
      entitlements: ['crm:user'],
      by: ['self', 'superior'],
      expiresDays: 10,
      stages: [{ anyOf: ['manager'], quorum: 1, fallback: ['application-owner'] }],
    },
  ],
};

export async function askingCompany(settings: Partial<NoticeSettings> = {}) {
  let sequence = 0;
  const mails: Mailing[] = [];
  const company = Object.assign(apiDependencies(), {
    accessModel: ASKING_MODEL,
    model: () => company.accessModel,
    newId: () => {
      sequence += 1;
      return `id-${sequence}`;
    },
    newSecret: () => {
      sequence += 1;
      return String(sequence).padStart(43, 's');
    },
    alert: async () => {},
    notices: memoryNotices(),
    settings: noticeSettingsSchema.parse({
      sender: 'tenure@example.com',
      securityAddress: 'security@example.com',
      ...settings,
    }),
    chats: {
      addressOf: async () => {
        throw new Error('no chat is set up');
      },
      post: postToWebhook,
    } as Chats,
    decisionsUrl: 'https://tenure.example',
    mails,
    sendMail: (async (mailing) => {
      mails.push(mailing);
      return 'sent';
    }) as SendMail,
    async hr(...events: readonly unknown[]) {
      const receive = receiveHrEvent({ ...company, secretsOf: async () => [SECRET] });
      expect(await answer(receive, signedRequest(events, { atMs: company.nowMs }))).toMatchObject({ status: 202 });
    },
    async ask(as: string, body: Record<string, unknown>) {
      const answered = await company.send(submitRequest(company), as, {
        body: { reason: 'the quarter ends', ...body },
      });
      expect(answered).toMatchObject({ status: 202 });
      const request = requestAnswerSchema.parse(answered.body);
      await company.notices.wake(request.identityId, company.nowMs);
      return request;
    },
    async decide(as: string, id: string, decision: 'approve' | 'reject' = 'approve', role: Role = 'manager') {
      const answered = await company.send(decideRequest(company), as, { id, role, body: { decision } });
      expect(answered).toMatchObject({ status: 200 });
      await company.notices.wake(requestAnswerSchema.parse(answered.body).identityId, company.nowMs);
    },
    async withdraw(as: string, id: string) {
      const answered = await company.send(withdrawRequest(company), as, { id });
      expect(answered).toMatchObject({ status: 200 });
      await company.notices.wake(requestAnswerSchema.parse(answered.body).identityId, company.nowMs);
    },
    send(
      handle: ApiHandler,
      as: string,
      sent: { id?: string; body?: unknown; role?: Role; query?: Record<string, string> },
    ) {
      const { id, body, role = 'manager', query = {} } = sent;
      const written = Buffer.from(body === undefined ? '' : JSON.stringify(body));
      return answer(handle, requestAs([role], as, { pathParameters: { id }, query, body: written }));
    },
    /** One run of the clock. */
    async tell() {
      const found = await findDueNotices(company);
      expect(found.failures).toEqual([]);
      const delivered = await deliverNotices(company);
      expect(delivered.failures).toEqual([]);
      return delivered;
    },
    /** A run each hour. @returns what was mailed, by address: the hours since, and the subject */
    async passHours(hours: number) {
      const fromMs = company.nowMs;
      const before = mails.length;
      const told: [hour: number, to: string, subject: string][] = [];
      for (let hour = 1; hour <= hours; hour += 1) {
        company.nowMs = fromMs + hour * HOUR_MS;
        await company.tell();
        for (const { to, subject } of mails.slice(before + told.length)) told.push([hour, to, subject]);
      }
      return told;
    },
    /** The tokens in what was mailed to somebody, in their order. */
    tokens: (to: string) =>
      mails
        .filter((mail) => mail.to === to)
        .flatMap(({ text }) => [...text.matchAll(/\/decisions\/(\S+)/g)].map(([, token = '']) => token)),
  });
  const service = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };
  const person = (subject: string, manager: string | null) =>
    joinerEvent({ manager, email: `${subject.toLowerCase()}@example.com` }, { id: subject, subject });
  await company.hr(
    person('E0001', null),
    person('E0007', 'E0001'),
    person('E1001', 'E0007'),
    joinerEvent({ ...service, owner: 'E0007', manager: undefined }, { id: 'd', subject: 'svc-1' }),
    person('E0002', 'E0001'),
    person('E0005', null),
  );
  return company;
}

export type AskingCompany = Awaited<ReturnType<typeof askingCompany>>;
