import { describe, expect, it } from 'vitest';
import type { Step } from '../../../lambdas/core/access/difference.ts';
import type { AuditEntry, AuditEvent } from '../../../lambdas/core/audit/audit.ts';
import { ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import {
  buildCertificate,
  type CertificateInput,
  type ClosedAccount,
  type NotProven,
} from '../../../lambdas/core/removal/certificate.ts';
import { certificatePage } from '../../../lambdas/handlers/removal/certificate-page.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const LEFT_MS = Date.parse('2026-11-23T16:00:00Z');
const iso = (afterSeconds: number) => new Date(LEFT_MS + afterSeconds * 1_000).toISOString();

let entries: AuditEntry[] = [];
const entry = (at: string, event: AuditEvent) => {
  const entryId = `e${entries.length}`;
  entries.push({ identityId: 'E1', entryId, at, actor: { type: 'tenure', id: 'connector:scim' }, event });
};
const changed = (at: string, applicationId: string, step: Step) =>
  entry(at, { type: 'access-changed', applicationId, callId: 'c', step });

function input(changes: Partial<CertificateInput> = {}): CertificateInput {
  const facts = [joiner('2026-11-01'), leaver('2026-11-23T16:00:00Z')];
  return {
    identityId: 'E1',
    removal: { version: 3, startedMs: LEFT_MS + 500 },
    provenMs: LEFT_MS + 600_000,
    state: identityAt(buildTimeline(facts), LEFT_MS),
    facts,
    accounts: [
      {
        applicationId: 'crm',
        account: { accountId: 'u1', enabled: false, grants: [] },
        readMs: LEFT_MS + 600_000,
        closedMs: LEFT_MS + 4_000,
        residual: { what: 'access tokens already issued', untilMs: LEFT_MS + 304_000 },
      },
      { applicationId: 'wiki', readMs: LEFT_MS + 600_000, closedMs: LEFT_MS + 2_000 },
    ],
    managed: new Set(['crm', 'wiki', 'badge']),
    tasks: [
      {
        taskId: 't1',
        applicationId: 'badge',
        attestedBy: 'E7',
        attestedMs: LEFT_MS + 60_000,
        evidence: 'badge <4711> cut',
      },
      { taskId: 't0', applicationId: 'badge', attestedBy: 'E7', attestedMs: LEFT_MS - 86_400_000 },
    ],
    entries,
    ...changes,
  };
}

describe('the offboarding certificate', () => {
  it('of a departure that was dated back names no attestation from before it was known', () => {
    const backdated = leaver('2026-11-20T16:00:00Z', { recorded: new Date(LEFT_MS).toISOString() });
    const facts = [joiner('2026-11-01'), backdated];
    const state = identityAt(buildTimeline(facts), LEFT_MS);
    const { attestations, departedAt } = buildCertificate(input({ facts, state }));
    expect(departedAt).toBe('2026-11-20T16:00:00.000Z');
    expect(attestations.map(({ taskId }) => taskId)).toEqual(['t1']);
  });

  it('names what was attested for the removal, whatever is told later of the time before', () => {
    const told = (afterS: number) => ({ recorded: iso(afterS), received: iso(afterS) });
    const facts = [
      joiner('2026-11-01'),
      leaver(iso(0), told(1)),
      mover('2026-11-20T00:00:00Z', { title: 'Clerk' }, told(90)),
    ];
    const state = identityAt(buildTimeline(facts), LEFT_MS + 600_000);
    const { attestations } = buildCertificate(input({ facts, state }));
    expect(attestations.map(({ taskId }) => taskId)).toEqual(['t1']);
  });

  it('tells per system what was removed, by what, until when access was possible, and on which entries that rests', () => {
    entries = [];
    changed(iso(-90), 'crm', { action: 'disable-account' });
    entries = [];
    changed(iso(1), 'crm', { action: 'disable-account' });
    changed(iso(2), 'crm', { action: 'end-sessions' });
    changed(iso(3), 'crm', { action: 'revoke-credential', kind: 'token', credentialId: 'k1' });
    changed(iso(4), 'crm', { action: 'revoke', grant: 'Sales', entitlement: 'sales', privileged: false });
    changed(iso(4), 'crm', { action: 'update-account', attributes: ['title'] });
    changed(iso(2), 'wiki', { action: 'delete-account' });
    entry(iso(5), { type: 'access-read-back', applicationId: 'crm', callId: 'c' });
    entry(iso(6), { type: 'access-read-back', applicationId: 'crm', callId: 'c', error: '503' });
    const certificate = buildCertificate(input({ entries }));
    expect(certificate).toMatchObject({
      certificateId: 'E1.3',
      departedAt: iso(0),
      provenAt: iso(600),
      lastAccessAt: iso(304),
    });
    const [crm, wiki] = certificate.applications;
    expect(crm).toMatchObject({
      outcome: 'disabled',
      disabledAt: iso(1),
      lastGrantRemovedAt: iso(4),
      closedAt: iso(4),
      residual: { what: 'access tokens already issued', until: iso(304) },
      lastAccessAt: iso(304),
      verifiedBy: ['e6'],
    });
    expect(crm?.removed.map(({ action, what, by, entryId }) => [action, what, by, entryId])).toEqual([
      ['disable-account', undefined, 'connector:scim', 'e0'],
      ['end-sessions', undefined, 'connector:scim', 'e1'],
      ['revoke-credential', 'token k1', 'connector:scim', 'e2'],
      ['revoke', 'Sales', 'connector:scim', 'e3'],
    ]);
    expect(wiki).toMatchObject({ outcome: 'deleted', lastAccessAt: iso(2), disabledAt: iso(2) });
    expect(certificate.attestations).toEqual([
      { taskId: 't1', applicationId: 'badge', attestedBy: 'E7', attestedAt: iso(60), evidence: 'badge <4711> cut' },
    ]);
  });

  it('says whose word it is: what was read, or what somebody attested after the departure', () => {
    const badge = {
      applicationId: 'badge',
      readMs: LEFT_MS + 600_000,
      closedMs: LEFT_MS + 60_000,
      byHand: true,
    } as const;
    const { accounts } = input();
    const proven = buildCertificate(input({ entries: [], accounts: [...accounts, badge] }));
    expect(
      proven.applications.map(({ applicationId, provenBy, verifiedAt }) => [applicationId, provenBy, verifiedAt]),
    ).toEqual([
      ['crm', 'read-back', iso(600)],
      ['wiki', 'read-back', iso(600)],
      ['badge', 'attestation', iso(60)],
    ]);
    expect(proven.notProven).toEqual([]);
  });

  const closed = { accountId: 'u9', enabled: false, grants: [] };
  const key = { credentialId: 'k', kind: 'token' } as const;
  it.each<[string, Partial<ClosedAccount>, NotProven['why']]>([
    ['an application that the model no longer has', { applicationId: 'sold' }, 'not-in-model'],
    ['what was read before the departure', { readMs: LEFT_MS - 1 }, 'not-read'],
    ['what was read before the removal began', { readMs: LEFT_MS + 499 }, 'not-read'],
    ['what was attested before the departure', { byHand: true }, 'not-attested'],
    ['an account that is enabled', { account: { ...closed, enabled: true } }, 'open'],
    ['an account that holds something', { account: { ...closed, grants: ['admins'] } }, 'open'],
    ['an account with a session', { account: { ...closed, openSessions: 1 } }, 'open'],
    ['an account with a key', { account: { ...closed, credentials: [key] } }, 'open'],
  ])('proves nothing of %s, and says so', (_, changes, why) => {
    const account = { applicationId: 'crm', account: closed, readMs: LEFT_MS + 9_000, closedMs: LEFT_MS, ...changes };
    const { applicationId, readMs } = account;
    entries = [];
    changed(iso(2), applicationId, { action: 'disable-account' });
    const tasks = [
      { taskId: 't0', applicationId, attestedBy: 'E7', attestedMs: LEFT_MS - 86_400_000, evidence: undefined },
    ];
    const certificate = buildCertificate(input({ accounts: [account], tasks, entries }));
    expect(certificate.applications).toEqual([]);
    expect(certificate.notProven).toMatchObject([
      { applicationId, why, lastReadAt: new Date(readMs).toISOString(), removed: [{ action: 'disable-account' }] },
    ]);
    const page = certificatePage(certificate);
    expect(page).toContain('Not proven of ');
    expect(page).toContain(`${applicationId}: not proven`);
    expect(page).toContain('0 systems were read back');
  });

  it('names what was handed over after this departure, and nothing after another', () => {
    const left = leaver('2026-11-23T16:00:00Z');
    const handedOver = (departure: string, ...ids: readonly string[]) => ({
      ...ownFactBase('E1', `${departure}/handed-over/${ids.length}`, LEFT_MS),
      type: 'handed-over' as const,
      departure,
      owned: ids.map((identityId) => ({ identityId, factId: `tenure:${identityId}` })),
    });
    const facts = [joiner('2026-11-01'), left, handedOver(left.factId, 'svc-2', 'svc-1'), handedOver('other', 'svc-3')];
    const state = identityAt(buildTimeline(facts), LEFT_MS);
    const certificate = buildCertificate(input({ facts, state }));
    expect(certificate.handedOver).toEqual(['svc-1', 'svc-2']);
    expect(certificatePage(certificate)).toContain('svc-1, svc-2');
  });

  it('says so when more was removed than it lists', () => {
    entries = [];
    for (let index = 0; index < 250; index += 1) {
      changed(iso(1), 'crm', { action: 'revoke', grant: `g${index}`, privileged: false });
    }
    const [crm] = buildCertificate(input({ entries })).applications;
    expect(crm?.removed).toHaveLength(200);
    expect(crm?.truncated).toBe(true);
  });

  it('prints as a page that holds all of it and no markup of others', () => {
    entries = [];
    changed(iso(4), 'crm', { action: 'revoke', grant: '<script>alert(1)</script>', privileged: false });
    const page = certificatePage(buildCertificate(input({ entries })));
    expect(page).not.toContain('Not proven of ');
    for (const told of ['E1.3', iso(304), 'access tokens already issued', 'badge &lt;4711&gt; cut', 'e0']) {
      expect(page).toContain(told);
    }
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('<script');
  });
});
