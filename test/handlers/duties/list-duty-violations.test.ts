// Who holds, or would hold, two sides of a rule: looked through page by page, for those who answer for it.
import { expect, it } from 'vitest';
import { violationPageSchema } from '../../../lambdas/api/duties.ts';
import type { IdentityHeader } from '../../../lambdas/core/access/identity-record.ts';
import { listDutyViolations } from '../../../lambdas/handlers/duties/list-duty-violations.ts';
import { answer, CLAIMS, NOW_MS, requestAs } from '../../support/api-requests.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const VIOLATION = {
  rule: 'r',
  severity: 'high',
  mode: 'require-exception',
  outcome: 'excepted',
  sinceMs: NOW_MS,
  held: ['x:a', 'y:b'],
  refused: [],
  owner: 'E9',
  untilMs: NOW_MS + 1_000,
} as const;

/** One page of headers for each number: whether its one identity has a violation. */
function asking(pages: readonly boolean[]) {
  const stores = memoryStores();
  const listIdentities = async ({ after = '0' }: { readonly after?: string | undefined }) => {
    const at = Number(after);
    const header = { identityId: `E${at}`, ...(pages[at] && { violations: [VIOLATION] }) } as unknown as IdentityHeader;
    return { items: [header], next: at + 1 < pages.length ? String(at + 1) : undefined };
  };
  const directory = { ...stores.directory, listIdentities };
  const model = () => ({ hash: '', applications: [], profiles: [] });
  const dependencies = { ...stores, directory, clock: () => NOW_MS, newId: () => 'id', model, claims: CLAIMS };
  return (role: string, query: Record<string, string> = {}) =>
    answer(listDutyViolations(dependencies as never), requestAs([role as 'security'], 'E1', { query }));
}

it('shows each with its rule, its sides and its exception', async () => {
  const { status, body } = await asking([false, true])('security');
  expect(status).toBe(200);
  expect(violationPageSchema.parse(body).items).toEqual([
    {
      identityId: 'E1',
      rule: 'r',
      severity: 'high',
      mode: 'require-exception',
      outcome: 'excepted',
      since: new Date(NOW_MS).toISOString(),
      held: ['x:a', 'y:b'],
      refused: [],
      exception: { owner: 'E9', until: new Date(NOW_MS + 1_000).toISOString() },
    },
  ]);
});

it('looks through so many at once, and goes on from there', async () => {
  const many = asking(Array.from({ length: 30 }, (_, index) => index >= 20));
  const first = violationPageSchema.parse((await many('auditor')).body);
  expect(first).toEqual({ items: [], next: '20' });
  const some = violationPageSchema.parse((await many('auditor', { after: '20', limit: '2' })).body);
  expect([some.items.map(({ identityId }) => identityId), some.next]).toEqual([['E20', 'E21'], '22']);
  const rest = violationPageSchema.parse((await many('auditor', { after: '22' })).body);
  expect([rest.items.length, rest.next]).toEqual([8, undefined]);
});

it('is not for those who have no say in it', async () => {
  expect((await asking([true])('it')).status).toBe(403);
});
