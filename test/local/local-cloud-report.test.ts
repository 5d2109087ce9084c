// What a run prints, and what is held against it: that a difference between Tenure and a system is named.

import { describe, expect, it } from 'vitest';
import type { CertificateAnswer } from '../../lambdas/api/certificates.ts';
import type { IdentityAnswer } from '../../lambdas/api/identities.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { FoundAccount } from '../../local/read-targets.ts';
import { accessTable, answerTable, describeMistake, describeStep, leaverTable, verdict } from '../../local/report.ts';
import { verifyTargets } from '../../local/verify-targets.ts';

const model: AccessModel = {
  hash: '0',
  applications: [
    {
      id: 'crm',
      name: 'CRM',
      connector: 'scim',
      owner: 'E1',
      settings: {},
      entitlements: [{ id: 'user', name: 'User', grant: 'CRM Users', privileged: false }],
    },
  ],
  profiles: [],
};

function identity(changes: Partial<IdentityAnswer> = {}): IdentityAnswer {
  return {
    identityId: 'E1',
    version: 1,
    converged: true,
    state: { status: 'active', attributes: { kind: 'employee', givenName: 'Ada', familyName: 'Lovelace' } },
    timeline: [],
    accounts: [],
    entitlements: [
      { entitlement: 'crm:user', name: 'User', privileged: false, enabled: true, inPlace: true, reasons: [] },
      { entitlement: 'crm:administrator', name: 'Admin', privileged: true, enabled: true, inPlace: true, reasons: [] },
    ],
    tasks: [],
    ...changes,
  };
}

describe('the access table', () => {
  it('has a line for each identity: who, and what they may access, by application', () => {
    expect(accessTable([identity()])).toEqual(['E1  Ada Lovelace  active  crm user, administrator*']);
  });

  it('says what is not there yet, not usable, not yet attested, or gone', () => {
    const [entitlement] = identity().entitlements;
    const missing = identity({ entitlements: entitlement ? [{ ...entitlement, inPlace: false }] : [] });
    const suspended = identity({ state: { status: 'suspended' }, entitlements: entitlement ? [entitlement] : [] });
    const open = { taskId: 't', applicationId: 'badge', status: 'open', dueAt: '2026-11-24T00:00:00Z' } as const;
    const departed = identity({ state: { status: 'departed' }, entitlements: [], tasks: [open] });
    const lines = accessTable([missing, suspended, departed]);
    expect(lines[0]).toMatch(/crm user \(missing\)$/);
    expect(lines[1]).toMatch(/held, not usable: crm user$/);
    expect(lines[2]).toMatch(/nothing \(not yet attested: badge\)$/);
  });
});

describe('a step', () => {
  const step = {
    phase: 'day',
    title: 'Ada moves',
    source: 'acme-hr',
    event: {} as never,
    note: 'kept until the joiner arrives',
  } as const;

  it('says how long agreement took and what was changed', () => {
    const line = describeStep({ step, identity: identity(), tookMs: 1_234, changes: { grant: 2, revoke: 1 } });
    expect(line).toMatch(/^Ada moves +1\.2 s {2}2 granted, 1 revoked$/);
  });

  it('says why nothing was changed', () => {
    const line = describeStep({ step, identity: identity(), tookMs: 100, changes: {} });
    expect(line).toMatch(/0\.1 s {2}kept until the joiner arrives$/);
  });
});

describe('a mistake of HR', () => {
  it('says how many were held, why, and that nobody lost anything', () => {
    const hold = {
      holdId: '20261123T0900.acme-hr.1',
      source: 'acme-hr',
      openedAt: '2026-11-23T09:42:00.000Z',
      status: 'dropped',
      rule: 'share',
      count: 14,
      threshold: 6,
    } as const;
    expect(describeMistake({ events: 9, hold })).toEqual([
      '9 leavers in one delivery: accepted, and held by the mass-error guard (14 would lose their access within the hour; from 6 on they are held)',
      'Operations drops them: nobody loses anything (hold 20261123T0900.acme-hr.1, dropped)',
    ]);
  });
});

describe('the leavers', () => {
  it('each have their times, their certificate and where what they owned went', () => {
    const certificate: CertificateAnswer = {
      certificateId: 'E1.2',
      identityId: 'E1',
      version: 2,
      acceptedAt: '2026-11-23T10:00:00.000Z',
      departedAt: '2026-11-23T10:00:00.000Z',
      startedAt: '2026-11-23T10:00:00.500Z',
      provenAt: '2026-11-23T10:00:03.000Z',
      applications: [
        {
          applicationId: 'crm',
          outcome: 'disabled',
          removed: [],
          truncated: false,
          verifiedBy: [],
          lastAccessAt: '2026-11-23T10:00:01.000Z',
          closedAt: '2026-11-23T10:00:01.000Z',
          verifiedAt: '2026-11-23T10:00:02.000Z',
        },
      ],
      lastAccessAt: '2026-11-23T10:00:01.000Z',
      handedOver: [],
      attestations: [],
    };
    const fact = { factId: 'f', type: 'mover', source: 's', recordedAt: '', receivedAt: '' } as const;
    const owned = identity({
      identityId: 'S1',
      timeline: [
        { ...fact, attributes: { owner: 'E1' } },
        { ...fact, attributes: { owner: 'E2' } },
      ],
    });
    const leaver = {
      identity: identity(),
      certificate,
      sinceMs: Date.parse('2026-11-23T10:00:00.000Z'),
    };
    const [line] = leaverTable([leaver], [owned]);
    expect(line).toMatch(
      /last access possible +1\.0 s +proven clean +3\.0 s +1 system, certificate E1\.2 +S1 goes to E2$/,
    );
  });
});

describe('the verdict', () => {
  it('names what did not converge', () => {
    const lines = verdict({ identities: [], leavers: [], tasksAttested: 0, problems: ['E1: crm: answered 500'] });
    expect(lines).toEqual(['1 did not converge:', '  E1: crm: answered 500']);
  });
});

describe('comparing with the systems themselves', () => {
  const found = (changes: Partial<FoundAccount> = {}): FoundAccount => {
    return {
      applicationId: 'crm',
      identityId: 'E1',
      userName: 'ada',
      enabled: true,
      grants: ['CRM Users'],
      ...changes,
    };
  };
  const held = identity({ entitlements: identity().entitlements.slice(0, 1) });
  const gone = identity({ state: { status: 'departed' }, entitlements: [] });
  const differences = (who: IdentityAnswer, accounts: readonly FoundAccount[]) =>
    verifyTargets([who], accounts, model).differences;

  it('finds nothing where all agrees', () => {
    expect(verifyTargets([held], [found()], model)).toEqual({ accounts: 1, grants: 1, differences: [] });
    expect(differences(gone, [])).toEqual([]);
    expect(differences(gone, [found({ enabled: false, grants: [] })])).toEqual([]);
  });

  it('misses nothing of whoever was suspended before there was an account, but does in an account', () => {
    const suspended = { ...held, state: { status: 'suspended' } } as const;
    expect(differences(suspended, [])).toEqual([]);
    expect(differences(suspended, [found({ enabled: false, grants: [] })])).toEqual([
      'E1 in crm does not hold CRM Users',
    ]);
  });

  it.each([
    [
      'a grant without a reason',
      held,
      [found({ grants: ['CRM Users', 'Admins'] })],
      'E1 in crm holds Admins without a reason',
    ],
    ['a grant that is missing', held, [found({ grants: [] })], 'E1 in crm does not hold CRM Users'],
    ['an account that is missing', held, [], 'E1 in crm does not hold CRM Users'],
    ['an account that is disabled', held, [found({ enabled: false })], 'E1 in crm is disabled'],
    ['an account of somebody who left', gone, [found({ grants: [] })], 'E1 in crm can be used'],
    ['an account of nobody', gone, [found({ identityId: '', userName: 'eve' })], 'eve in crm belongs to no identity'],
  ])('names %s', (_, who, accounts, difference) => {
    expect(differences(who, accounts)).toEqual([difference]);
  });
});

describe('the answer of a query', () => {
  const rows = Array.from({ length: 14 }, (_, index) => ({ subject: `E${index}`, seconds: index / 10, other: null }));

  it('is shown by the columns that are asked for, beside one another', () => {
    expect(answerTable(rows.slice(0, 2), ['subject', 'seconds', 'other'])).toEqual([
      'subject  seconds  other',
      'E0       0',
      'E1       0.1',
    ]);
    expect(answerTable([], ['subject'])).toEqual(['no rows']);
  });

  it('is cut after twelve rows, and in a long cell, and says so', () => {
    const shown = answerTable(rows, ['subject']);
    expect([shown.length, shown.at(-1)]).toEqual([14, 'and 2 more']);
    expect(answerTable(rows.slice(0, 12), ['subject'])).toHaveLength(13);
    expect(answerTable([{ reasons: 'x'.repeat(45) }, { reasons: 'y'.repeat(44) }], ['reasons'])).toEqual([
      'reasons',
      `${'x'.repeat(43)}…`,
      'y'.repeat(44),
    ]);
  });
});
