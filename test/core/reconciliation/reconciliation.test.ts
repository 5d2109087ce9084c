import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unreviewedGrants } from '../../../lambdas/core/access/adoption.ts';
import type { DesiredAccount } from '../../../lambdas/core/access/desired-access.ts';
import { difference } from '../../../lambdas/core/access/difference.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import { reconciliationSettingsSchema } from '../../../lambdas/core/access-model/reconciliation-settings.ts';
import type { IdentityStatus } from '../../../lambdas/core/identity/timeline.ts';
import {
  cluesIn,
  type Finding,
  isRepairable,
  judgeMatched,
  judgeUnmatched,
  keepsUnreviewed,
  linkFor,
  matchAccount,
  repairsAfterRun,
} from '../../../lambdas/core/reconciliation/reconciliation.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const KNOWN = ['reader', 'writer', 'admin'];
const application: Application = {
  id: 'wiki',
  name: 'Wiki',
  connector: 'scim',
  owner: 'E0',
  settings: {},
  entitlements: KNOWN.map((id) => ({ id, name: id, grant: id.toUpperCase(), privileged: id === 'admin' })),
};
const account = (changes: Partial<ObservedAccount> = {}): ObservedAccount => ({
  accountId: 'a1',
  userName: 'ada@acme.example',
  enabled: true,
  grants: [],
  attributes: {},
  ...changes,
});
const desiredWith = (...entitlements: string[]): DesiredAccount => ({
  applicationId: 'wiki',
  enabled: true,
  joinedBy: 'f',
  entitlements: entitlements.map((entitlement) => ({ entitlement, reasons: [] })),
});
const context = { application, canDisable: true, nowMs: NOW_MS };

const CAPABILITIES = {
  endSessions: false,
  revokeCredentials: false,
  transferOwnership: false,
  archive: false,
  update: false,
  delete: true,
};

describe('whose account it is', () => {
  it('a link says before any attribute does', () => {
    const clues = [{ by: 'email', identityIds: ['E2'] }] as const;
    expect(matchAccount(['E1'], clues)).toEqual({ found: 'one', identityId: 'E1', by: 'link' });
  });

  it('the first attribute that leads anywhere says otherwise', () => {
    const clues = [
      { by: 'userName', identityIds: [] },
      { by: 'email', identityIds: ['E2'] },
      { by: 'identityId', identityIds: ['E2'] },
    ] as const;
    expect(matchAccount([], clues)).toEqual({ found: 'one', identityId: 'E2', by: 'email' });
    expect(matchAccount([], [])).toEqual({ found: 'none' });
  });

  it('nobody says while two attributes, two identities of one address, or two links contradict', () => {
    const several = { found: 'several', identityIds: ['E1', 'E2'] };
    const contradicting = [
      { by: 'userName', identityIds: ['E2'] },
      { by: 'identityId', identityIds: ['E1'] },
    ] as const;
    expect(matchAccount([], contradicting)).toEqual(several);
    expect(matchAccount([], [{ by: 'email', identityIds: ['E2', 'E1'] }])).toEqual(several);
    expect(matchAccount(['E2', 'E1'], [])).toEqual(several);
  });

  it('is never decided for one of several, whatever leads where', () => {
    const ids = fc.array(fc.constantFrom('E1', 'E2', 'E3'), { maxLength: 3 });
    const clue = fc.record({ by: fc.constantFrom('userName', 'email', 'identityId'), identityIds: ids });
    fc.assert(
      fc.property(ids, fc.array(clue, { maxLength: 3 }), (linked, clues) => {
        const match = matchAccount(linked, clues);
        const led = new Set(linked.length > 0 ? linked : clues.flatMap(({ identityIds }) => identityIds));
        expect(match.found).toBe(led.size === 0 ? 'none' : led.size === 1 ? 'one' : 'several');
      }),
    );
  });

  it('is looked for by the configured attributes alone, in their order', () => {
    const listed = account({ attributes: { email: 'a@b.example', identityId: 'E7', title: 'Engineer' } });
    expect(cluesIn(listed, ['identityId', 'email'])).toEqual([
      { by: 'identityId', value: 'E7' },
      { by: 'email', value: 'a@b.example' },
    ]);
    expect(cluesIn(account(), ['email', 'identityId'])).toEqual([]);
    expect(cluesIn(account({ userName: '', attributes: { email: '' } }), ['email', 'userName'])).toEqual([]);
  });
});

describe('an account', () => {
  const identity = {
    identityId: 'E1',
    status: 'active',
    desired: desiredWith('reader'),
    unreviewed: undefined,
  } as const;
  const judge = (listed: ObservedAccount, changes: object = {}) =>
    judgeMatched(listed, { ...identity, ...changes }, context);

  it('as desired has no finding', () => {
    expect(judge(account({ grants: ['READER'] }))).toEqual([]);
  });

  it('of nobody is an orphan, with what it holds', () => {
    const found = judgeUnmatched(account({ grants: ['ADMIN', 'else'] }), { found: 'none' }, context);
    expect(found).toMatchObject([{ kind: 'orphan', grants: ['ADMIN'], unknownGrants: ['else'], privileged: true }]);
  });

  it('of somebody departed is an orphan while it is usable, and too much while it only holds grants', () => {
    const departed = { status: 'departed', desired: undefined };
    expect(judge(account(), departed)).toMatchObject([{ kind: 'orphan', identityStatus: 'departed' }]);
    expect(judge(account({ enabled: false, grants: ['READER'] }), departed)).toMatchObject([{ kind: 'extra' }]);
    expect(judge(account({ enabled: false }), departed)).toEqual([]);
  });

  it('that is disabled, or lacks a grant, of somebody active is missing access', () => {
    expect(judge(account({ enabled: false, grants: ['READER'] }))).toMatchObject([
      { kind: 'missing', account: 'disabled', grants: [] },
    ]);
    expect(judge(account())).toMatchObject([{ kind: 'missing', grants: ['READER'] }]);
  });

  it('in a group that is called otherwise by now is told of, and is neither too much nor missing', () => {
    const renamed = account({ grants: ['BOOKWORM', 'GONE'], grantIds: [{ grant: 'BOOKWORM', grantId: 'g1' }] });
    const remembered = { entitlement: 'reader', privileged: false, sinceMs: 0 };
    const granted = [{ ...remembered, grant: 'READER', grantId: 'g1' }];
    expect(judge({ ...renamed, grants: ['BOOKWORM'] }, { granted })).toMatchObject([
      { kind: 'renamed', renames: [{ from: 'READER', to: 'BOOKWORM' }] },
    ]);
    // What converging takes back counts as governed, whatever the model knows of it.
    const lost = { ...remembered, grant: 'GONE', entitlement: 'gone' };
    const [extra] = judge(renamed, { granted: [...granted, lost] });
    expect(extra).toMatchObject({ kind: 'extra', grants: ['GONE'], unknownGrants: [] });
    expect(isRepairable(extra as Finding, undefined)).toBe(true);
  });

  it('of somebody on leave is too much while it is usable, whether or not a reason holds it up', () => {
    const away = { status: 'suspended', desired: undefined, unreviewed: ['ADMIN'] };
    const [extra] = judge(account({ grants: ['ADMIN'] }), away);
    expect(extra).toMatchObject({ kind: 'extra', account: 'unjustified', unreviewed: undefined });
    expect(isRepairable(extra as Finding, undefined)).toBe(true);
    const emptied = {
      ...identity,
      ...away,
      status: 'suspended',
      desired: { ...desiredWith('reader'), enabled: false },
    } as const;
    const [unknown] = judgeMatched(account({ grants: ['else'] }), emptied, { ...context, canDisable: false });
    expect(unknown).toMatchObject({ kind: 'extra', grants: ['else'] });
  });

  it('is dormant once unused for longer than the application allows, never when nothing tells', () => {
    const used = (days: number) => judge(account({ grants: ['READER'], lastActiveMs: NOW_MS - days * DAY_MS }));
    expect(used(35)).toEqual([]);
    expect(used(36)).toMatchObject([{ kind: 'dormant', identityId: 'E1' }]);
    expect(judge(account({ grants: ['READER'] }))).toEqual([]);
    // Nobody can use it, so that nobody has failed to.
    const closed = { enabled: false, lastActiveMs: NOW_MS - 36 * DAY_MS };
    const gone = { ...identity, status: 'departed', desired: undefined } as const;
    expect(judgeMatched(account(closed), gone, context)).toEqual([]);
    const patient = { ...application, reconciliation: reconciliationSettingsSchema.parse({ dormantDays: 90 }) };
    const listed = account({ grants: ['READER'], lastActiveMs: NOW_MS - 36 * DAY_MS });
    expect(judgeMatched(listed, identity, { ...context, application: patient })).toEqual([]);
  });

  it('with more than anybody reads is told in part', () => {
    const grants = Array.from({ length: 5_000 }, (_, index) => `group-${index}-${'x'.repeat(1_000)}`);
    const [found] = judgeUnmatched(account({ grants, userName: 'u'.repeat(9_999) }), { found: 'none' }, context);
    expect(JSON.stringify(found).length).toBeLessThan(100_000);
  });

  it('is judged as converging would: the steps left are what is too much or missing', () => {
    const grants = fc.uniqueArray(fc.constantFrom('READER', 'WRITER', 'ADMIN'));
    const input = fc.record({
      grants,
      enabled: fc.boolean(),
      desired: fc.option(fc.tuple(fc.subarray(KNOWN, { minLength: 1 }), fc.boolean()), { nil: undefined }),
      canDisable: fc.boolean(),
      unreviewed: fc.option(grants, { nil: undefined }),
    });
    fc.assert(
      fc.property(input, ({ grants: held, enabled, desired: wanted, canDisable, unreviewed }) => {
        // A system that cannot disable reports every account as enabled.
        const listed = account({ grants: held, enabled: enabled || !canDisable });
        const desired = wanted && { ...desiredWith(...wanted[0]), enabled: wanted[1] };
        const status: IdentityStatus = desired?.enabled === false ? 'suspended' : 'active';
        const judged = judgeMatched(
          listed,
          { identityId: 'E1', status, desired, unreviewed },
          { ...context, canDisable },
        );
        const capabilities = { ...CAPABILITIES, disable: canDisable };
        const facing = {
          application,
          desired,
          observed: listed,
          profile: undefined,
          capabilities,
          retentionIsOver: false,
        };
        const actions = difference(facing).map(({ action }) => action);
        const takes = actions.some((action) => /revoke|disable|delete/.test(action));
        const gives = actions.some((action) => /grant|enable-/.test(action));
        expect(judged.some(({ kind }) => kind === 'extra')).toBe(takes);
        expect(judged.some(({ kind }) => kind === 'missing')).toBe(gives);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what was there before', () => {
  const anything = fc.record({
    held: fc.uniqueArray(fc.constantFrom('READER', 'WRITER', 'ADMIN', 'else')),
    wanted: fc.option(fc.subarray(KNOWN, { minLength: 1 }), { nil: undefined }),
  });

  it('is left by converging, apart from what somebody on leave could still use', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), ({ held, wanted }, canDisable) => {
        const desired = wanted && desiredWith(...wanted);
        const unreviewed = unreviewedGrants({ application, desired, held, firstContact: true, unreviewed: undefined });
        const capabilities = { ...CAPABILITIES, disable: canDisable, endSessions: true };
        const observed = { enabled: true, grants: held, attributes: {} };
        const facing = { application, desired, observed, profile: undefined, capabilities, retentionIsOver: false };
        const steps = difference({ ...facing, unreviewed: unreviewed && new Set(unreviewed) });
        expect(steps.filter(({ action }) => action !== 'grant')).toEqual([]);
        if (desired === undefined || canDisable) return;
        const away = {
          ...facing,
          desired: { ...desired, enabled: false },
          unreviewed: unreviewed && new Set(unreviewed),
        };
        const revoked = difference(away).flatMap((step) => (step.action === 'revoke' ? step.grant : []));
        expect(revoked.sort()).toEqual(held.toSorted());
      }),
    );
  });

  it('is no reason for somebody on leave to get in, whoever has looked at what', () => {
    const away = { ...desiredWith('reader'), enabled: false };
    const found = (enabled: boolean) =>
      judgeMatched(
        account({ enabled, grants: ['READER', 'WRITER'] }),
        { identityId: 'E1', status: 'suspended', desired: away, unreviewed: ['WRITER'] },
        context,
      );
    expect(found(true)).toMatchObject([{ kind: 'extra', account: 'unjustified' }]);
    expect(found(true)[0]?.unreviewed).toBeUndefined();
    expect(found(false)).toMatchObject([{ kind: 'extra', unreviewed: true }]);
  });

  it('is never more than before, so what a reason held up once goes with that reason', () => {
    fc.assert(
      fc.property(anything, anything, (first, then) => {
        const at = ({ held, wanted }: typeof first) => ({
          application,
          held,
          desired: wanted && desiredWith(...wanted),
        });
        const before = unreviewedGrants({ ...at(first), firstContact: true, unreviewed: undefined });
        const after = unreviewedGrants({ ...at(then), firstContact: false, unreviewed: before });
        expect(before ?? []).toEqual(expect.arrayContaining([...(after ?? [])]));
        const wanted = first.wanted?.map((id) => id.toUpperCase()) ?? [];
        expect((after ?? []).filter((grant) => wanted.includes(grant))).toEqual([]);
      }),
    );
  });

  it('is adopted at the first contact only, and only from those who are employed', () => {
    const known = { accountId: 'a1', closed: false, busy: false };
    const listed = account();
    const inert = account({ enabled: false });
    expect(linkFor(listed, undefined, 'active')).toBe('adopt');
    expect(linkFor(listed, undefined, 'departed')).toBe('none');
    expect(linkFor(listed, known, 'active')).toBe('none');
    expect(linkFor(listed, { ...known, closed: true }, 'suspended')).toBe('reopen');
    expect(linkFor(inert, { ...known, closed: true }, 'suspended')).toBe('none');
    expect(linkFor(listed, { ...known, accountId: undefined }, 'active')).toBe('reopen');
    expect(linkFor(listed, { ...known, accountId: undefined, unread: true }, 'active')).toBe('adopt');
    expect(linkFor(listed, { ...known, accountId: undefined, unread: true, busy: true }, 'active')).toBe('none');
    expect(linkFor(listed, { ...known, accountId: undefined, busy: true }, 'active')).toBe('none');
  });
});

describe('the answer', () => {
  it('of a person outranks the setting, for taking away and for leaving alone', () => {
    expect(repairsAfterRun({ configured: 'repair', decided: undefined })).toBe(true);
    expect(repairsAfterRun({ configured: 'repair', decided: 'report' })).toBe(false);
    expect(repairsAfterRun({ configured: 'report', decided: 'repair' })).toBe(false);
    expect([undefined, 'report', 'repair'].map((decided) => keepsUnreviewed(decided as 'repair'))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('never reaches orphans, nor what waits for a decision', () => {
    const about = { subject: 's', identityId: 'E1', grants: ['READER'] };
    expect(isRepairable({ kind: 'orphan', ...about }, 'repair')).toBe(false);
    expect(isRepairable({ kind: 'extra', subject: 's' }, 'repair')).toBe(false);
    expect(isRepairable({ kind: 'extra', ...about, unreviewed: true }, undefined)).toBe(false);
    expect(isRepairable({ kind: 'extra', ...about, unreviewed: true }, 'repair')).toBe(true);
    expect(isRepairable({ kind: 'missing', ...about }, undefined)).toBe(true);
    expect(isRepairable({ kind: 'extra', ...about, grants: [], unknownGrants: ['else'] }, 'repair')).toBe(false);
  });
});
