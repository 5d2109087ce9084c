// An AI agent holds no more than its owner answers for.
import { describe, expect, it } from 'vitest';
import { desiredAccess, desiredAccessInState } from '../../../lambdas/core/access/desired-access.ts';
import { keepBoth } from '../../../lambdas/core/access/model-change.ts';
import { planModelChange } from '../../../lambdas/core/access/model-plan.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { IdentityAttributes, IdentityState } from '../../../lambdas/core/identity/timeline.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, mover } from '../../support/facts.ts';

const application = (id: string, owner: string, entitlements: readonly string[], tools: readonly string[] = []) => ({
  ...{ id, name: id, connector: 'scim', owner, settings: {} },
  entitlements: [...entitlements, ...tools].map((one) => ({
    ...{ id: one, name: one, grant: one, privileged: false },
    ...(tools.includes(one) && { agentMayHold: true as const }),
  })),
});

const UNLIMITED: AccessModel = {
  hash: 'unlimited',
  applications: [application('crm', 'E9', ['reader', 'writer']), application('tools', 'E8', ['send'], ['search'])],
  profiles: [
    {
      ...{ id: 'agents', name: 'Agents', when: { kind: ['ai-agent'] } },
      entitlements: ['crm:reader', 'crm:writer', 'tools:search', 'tools:send'],
    },
    { id: 'sales', name: 'Sales', when: { department: ['Sales'], kind: ['employee'] }, entitlements: ['crm:reader'] },
    { id: 'bots', name: 'Bots', when: { kind: ['service-account'] }, entitlements: ['crm:writer'] },
  ],
};
const MODEL: AccessModel = { ...UNLIMITED, hash: 'limited', nonHuman: { 'ai-agent': { holdsNoMoreThanOwner: true } } };

const employed = (attributes: IdentityAttributes, ownedBy?: IdentityState): IdentityState => ({
  ...{ status: 'active', joinedMs: 0, joinedBy: 'f1', attributes },
  ...(ownedBy && { ownedBy: { identityId: 'E1', state: ownedBy } }),
});
const SELLER = employed({ kind: 'employee', department: 'Sales' });

function heldBy(state: IdentityState, model = MODEL): readonly string[] {
  return desiredAccessInState(state, model).accounts.flatMap(({ applicationId, entitlements }) =>
    entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
  );
}

const agent = (ownedBy?: IdentityState) => employed({ kind: 'ai-agent', owner: 'E1' }, ownedBy);

describe('an AI agent', () => {
  it('holds what its owner holds, and tools that agents alone may hold', () => {
    expect(heldBy(agent(SELLER))).toEqual(['crm:reader', 'tools:search']);
    const { beyondOwner } = desiredAccessInState(agent(SELLER), MODEL);
    expect(beyondOwner).toEqual({ ownerId: 'E1', entitlements: ['crm:writer', 'tools:send'] });
  });

  it('holds no more than tools once its owner has moved, has left or never was', () => {
    const elsewhere = employed({ kind: 'employee', department: 'Finance' });
    const gone: IdentityState = {
      ...{ status: 'departed', departedMs: 1, knownMs: 1, departedBy: { by: 'end-date' } },
      attributes: { kind: 'employee', department: 'Sales' },
    };
    for (const owner of [elsewhere, gone, { status: 'unknown' } as const]) {
      expect(heldBy(agent(owner))).toEqual(['tools:search']);
    }
  });

  it('keeps what it holds while its owner is on leave', () => {
    expect(heldBy(agent({ ...SELLER, status: 'suspended' } as IdentityState))).toEqual(['crm:reader', 'tools:search']);
  });

  it('holds what its owner holds for a time, and all of an application that its owner owns', () => {
    const grant = { factId: 'g', entitlement: 'crm:writer', basis: 'request', requestId: 'r', sinceMs: 0, untilMs: 9 };
    const granted = { ...SELLER, grants: [grant] } as IdentityState;
    expect(heldBy(agent(granted))).toEqual(['crm:reader', 'crm:writer', 'tools:search']);
    const byApplicationOwner = employed(
      { kind: 'ai-agent', owner: 'E8' },
      employed({ kind: 'employee', department: 'IT' }),
    );
    const owned = { ...byApplicationOwner, ownedBy: { identityId: 'E8', state: SELLER } } as IdentityState;
    expect(heldBy(owned)).toEqual(['crm:reader', 'tools:search', 'tools:send']);
  });

  it('is not limited where the model does not say so, nor is any other kind', () => {
    expect(heldBy(agent(SELLER), UNLIMITED)).toHaveLength(4);
    const bot = employed({ kind: 'service-account', owner: 'E1' }, SELLER);
    expect(heldBy(bot)).toEqual(['crm:writer']);
  });

  it('is not told of one owner what is said of another with the same access', () => {
    const other = { ...agent(SELLER), ownedBy: { identityId: 'E2', state: SELLER } } as IdentityState;
    const told = [agent(SELLER), other].map((one) => desiredAccessInState(one, MODEL).beyondOwner?.ownerId);
    expect(told).toEqual(['E1', 'E2']);
  });
});

describe('over time', () => {
  it('its owner counts as of the same instant', () => {
    const owner = buildTimeline([
      joiner('2026-01-01', { department: 'Sales' }),
      mover('2026-06-01', { department: 'Finance' }, { id: 'moved' }),
    ]);
    const owned = buildTimeline([joiner('2026-01-01', { kind: 'ai-agent', owner: 'E1', endsAt: '2027-01-01' })]);
    const timeline = { ...owned, owners: new Map([['E1', { identityId: 'E1', timeline: owner }]]) };
    const heldAt = (at: string) =>
      desiredAccess(timeline, MODEL, Date.parse(at)).accounts.map(({ applicationId }) => applicationId);
    expect([heldAt('2026-05-01T12:00:00Z'), heldAt('2026-07-01T12:00:00Z')]).toEqual([['crm', 'tools'], ['tools']]);
  });
});

describe('a model that begins to limit agents', () => {
  const people = [
    { identityId: 'A1', status: 'active', attributes: { kind: 'ai-agent', owner: 'E1' } },
    { identityId: 'A2', status: 'active', attributes: { kind: 'ai-agent', owner: 'E2' } },
    { identityId: 'E1', status: 'active', attributes: { kind: 'employee', department: 'Sales' } },
    { identityId: 'E2', status: 'active', attributes: { kind: 'employee', department: 'IT' } },
  ] as const;

  it('hands nothing over that it was not let hold before it moved', () => {
    const selling: AccessModel = {
      ...MODEL,
      hash: 'handed over',
      applications: MODEL.applications.map((one) => ({
        ...one,
        entitlements: one.entitlements.map((each) => ({ ...each, handover: { days: 30 } })),
      })),
      profiles: [{ id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:reader'] }],
    };
    const facts = [
      joiner('2026-02-01', { kind: 'ai-agent', owner: 'E1', department: 'Sales', endsAt: '2027-12-01' }),
      mover('2026-03-10', { department: 'Support' }, { id: 'moved' }),
    ];
    const heldWhile = (ownerMoves: string) => {
      const owner = buildTimeline([
        joiner('2026-01-01', { department: 'Support' }),
        mover(ownerMoves, { department: 'Sales' }, { id: 'sells' }),
      ]);
      const owners = new Map([['E1', { identityId: 'E1', timeline: owner }]]);
      const { accounts } = desiredAccess(
        { ...buildTimeline(facts), owners },
        selling,
        Date.parse('2026-03-20'),
        'agent',
      );
      return accounts.map(({ applicationId }) => applicationId);
    };
    expect(heldWhile('2026-03-05')).toEqual(['crm']);
    expect(heldWhile('2026-03-15')).toEqual([]);
  });

  it('is seen in a plan', () => {
    const { changes } = planModelChange(people, UNLIMITED, MODEL, 0);
    const lost = changes.map(({ applicationId, entitlement, because }) => [
      `${applicationId}:${entitlement}`,
      because.flatMap(({ identityIds }) => identityIds),
    ]);
    expect(lost).toEqual([
      ['crm:reader', ['A2']],
      ['crm:writer', ['A1', 'A2']],
      ['tools:send', ['A1', 'A2']],
    ]);
  });

  it('takes nothing before somebody has agreed', () => {
    expect(heldBy(agent(SELLER), keepBoth(UNLIMITED, MODEL))).toHaveLength(4);
    expect(heldBy(agent(SELLER), keepBoth(MODEL, MODEL))).toHaveLength(2);
    const withoutTools = {
      ...MODEL,
      hash: 'other',
      applications: MODEL.applications.map((one) => ({
        ...one,
        entitlements: one.entitlements.map(({ agentMayHold: _, ...rest }) => rest),
      })),
    };
    expect(heldBy(agent(SELLER), keepBoth(MODEL, withoutTools))).toEqual(['crm:reader', 'tools:search']);
    expect(heldBy(agent(SELLER), withoutTools)).toEqual(['crm:reader']);
  });
});
