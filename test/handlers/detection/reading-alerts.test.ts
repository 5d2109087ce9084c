// Alerts as operators read them: who may, what is shown, and in which order.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { Alert } from '../../../lambdas/core/detection/alert.ts';
import { unknownSubject } from '../../../lambdas/core/detection/alert.ts';
import { getAlert } from '../../../lambdas/handlers/detection/get-alert.ts';
import { listAlerts } from '../../../lambdas/handlers/detection/list-alerts.ts';
import { alertOf } from '../../stores/activity/contract.ts';
import { answer, apiDependencies, requestAs } from '../../support/api-requests.ts';

let dependencies = apiDependencies();
beforeEach(() => {
  dependencies = apiDependencies();
});
const NOW_MS = alertOf().foundMs;
const idOf = (subjectId: string, letter = 'a') => `${subjectId}~${letter.repeat(16)}`;
const keep = async (changes: Partial<Alert>) => {
  expect(await dependencies.activity.saveAlert(alertOf(changes), [])).toBe(true);
};
const list = (query: Readonly<Record<string, string>> = {}, role: Role = 'security') =>
  answer(listAlerts(dependencies), requestAs([role], 'E0900', { query }));
const get = (id: string, role: Role = 'security') =>
  answer(getAlert(dependencies), requestAs([role], 'E0900', { pathParameters: { id } }));
const readsOf = async (id: string) => (await dependencies.audit.list(`READS#${id}`, { limit: 10 })).items;

describe('the list', () => {
  it('is of those that are open unless another status is asked for, last found first, page by page', async () => {
    for (const [place, letter] of ['a', 'b', 'c'].entries()) {
      await keep({ alertId: idOf('E1', letter), foundMs: NOW_MS + place });
    }
    await keep({ alertId: idOf('E1', 'd'), status: 'closed' });
    const first = await list({ limit: '2' });
    expect(first).toMatchObject({
      status: 200,
      body: { items: [{ alertId: idOf('E1', 'c') }, { alertId: idOf('E1', 'b') }] },
    });
    const { next = '' } = first.body as { readonly next?: string };
    expect(await list({ limit: '2', after: next })).toMatchObject({ body: { items: [{ alertId: idOf('E1') }] } });
    expect(await list({ status: 'closed' })).toMatchObject({ body: { items: [{ alertId: idOf('E1', 'd') }] } });
    expect(await list({ status: 'muted' })).toMatchObject({ body: { items: [] } });
  });

  it('says of whom nobody knows which source tells of them, and puts on record whom it showed', async () => {
    await keep({ alertId: idOf('E1') });
    await keep({ alertId: idOf(unknownSubject('okta')), subjectId: unknownSubject('okta') });
    const { body } = await list();
    const { items } = body as { readonly items: readonly Record<string, unknown>[] };
    expect(items.map(({ identityId, source }) => ({ identityId, source }))).toContainEqual({ source: 'okta' });
    expect(await readsOf('E1')).toMatchObject([{ actor: { id: 'E0900' }, event: { operation: 'list-alerts' } }]);
  });

  it.each([
    ['another status', { status: 'asleep' }],
    ['an emergency, which is none', { status: 'emergency' }],
    ['more than a page holds', { limit: '1001' }],
  ])('refuses %s', async (_, query) => {
    expect(await list(query)).toMatchObject({ status: 422 });
  });

  it.each(['hr', 'manager', 'it', 'employee'] as const)('is not for the role %s', async (role) => {
    expect(await list({}, role)).toMatchObject({ status: 403 });
    expect(await get(idOf('E1'), role)).toMatchObject({ status: 403 });
  });
});

describe('one', () => {
  it('is shown with why, what followed, and as a finding, and nothing of a link', async () => {
    const question = {
      linkId: 'link-1',
      secretHash: 'a-hash',
      person: 'E2',
      raised: 1,
      askedMs: NOW_MS,
      expiresMs: NOW_MS + 1,
    };
    const taken = [{ kind: 'asked', atMs: NOW_MS, detail: 'E2' }] as const;
    await keep({ alertId: idOf('E1'), questions: [question], taken, posted: { slack: 1 } });
    const shown = await get(idOf('E1'), 'auditor');
    expect(shown).toMatchObject({
      status: 200,
      body: {
        identityId: 'E1',
        evidence: { fact: 'acme-hr:e1-leaves' },
        records: [{ source: 'crm-log', recordId: 'r1' }],
        taken: [{ kind: 'asked', detail: 'E2' }],
        questions: [{ person: 'E2', askedAt: new Date(NOW_MS).toISOString() }],
        finding: { class_uid: 2004, finding_info: { uid: idOf('E1') } },
      },
    });
    expect(JSON.stringify(shown.body)).not.toMatch(/a-hash|link-1|posted/);
    expect(await readsOf('E1')).toMatchObject([{ event: { operation: 'get-alert' } }]);
  });

  it.each(['nothing', idOf('E2'), '', 'MUTES#', `${idOf('E1')}x`])('that is not there is not found: %s', async (id) => {
    await keep({ alertId: idOf('E1') });
    expect(await get(id)).toMatchObject({ status: 404 });
  });
});
