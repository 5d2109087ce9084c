// What waits for one's own decision, over stores in memory: what is still open and still theirs to decide, and nothing else.
import { beforeEach, expect, it } from 'vitest';
import { requestListSchema } from '../../../lambdas/api/requests.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { listRequests } from '../../../lambdas/handlers/requests/list-requests.ts';
import { type AskingCompany, askingCompany, DAY_MS, HOUR_MS } from '../../support/asking.ts';
import { joinerEvent, leaverEvent, suspensionEvent } from '../../support/hr-events.ts';

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
});

const ends = () => ({ endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString() });

/** All pages: the requests' ids, and how many pages there were. */
async function inboxOf(as: string, { role = 'manager', limit = '50' }: { role?: Role; limit?: string } = {}) {
  const ids: string[] = [];
  let after: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const query = { for: 'me', limit, ...(after !== undefined && { after }) };
    const { status, body } = await company.send(listRequests(company), as, { role, query });
    expect(status, JSON.stringify(body)).toBe(200);
    const { items, next } = requestListSchema.parse(body);
    ids.push(...items.map(({ requestId }) => requestId));
    after = next;
    if (after === undefined) return { ids: ids.sort(), pages };
    if (pages > 50) throw new Error('it does not end');
  }
}

it('is what they were asked, with who asked and until when, and nobody else’s', async () => {
  const [one, other] = [
    await company.ask('E1001', { entitlement: 'crm:user' }),
    await company.ask('E1001', { entitlement: 'crm:both' }),
  ];
  await company.tell();
  expect((await inboxOf('E0007')).ids).toEqual([one.requestId, other.requestId].sort());
  expect((await inboxOf('E0005')).ids).toEqual([other.requestId]);
  for (const person of ['E0001', 'E1001', 'E0002']) expect((await inboxOf(person)).ids).toEqual([]);
  const { body } = await company.send(listRequests(company), 'E0007', { query: { for: 'me' } });
  expect(body).toMatchObject({ items: [{ identityId: 'E1001', canDecide: expect.arrayContaining(['E0007']) }, {}] });
});

it('is no more what they have decided, what was taken back, and what has expired', async () => {
  const decided = await company.ask('E1001', { entitlement: 'crm:user' });
  const both = await company.ask('E1001', { entitlement: 'crm:both' });
  await company.tell();
  await company.decide('E0007', decided.requestId, 'reject');
  await company.decide('E0007', both.requestId);
  expect((await inboxOf('E0007')).ids).toEqual([]);
  expect((await inboxOf('E0005')).ids).toEqual([both.requestId]);
  await company.withdraw('E1001', both.requestId);
  expect((await inboxOf('E0005')).ids).toEqual([]);
  const again = await company.ask('E1001', { entitlement: 'crm:user' });
  await company.tell();
  expect((await inboxOf('E0007')).ids).toEqual([again.requestId]);
  company.nowMs += 10 * DAY_MS;
  expect((await inboxOf('E0007')).ids).toEqual([]);
});

it('goes to whoever takes their place, within the hour', async () => {
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
  await company.tell();
  await company.hr(suspensionEvent({ id: 's', subject: 'E0007' }));
  expect((await inboxOf('E0007')).ids).toEqual([]);
  company.nowMs += HOUR_MS;
  await company.tell();
  expect((await inboxOf('E0001')).ids).toEqual([requestId]);
  await company.hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0001' }));
  expect((await inboxOf('E0001')).ids).toEqual([]);
});

it('has what waits for the role security for whoever has it, but nothing of their own', async () => {
  await company.hr(joinerEvent({ manager: null }, { id: 'sec', subject: 'E0900' }));
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:admin', ...ends() });
  await company.decide('E0007', requestId);
  await company.tell();
  expect((await inboxOf('E0900', { role: 'security' })).ids).toEqual([requestId]);
  expect((await inboxOf('E0900', { role: 'it' })).ids).toEqual([]);
  expect((await inboxOf('E1001', { role: 'security' })).ids).toEqual([]);
});

it('comes page by page, each once, what was decided between them left out', async () => {
  const reports = Array.from({ length: 7 }, (_, index) => `E21${index}`);
  await company.hr(...reports.map((subject) => joinerEvent({ manager: 'E0007' }, { id: subject, subject })));
  const asked: string[] = [];
  for (const subject of reports) asked.push((await company.ask(subject, { entitlement: 'crm:user' })).requestId);
  await company.tell();
  const { ids, pages } = await inboxOf('E0007', { limit: '2' });
  expect(ids).toEqual([...asked].sort());
  expect(pages).toBe(4);
  for (const id of asked.slice(0, 6)) await company.decide('E0007', id);
  expect((await inboxOf('E0007', { limit: '2' })).ids).toEqual([asked[6]]);
});

it('is refused with another identity, to whoever is nobody, and by another’s cursor', async () => {
  await company.ask('E1001', { entitlement: 'crm:user' });
  await company.ask('E1001', { entitlement: 'crm:both' });
  await company.tell();
  const send = (as: string, query: Record<string, string>) => company.send(listRequests(company), as, { query });
  expect(await send('E0007', { for: 'me', identity: 'E1001' })).toMatchObject({ status: 422 });
  expect(await send('E0007', { for: 'you' })).toMatchObject({ status: 422 });
  const { body } = await send('E0007', { for: 'me', limit: '1' });
  const { next = '' } = requestListSchema.parse(body);
  expect(next).not.toBe('');
  expect(await send('E0005', { for: 'me', after: next })).toMatchObject({ status: 422 });
});

it('has what was asked, and what came to its next stage, before any look has found whom to ask', async () => {
  await company.hr(joinerEvent({ manager: null }, { id: 'sec', subject: 'E0900' }));
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:admin', ...ends() });
  const other = await company.ask('E1001', { entitlement: 'crm:user' });
  expect((await inboxOf('E0007', { limit: '1' })).ids).toEqual([requestId, other.requestId].sort());
  for (const person of ['E0001', 'E1001']) expect((await inboxOf(person)).ids).toEqual([]);
  expect((await inboxOf('E0900', { role: 'security' })).ids).toEqual([]);
  await company.tell();
  await company.decide('E0007', requestId);
  await company.notices.wake('E1001', company.nowMs);
  expect((await inboxOf('E0900', { role: 'security' })).ids).toEqual([requestId]);
  expect((await inboxOf('E0900', { role: 'it' })).ids).toEqual([]);
  // What a look had found before is named once.
  expect((await inboxOf('E0007')).ids).toEqual([other.requestId]);
  await company.tell();
  expect((await inboxOf('E0900', { role: 'security' })).ids).toEqual([requestId]);
});

it('looks at no more than twenty for what has just come', async () => {
  const reports = Array.from({ length: 25 }, (_, index) => `E22${index}`);
  await company.hr(...reports.map((subject) => joinerEvent({ manager: 'E0007' }, { id: subject, subject })));
  for (const subject of reports) await company.ask(subject, { entitlement: 'crm:user' });
  expect((await inboxOf('E0007')).ids).toHaveLength(20);
  await company.tell();
  expect((await inboxOf('E0007')).ids).toHaveLength(25);
});
