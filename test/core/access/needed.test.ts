// What is no person holds nothing before all that the model needs of its kind is known.
import { describe, expect, it } from 'vitest';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import { keepBoth } from '../../../lambdas/core/access/model-change.ts';
import { planModelChange } from '../../../lambdas/core/access/model-plan.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { changeModel } from '../../../lambdas/core/access-model/changed-model.ts';
import { readHrEvent } from '../../../lambdas/core/hr/hr-event.ts';
import { type Fact, type OwnershipAcceptedFact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { ATTRIBUTE_FIELDS } from '../../../lib/access-model/attribute-fields.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const entitlement = { id: 'reader', name: 'Reader', grant: 'reader', privileged: false };
const UNASKED: AccessModel = {
  hash: 'unasked',
  applications: [{ id: 'crm', name: 'CRM', connector: 'scim', owner: 'E9', settings: {}, entitlements: [entitlement] }],
  profiles: [{ id: 'all', name: 'All', when: { kind: [{ exists: true }] }, entitlements: ['crm:reader'] }],
};
const MODEL: AccessModel = {
  ...UNASKED,
  hash: 'asked',
  nonHuman: { 'service-account': { needs: ['purpose', 'end'] }, 'ai-agent': { needs: ['purpose'] } },
};

const service = (attributes = {}) => joiner('2026-01-01', { kind: 'service-account', owner: 'E1', ...attributes });
const ended = { endsAt: '2027-01-01' };
const accepted = (at: string): OwnershipAcceptedFact => ({
  ...ownFactBase('E1001', `accepted/${at}`, Date.parse(at)),
  ...{ type: 'ownership-accepted', owner: 'E1', acceptedBy: 'E1', purpose: 'nightly export' },
});
const judged = (facts: readonly Fact[], at: string, model = MODEL) => {
  const { accounts, lacks } = desiredAccess(buildTimeline(facts), model, Date.parse(at));
  return { holds: accounts.length, lacks };
};

describe('what is no person', () => {
  it.each<[string, Fact[], string, number, readonly string[] | undefined]>([
    ['nothing is known of', [service()], '2026-02-01', 0, ['purpose', 'end']],
    ['only a purpose is known of', [service({ purpose: 'export' })], '2026-02-01', 0, ['end']],
    ['only an end is known of', [service(ended)], '2026-02-01', 0, ['purpose']],
    ['HR said all of', [service({ purpose: 'export', ...ended })], '2026-02-01', 1, undefined],
    ['its owner accepted', [service(ended), accepted('2026-03-01')], '2026-03-01', 1, undefined],
    ['its owner is yet to accept', [service(ended), accepted('2026-03-01')], '2026-02-28', 0, ['purpose']],
    [
      'its end was taken from',
      [service({ purpose: 'x', ...ended }), mover('2026-03-01', { endsAt: null })],
      '2026-03-02',
      0,
      ['end'],
    ],
    [
      'HR took the purpose from, which its owner has said',
      [service({ purpose: 'x', ...ended }), mover('2026-03-01', { purpose: null }), accepted('2026-02-01')],
      '2026-03-02',
      1,
      undefined,
    ],
  ])('%s holds what it may', (_, facts, at, holds, lacks) => {
    expect(judged(facts, `${at}T12:00:00Z`)).toEqual({ holds, lacks });
  });

  it('begins anew when it comes back', () => {
    const again = {
      ...joiner('2026-04-01', { kind: 'service-account', owner: 'E1', ...ended }),
      recordedMs: Date.parse('2026-03-20'),
    };
    const facts = [service(ended), accepted('2026-02-01'), leaver('2026-03-01'), again];
    expect(judged(facts, '2026-04-02T12:00:00Z')).toEqual({ holds: 0, lacks: ['purpose'] });
  });

  it('needs nothing where the model asks nothing of its kind, and people never do', () => {
    expect(judged([service()], '2026-02-01T12:00:00Z', UNASKED).holds).toBe(1);
    expect(judged([joiner('2026-01-01', { kind: 'integration', owner: 'E1' })], '2026-02-01T12:00:00Z').holds).toBe(1);
    expect(judged([joiner('2026-01-01')], '2026-02-01T12:00:00Z')).toEqual({ holds: 1, lacks: undefined });
  });
});

describe('a model that begins to need it', () => {
  const people = [
    { identityId: 'A1', status: 'active', attributes: { kind: 'ai-agent', owner: 'E1' } },
    { identityId: 'A2', status: 'active', attributes: { kind: 'ai-agent', owner: 'E1' }, purposeKnown: true },
    { identityId: 'A3', status: 'active', attributes: { kind: 'ai-agent', owner: 'E1', purpose: 'answers' } },
  ] as const;

  it('is seen in a plan, for those of whom it is not known', () => {
    const [change] = planModelChange(people, UNASKED, MODEL, 0).changes;
    expect(change).toMatchObject({ direction: 'loses', because: [{ identityIds: ['A1'] }] });
  });

  it('takes nothing before somebody has agreed', () => {
    expect(judged([service()], '2026-02-01T12:00:00Z', keepBoth(UNASKED, MODEL)).holds).toBe(1);
    expect(judged([service()], '2026-02-01T12:00:00Z', keepBoth(MODEL, MODEL)).holds).toBe(0);
  });
});

describe('a purpose', () => {
  const event = (attributes: object) => ({
    ...{
      specversion: '1.0',
      id: 'e1',
      source: '/hr/acme',
      type: 'jml.joiner',
      subject: 'S1',
      time: '2026-01-01T00:00:00Z',
    },
    data: { effectiveAt: '2026-01-01', attributes: { kind: 'service-account', owner: 'E1', ...attributes } },
  });
  const read = (attributes: object) => readHrEvent(event(attributes), 'acme', '', Date.parse('2026-01-01')).faults;

  it('is taken at intake, and may be left out', () => {
    expect([read({}), read({ purpose: 'x'.repeat(500) }), read({ purpose: null })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(read({ purpose: 'x'.repeat(501) })).toMatchObject([{ pointer: '/data/attributes/purpose' }]);
  });

  it('is asked about by no access profile, since anybody words it', () => {
    expect(Object.keys(ATTRIBUTE_FIELDS)).not.toContain('purpose');
    const profile = { id: 'p', name: 'P', when: { purpose: ['export'] }, entitlements: ['crm:reader'] };
    expect(changeModel(UNASKED, { profiles: [profile] }).faults).toHaveLength(1);
  });
});
