// What is promised of what is kept of activity, in DynamoDB and in memory alike.
import { expect, it } from 'vitest';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import type { Alert } from '../../../lambdas/core/detection/alert.ts';
import { type ActivityStore, fetchedId } from '../../../lambdas/stores/activity/activity-store.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const DAY_MS = 86_400_000;

export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    alertId: 'E1~0123456789abcdef',
    subjectId: 'E1',
    detection: 'sign-in-after-departure',
    title: 'Somebody who has left signs in',
    severity: 'critical',
    status: 'open',
    response: 'suspend',
    runbook: 'alert-raised',
    raised: 1,
    answered: 0,
    raisedMs: NOW,
    foundMs: NOW,
    firstMs: NOW,
    lastMs: NOW,
    count: 1,
    records: [{ source: 'crm-log', recordId: 'r1', timeMs: NOW, operation: 'logon' }],
    seen: ['0123456789ab'],
    because: 'E1 left before it signed in.',
    evidence: { fact: 'acme-hr:e1-leaves' },
    taken: [],
    revision: 1,
    ...changes,
  };
}

function entryOf(entryId: string): AuditEntry {
  return {
    identityId: 'E1',
    entryId,
    at: '2026-11-29T12:00:00.000Z',
    actor: { type: 'tenure', id: 'judge-activity' },
    event: { type: 'alert-raised', alertId: 'E1~0123456789abcdef', detection: 'd', severity: 'low', raised: 1 },
  };
}

const remembering = (revision: number, changes: { alerts?: readonly Alert[]; audit?: readonly AuditEntry[] } = {}) => ({
  memory: { subjectId: 'E1', memory: { lastMs: revision }, revision },
  expiresMs: NOW + DAY_MS,
  alerts: [],
  audit: [],
  ...changes,
});

export function describeActivity(open: () => Promise<ActivityStore>): void {
  it('remembers on what was read, and on nothing else', async () => {
    const store = await open();
    expect(await store.recall(['E1', 'E2'])).toEqual(new Map());
    expect(await store.remember(remembering(1))).toBe(true);
    expect(await store.remember(remembering(1))).toBe(false);
    expect(await store.remember(remembering(3))).toBe(false);
    expect(await store.remember(remembering(2))).toBe(true);
    expect(await store.recall(['E1', 'E2'])).toEqual(
      new Map([['E1', { subjectId: 'E1', memory: { lastMs: 2 }, revision: 2 }]]),
    );
  });

  it('remembers what was found with the memory, or neither', async () => {
    const store = await open();
    const first = remembering(1, { alerts: [alertOf()], audit: [entryOf('raised:1')] });
    expect(await store.remember(first)).toBe(true);
    expect(await store.findAlerts(['E1~0123456789abcdef'])).toEqual([alertOf()]);
    // Somebody has looked at the alert since.
    expect(await store.remember(remembering(2, { alerts: [alertOf({ count: 2 })] }))).toBe(false);
    expect((await store.recall(['E1'])).get('E1')?.revision).toBe(1);
    expect(await store.remember(remembering(2, { alerts: [alertOf({ count: 2, revision: 2 })] }))).toBe(true);
    expect(await store.findAlerts(['E1~0123456789abcdef'])).toEqual([alertOf({ count: 2, revision: 2 })]);
  });

  it('lists alerts by where they stand, last found first, page by page', async () => {
    const store = await open();
    const ids = ['a', 'b', 'c'].map((letter) => `E1~${letter.repeat(16)}`);
    for (const [place, alertId] of ids.entries()) {
      expect(await store.saveAlert(alertOf({ alertId, foundMs: NOW + place }), [])).toBe(true);
    }
    const first = await store.listAlerts({ status: 'open', limit: 2 });
    expect(first.items.map(({ alertId }) => alertId)).toEqual([ids[2], ids[1]]);
    const second = await store.listAlerts({ status: 'open', limit: 2, after: first.next });
    expect(second.items.map(({ alertId }) => alertId)).toEqual([ids[0]]);
    const closed = alertOf({ alertId: ids[1] as string, foundMs: NOW + 1, status: 'closed', revision: 2 });
    expect(await store.saveAlert(closed, [])).toBe(true);
    expect((await store.listAlerts({ status: 'closed', limit: 5 })).items).toEqual([closed]);
    expect((await store.listAlerts({ status: 'open', limit: 5 })).items).toHaveLength(2);
  });

  it('finds no alert under what is none of its ids', async () => {
    const store = await open();
    expect(await store.findAlerts(['E1', 'E1~', '~', 'MUTES#~0123456789abcdef', 'x'.repeat(300)])).toEqual([]);
  });

  it('mutes with the alert, until it ends or is ended', async () => {
    const store = await open();
    const about = { detection: 'd', by: 'operator', reason: 'a test', sinceMs: NOW, untilMs: NOW + DAY_MS };
    const mute = { muteId: 'm1', subjectId: 'E1', ...about };
    expect(await store.saveAlert(alertOf({ status: 'muted' }), [], mute)).toBe(true);
    expect(await store.listMutes(NOW)).toEqual([mute]);
    expect(await store.listMutes(NOW + DAY_MS)).toEqual([]);
    expect(await store.endMute('m2', NOW, [])).toBe(false);
    expect(await store.endMute('m1', NOW + 1, [])).toBe(true);
    expect(await store.listMutes(NOW + 1)).toEqual([]);
    expect(await store.endMute('m1', NOW + 2, [])).toBe(false);
  });

  it('counts whom nobody knows', async () => {
    const store = await open();
    const seen = { source: 'okta', actor: 'eve@example.com', firstMs: NOW, lastMs: NOW, count: 2 };
    await store.noteUnknown([seen, { ...seen, actor: 'mallory' }], NOW + DAY_MS);
    await store.noteUnknown([{ ...seen, firstMs: NOW + 5, lastMs: NOW + 9, count: 3 }], NOW + DAY_MS);
    const { items } = await store.listUnknown({ source: 'okta', limit: 10 });
    expect(items.toSorted((one, other) => one.actor.localeCompare(other.actor))).toEqual([
      { ...seen, lastMs: NOW + 9, count: 5 },
      { ...seen, actor: 'mallory' },
    ]);
    expect((await store.listUnknown({ source: 'slack', limit: 10 })).items).toEqual([]);
  });

  it('finds whose account it is by what it is known by now', async () => {
    const store = await open();
    await store.saveClues('E1', 'crm', ['account/crm/a1', 'user-name/crm/ada']);
    await store.saveClues('E2', 'crm', ['account/crm/a2', 'user-name/crm/ada']);
    const asked = ['account/crm/a1', 'user-name/crm/ada', 'user-name/crm/nobody'];
    const found = await store.findByClues(asked);
    expect(found.get('account/crm/a1')).toEqual(['E1']);
    expect(found.get('user-name/crm/ada')?.toSorted()).toEqual(['E1', 'E2']);
    expect(found.has('user-name/crm/nobody')).toBe(false);
    await store.saveClues('E2', 'crm', ['account/crm/a2', 'user-name/crm/bob']);
    expect((await store.findByClues(asked)).get('user-name/crm/ada')).toEqual(['E1']);
    await store.saveClues('E1', 'crm', []);
    expect([...(await store.findByClues(asked)).keys()]).toEqual([]);
    expect((await store.findByClues(['user-name/crm/bob'])).get('user-name/crm/bob')).toEqual(['E2']);
  });

  it('finds who takes access in an emergency by when it begins, and never among alerts', async () => {
    const store = await open();
    await store.noteEmergency({ identityId: 'E7', requestId: 'r1', startsMs: NOW });
    await store.noteEmergency({ identityId: 'E7', requestId: 'r2', startsMs: NOW + 5 });
    await store.noteEmergency({ identityId: 'E8', requestId: 'r3', startsMs: NOW + 10 });
    expect(await store.listEmergencies(NOW, NOW + 9)).toEqual(['E7']);
    expect((await store.listEmergencies(NOW, NOW + 10)).toSorted()).toEqual(['E7', 'E8']);
    expect(await store.listEmergencies(NOW + 11, NOW + DAY_MS)).toEqual([]);
    expect((await store.listAlerts({ status: 'open', limit: 10 })).items).toEqual([]);
    expect(await store.recall(['E7'])).toEqual(new Map());
  });

  it('tells which records were fetched, of the windows that are asked about', async () => {
    const store = await open();
    const ids = Array.from({ length: 300 }, (_, index) => `record-${index}`);
    await store.noteFetched('okta', NOW, ids.slice(0, 200), NOW + DAY_MS);
    await store.noteFetched('okta', NOW, ids.slice(0, 200), NOW + DAY_MS);
    await store.noteFetched('okta', NOW + 60_000, ids.slice(200), NOW + DAY_MS);
    await store.noteFetched('okta', NOW, [], NOW + DAY_MS);
    const first = await store.listFetched('okta', NOW, NOW);
    expect(first.size).toBe(200);
    expect([first.has(fetchedId('record-199')), first.has(fetchedId('record-200'))]).toEqual([true, false]);
    expect((await store.listFetched('okta', NOW, NOW + 60_000)).size).toBe(300);
    expect((await store.listFetched('okta', NOW + 1, NOW + 59_999)).size).toBe(0);
    expect((await store.listFetched('slack', NOW, NOW + 60_000)).size).toBe(0);
  });

  it('keeps how far a source was read for whoever read on from there', async () => {
    const store = await open();
    expect(await store.readCursor('okta')).toBeUndefined();
    const cursor = { cursor: 'page-2', readMs: NOW, revision: 1 };
    expect(await store.saveCursor('okta', cursor)).toBe(true);
    expect(await store.saveCursor('okta', { ...cursor, cursor: 'page-9' })).toBe(false);
    expect(await store.readCursor('okta')).toEqual(cursor);
    expect(await store.saveCursor('okta', { ...cursor, cursor: 'page-3', revision: 2 })).toBe(true);
  });
}
