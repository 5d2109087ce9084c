// Access for a time: there from its start to its end and not a moment longer, in whatever order it comes to be known, and
// only in the employment in which it was decided.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredAccess, reasonsFor } from '../../../lambdas/core/access/desired-access.ts';
import { keepBoth } from '../../../lambdas/core/access/model-change.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import { correlationOf } from '../../../lambdas/core/audit/correlation.ts';
import { effectiveInstantsOf } from '../../../lambdas/core/identity/effective-instant.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { stageOfFact } from '../../../lambdas/core/identity/stage.ts';
import { buildTimeline, nextTransitionMs } from '../../../lambdas/core/identity/timeline.ts';
import { accessEnded, accessGranted, joiner, leaver, mover, rescind, suspension } from '../../support/facts.ts';

const application = (id: string, ...entitlements: string[]): Application => ({
  id,
  name: id,
  connector: 'scim',
  owner: 'E9',
  settings: {},
  entitlements: entitlements.map((grant) => ({ id: grant, name: grant, grant, privileged: false })),
});
const MODEL: AccessModel = {
  hash: '0'.repeat(64),
  applications: [application('crm', 'admin', 'seller'), application('wiki', 'writer')],
  profiles: [{ id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:seller'] }],
};
const at = (moment: string) => Date.parse(moment);
const hired = joiner('2026-03-01T09:00:00Z', { department: 'Sales' });
const heldAt = (moment: string, facts: readonly Fact[], model = MODEL) =>
  desiredAccess(buildTimeline([hired, ...facts]), model, at(moment)).accounts.flatMap(
    ({ applicationId, entitlements }) => entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
  );
const reasonsAt = (moment: string, reference: string, facts: readonly Fact[]) => {
  const [applicationId, id] = reference.split(':');
  const { joinedBy = '', accounts } = desiredAccess(buildTimeline([hired, ...facts]), MODEL, at(moment));
  const given = accounts
    .find((account) => account.applicationId === applicationId)
    ?.entitlements.find(({ entitlement }) => entitlement === id);
  return given === undefined ? [] : reasonsFor({ joinedBy }, given).map(({ type, fact }) => `${type} ${fact}`);
};
const SELLER = ['crm:seller'];
const ADMIN = ['crm:admin', 'crm:seller'];

const april = accessGranted('crm:admin', '2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z');

describe('what was decided for a time', () => {
  it('is held from its start until its end', () => {
    const held = [
      '2026-03-31T23:59:59.999Z',
      '2026-04-01T00:00:00Z',
      '2026-04-30T23:59:59.999Z',
      '2026-05-01T00:00:00Z',
    ];
    expect(held.map((moment) => heldAt(moment, [april]))).toEqual([SELLER, ADMIN, ADMIN, SELLER]);
  });

  it('is scheduled at its start and at its end', () => {
    const timeline = buildTimeline([hired, april]);
    expect(nextTransitionMs(timeline, at('2026-03-20T00:00:00Z'))).toBe(at('2026-04-01T00:00:00Z'));
    expect(nextTransitionMs(timeline, at('2026-04-01T00:00:00Z'))).toBe(at('2026-05-01T00:00:00Z'));
    expect(nextTransitionMs(timeline, at('2026-05-01T00:00:00Z'))).toBeUndefined();
  });

  it('gives nothing before it was decided, however early it was to start', () => {
    const late = accessGranted('crm:admin', '2026-03-10T00:00:00Z', '2026-05-01T00:00:00Z', {
      recorded: '2026-04-02T00:00:00Z',
    });
    expect(heldAt('2026-04-01T23:59:59Z', [late])).toEqual(SELLER);
    expect(heldAt('2026-04-02T00:00:00Z', [late])).toEqual(ADMIN);
  });

  it('is another reason beside a profile, and is held until the last of them ends', () => {
    const moved = mover('2026-04-10T00:00:00Z', { department: 'Finance' });
    const seller = accessGranted('crm:seller', '2026-04-01T00:00:00Z', '2026-04-20T00:00:00Z');
    const both = [`birthright ${hired.factId}`, `request ${seller.factId}`];
    expect(reasonsAt('2026-04-05T00:00:00Z', 'crm:seller', [seller, moved])).toEqual(both);
    expect(reasonsAt('2026-04-15T00:00:00Z', 'crm:seller', [seller, moved])).toEqual([`request ${seller.factId}`]);
    expect(reasonsAt('2026-04-20T00:00:00Z', 'crm:seller', [seller, moved])).toEqual([]);
  });

  it('takes nothing with it when the earlier of two that overlap ends', () => {
    const longer = accessGranted('crm:admin', '2026-04-20T00:00:00Z', '2026-06-01T00:00:00Z');
    expect(heldAt('2026-05-01T00:00:00Z', [april, longer])).toEqual(ADMIN);
    expect(heldAt('2026-06-01T00:00:00Z', [april, longer])).toEqual(SELLER);
  });

  it('ends when somebody ends it, and goes on when that is taken back', () => {
    const ended = accessEnded(april, '2026-04-10T00:00:00Z');
    expect(heldAt('2026-04-09T00:00:00Z', [april, ended])).toEqual(ADMIN);
    expect(heldAt('2026-04-10T00:00:00Z', [april, ended])).toEqual(SELLER);
    const takenBack = rescind(ended, '2026-04-11T00:00:00Z');
    expect(heldAt('2026-04-12T00:00:00Z', [april, ended, takenBack])).toEqual(ADMIN);
  });

  it('ends with the first of several who end it', () => {
    const ends = [accessEnded(april, '2026-04-10T00:00:00Z'), accessEnded(april, '2026-04-12T00:00:00Z')];
    expect(heldAt('2026-04-11T00:00:00Z', [april, ...ends])).toEqual(SELLER);
    expect(heldAt('2026-04-11T00:00:00Z', [april, ...ends.toReversed()])).toEqual(SELLER);
  });

  it('is not made longer by an end that comes after its own', () => {
    expect(heldAt('2026-05-01T00:00:00Z', [april, accessEnded(april, '2026-07-01T00:00:00Z')])).toEqual(SELLER);
  });

  it('never was when it is taken back', () => {
    expect(heldAt('2026-04-10T00:00:00Z', [april, rescind(april, '2026-04-09T00:00:00Z')])).toEqual(SELLER);
  });

  it('ends with the employment, and does not come back with another', () => {
    const left = leaver('2026-04-10T00:00:00Z');
    const back = joiner('2026-04-15T00:00:00Z', { department: 'Sales' });
    expect(heldAt('2026-04-12T00:00:00Z', [april, left])).toEqual([]);
    expect(heldAt('2026-04-20T00:00:00Z', [april, left, back])).toEqual(SELLER);
    expect(nextTransitionMs(buildTimeline([hired, april, left, back]), at('2026-04-20T00:00:00Z'))).toBeUndefined();
  });

  it('ends with an employment even where another begins in the same instant', () => {
    const facts = [
      april,
      leaver('2026-04-10T00:00:00Z'),
      joiner('2026-04-10T00:00:00Z', { department: 'Sales' }, { recorded: '2026-04-10T00:00:01Z' }),
    ];
    expect(heldAt('2026-04-20T00:00:00Z', facts)).toEqual(SELLER);
  });

  it('counts again when the leaver that ended it is taken back', () => {
    const left = leaver('2026-04-10T00:00:00Z');
    expect(heldAt('2026-04-12T00:00:00Z', [april, left, rescind(left, '2026-04-11T00:00:00Z')])).toEqual(ADMIN);
  });

  it('gives nothing to whoever was not employed when it was decided', () => {
    const early = accessGranted('crm:admin', '2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z', {
      recorded: '2026-02-01T00:00:00Z',
    });
    expect(heldAt('2026-04-10T00:00:00Z', [early])).toEqual(SELLER);
  });

  it('is kept and cannot be used while on leave', () => {
    const facts = [hired, april, suspension('2026-04-05T00:00:00Z')];
    const { enabled, accounts } = desiredAccess(buildTimeline(facts), MODEL, at('2026-04-10T00:00:00Z'));
    expect(enabled).toBe(false);
    expect(accounts[0]?.entitlements.map(({ entitlement }) => entitlement)).toEqual(['admin', 'seller']);
  });

  it('has an application of its own where no profile gives one, in the order of the model', () => {
    const writer = accessGranted('wiki:writer', '2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z');
    expect(heldAt('2026-04-10T00:00:00Z', [writer, april])).toEqual([...ADMIN, 'wiki:writer']);
    const reversed = { ...MODEL, applications: MODEL.applications.toReversed() };
    expect(heldAt('2026-04-10T00:00:00Z', [writer, april], reversed)).toEqual(['wiki:writer', ...ADMIN]);
  });

  it.each([
    ['no longer has the application', { ...MODEL, applications: [application('wiki', 'writer')] }, []],
    ['no longer has the entitlement', { ...MODEL, applications: [application('crm', 'seller')] }, SELLER],
    [
      'has retired the application',
      { ...MODEL, applications: [{ ...application('crm', 'admin', 'seller'), retired: true as const }] },
      [],
    ],
  ])('gives nothing where the model %s', (_what, model, held) => {
    expect(heldAt('2026-04-10T00:00:00Z', [april], model)).toEqual(held);
  });

  it('is kept with whatever the model that counted before gave, until somebody agrees to the model that counts now', () => {
    const [crm, wiki] = MODEL.applications as [Application, Application];
    const rename = (id: string, grant: string) => ({
      ...crm,
      entitlements: [...crm.entitlements.slice(1), { ...crm.entitlements[0], id, name: id, grant, privileged: false }],
    });
    const renamed = keepBoth(MODEL, { ...MODEL, applications: [rename('owner', 'admin'), wiki] });
    expect(heldAt('2026-04-10T00:00:00Z', [april], renamed)).toEqual(['crm:owner', 'crm:seller']);
    const reused = keepBoth(MODEL, { ...MODEL, applications: [rename('admin', 'Other group'), wiki] });
    expect(heldAt('2026-04-10T00:00:00Z', [april], reused)).toEqual(['crm:admin', 'crm:admin~before', 'crm:seller']);
    const gone = keepBoth(MODEL, { ...MODEL, applications: [application('crm', 'seller'), wiki] });
    expect(heldAt('2026-04-10T00:00:00Z', [april], gone)).toEqual(ADMIN);
  });
});

describe('what was decided without an end', () => {
  const open = accessGranted('crm:admin', '2026-04-01T00:00:00Z', undefined);

  it('lasts as long as the employment', () => {
    expect(heldAt('2036-04-01T00:00:00Z', [open])).toEqual(ADMIN);
    expect(heldAt('2036-04-01T00:00:00Z', [open, leaver('2030-01-01T00:00:00Z')])).toEqual([]);
  });

  it.each(['temporary', 'break-glass', 'cover', 'exception'] as const)('gives nothing as %s access', (basis) => {
    expect(
      heldAt('2026-04-10T00:00:00Z', [accessGranted('crm:admin', '2026-04-01T00:00:00Z', undefined, { basis })]),
    ).toEqual(SELLER);
  });

  it('gives nothing to a kind of identity that needs an end, though somebody ends it', () => {
    const contractor = mover('2026-04-05T00:00:00Z', { kind: 'contractor', endsAt: '2027-01-01' });
    expect(heldAt('2026-04-04T00:00:00Z', [open, contractor])).toEqual(ADMIN);
    expect(heldAt('2026-04-10T00:00:00Z', [open, contractor])).toEqual(SELLER);
    expect(heldAt('2026-04-10T00:00:00Z', [open, contractor, accessEnded(open, '2026-05-01T00:00:00Z')])).toEqual(
      SELLER,
    );
  });
});

describe('the facts that give access for a time', () => {
  it('are no stage of the lifecycle, and what they bring about goes back to them', () => {
    const timeline = buildTimeline([hired, april]);
    expect(stageOfFact(timeline, april.factId, at('2026-04-10T00:00:00Z'))).toBe('unchanged');
    expect(correlationOf(april, timeline, at('2026-03-15T00:00:00Z'))).toBe(april.factId);
  });

  it('take effect when they say', () => {
    const ended = accessEnded(april, '2026-04-10T00:00:00Z');
    const instants = effectiveInstantsOf(buildTimeline([hired, april, ended]));
    expect([instants(april), instants(ended)]).toEqual([at('2026-04-01T00:00:00Z'), at('2026-04-10T00:00:00Z')]);
  });

  it('give the same states in any order, however often they are told', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), fc.nat({ max: 5 }), (order, again) => {
        const facts = [
          hired,
          april,
          accessGranted('crm:admin', '2026-04-20T00:00:00Z', '2026-06-01T00:00:00Z'),
          accessEnded(april, '2026-04-25T00:00:00Z'),
          leaver('2026-05-20T00:00:00Z'),
          joiner('2026-05-25T00:00:00Z', { department: 'Sales' }),
        ];
        const told = [...order, again].map((index) => facts[index] as Fact);
        expect(buildTimeline(told).changes).toEqual(buildTimeline(facts).changes);
      }),
    );
  });

  it('change what is held at no other instant than those that are looked at', () => {
    const day = fc.integer({ min: 1, max: 60 }).map((days) => at('2026-03-01T00:00:00Z') + days * 86_400_000);
    const grant = fc.tuple(day, day, day).map(([recordedMs, startsMs, endsMs]): Fact => {
      const fact = accessGranted('crm:admin', new Date(startsMs).toISOString(), new Date(endsMs).toISOString());
      return { ...fact, recordedMs };
    });
    let held = 0;
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 8 }), day, day, (grants, leavesMs, askedMs) => {
        const facts = [hired, ...grants, leaver(new Date(leavesMs).toISOString())];
        const timeline = buildTimeline(facts);
        // What the last instant that was waited for gave is what there is until the next.
        let reachedMs = 0;
        for (let nextMs = nextTransitionMs(timeline, 0); nextMs !== undefined && nextMs <= askedMs; ) {
          reachedMs = nextMs;
          nextMs = nextTransitionMs(timeline, reachedMs);
        }
        const isHeld = grants.some((one) => {
          if (one.type !== 'access-granted' || one.endsMs === undefined) return false;
          const isThere =
            one.recordedMs >= at('2026-03-01T09:00:00Z') && one.recordedMs < leavesMs && askedMs < leavesMs;
          return isThere && askedMs >= one.startsMs && askedMs >= one.recordedMs && askedMs < one.endsMs;
        });
        expect(heldAt(new Date(reachedMs).toISOString(), facts).includes('crm:admin')).toBe(isHeld);
        if (isHeld) held += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(held).toBeGreaterThan(100);
  });

  it('cost what they give, however many there were', () => {
    const grants = Array.from({ length: 4_000 }, (_, index): Fact => {
      const startsMs = at('2026-04-01T00:00:00Z') + index * 3_600_000;
      const fact = accessGranted(
        'crm:admin',
        new Date(startsMs).toISOString(),
        new Date(startsMs + 1_800_000).toISOString(),
      );
      return { ...fact, factId: `tenure:grant-${index}`, sourceEventId: `grant-${index}` };
    });
    const { changes } = buildTimeline([hired, ...grants]);
    expect(changes).toHaveLength(8_001);
    const most = Math.max(...changes.map(({ state }) => ('grants' in state ? (state.grants?.length ?? 0) : 0)));
    expect(most).toBe(1);
  });
});
