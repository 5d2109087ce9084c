// What a mover keeps for a time: until its hard end, beside nothing that must not be held with it, and only in the employment
// in which the move was.
import { describe, expect, it } from 'vitest';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import { accessChange, keepBoth } from '../../../lambdas/core/access/model-change.ts';
import { lastInstantMs, nextModelInstantMs } from '../../../lambdas/core/access/passing-time.ts';
import { reasonsAt } from '../../../lambdas/core/access/reasons-ledger.ts';
import type { AccessModel, Entitlement } from '../../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import { lossBetween } from '../../../lambdas/core/hr/mass-error-guard.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { toIso } from '../../../lambdas/core/moment.ts';
import { accessGranted, joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const entitlement = (id: string, days?: number): Entitlement => ({
  ...{ id, name: id, grant: id, privileged: false },
  ...(days !== undefined && { handover: { days } }),
});
const modelWith = (days: number | undefined, duties: readonly DutyRule[] = []): AccessModel => ({
  hash: `handed over for ${days} days`,
  applications: [
    {
      ...{ id: 'crm', name: 'CRM', connector: 'scim', owner: 'E9', settings: {} },
      entitlements: [entitlement('pipeline', days), entitlement('seller'), entitlement('ledger')],
    },
  ],
  profiles: [
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:pipeline', 'crm:seller'] },
    { id: 'finance', name: 'Finance', when: { department: ['Finance'] }, entitlements: ['crm:ledger'] },
  ],
  ...(duties.length > 0 && { duties }),
});
const MODEL = modelWith(10);
const at = (moment: string) => Date.parse(moment);
const hired = joiner('2026-03-01T09:00:00Z', { department: 'Sales' });
const moved = mover('2026-04-01T00:00:00Z', { department: 'Finance' });
const heldAt = (moment: string, facts: readonly Fact[], model = MODEL) =>
  desiredAccess(buildTimeline([hired, ...facts]), model, at(moment), 'E1')
    .accounts.flatMap(({ entitlements }) => entitlements.map((one) => one.entitlement))
    .join(' ');
const rule = (mode: DutyRule['mode'], ...sides: readonly string[]): DutyRule => ({
  ...{ id: 'apart', name: 'Apart', severity: 'high', mode, exceptions: [] },
  sides: sides.map((one) => ({ name: one, entitlements: [one], profiles: [] })),
});

describe('what a mover keeps to hand it over', () => {
  it('is held from the move until its hard end, and nothing without a window is', () => {
    const instants = [
      '2026-03-31T23:59:59.999Z',
      '2026-04-01T00:00:00Z',
      '2026-04-10T23:59:59.999Z',
      '2026-04-11T00:00:00Z',
    ];
    expect(instants.map((moment) => heldAt(moment, [moved]))).toEqual([
      'pipeline seller',
      'ledger pipeline',
      'ledger pipeline',
      'ledger',
    ]);
    expect(heldAt('2026-04-01T00:00:00Z', [moved], modelWith(undefined))).toBe('ledger');
  });

  it('has its reason and its end in the ledger', () => {
    const ledger = reasonsAt(buildTimeline([hired, moved]), MODEL, at('2026-04-02T00:00:00Z'), 'E1');
    const pipeline = ledger.find((one) => one.entitlement === 'pipeline');
    expect(pipeline?.reasons).toEqual([
      {
        reason: { type: 'handover', profile: 'sales', fact: moved.factId },
        sinceMs: at('2026-04-01T00:00:00Z'),
        untilMs: at('2026-04-11T00:00:00Z'),
      },
    ]);
  });

  it('ends with the employment, and nobody who is hired again has it back', () => {
    const left = leaver('2026-04-03T00:00:00Z');
    const ledger = reasonsAt(buildTimeline([hired, moved, left]), MODEL, at('2026-04-02T00:00:00Z'), 'E1');
    expect(ledger.flatMap(({ reasons }) => reasons.map(({ untilMs }) => untilMs && toIso(untilMs)))).toEqual([
      '2026-04-03T00:00:00.000Z',
      '2026-04-03T00:00:00.000Z',
    ]);
    const back = joiner('2026-04-04T00:00:00Z', { department: 'Finance' });
    expect(heldAt('2026-04-03T12:00:00Z', [moved, left, back])).toBe('');
    expect(heldAt('2026-04-05T00:00:00Z', [moved, left, back])).toBe('ledger');
  });

  it('is no reason while somebody is away, and lasts no longer for that', () => {
    const away = [suspension('2026-04-02T00:00:00Z'), returning('2026-04-05T00:00:00Z')];
    const instants = ['2026-04-03T00:00:00Z', '2026-04-06T00:00:00Z', '2026-04-11T00:00:00Z'];
    expect(instants.map((moment) => heldAt(moment, [moved, ...away]))).toEqual(['ledger', 'ledger pipeline', 'ledger']);
  });

  it('is not prolonged by another move, and begins anew only with what is lost anew', () => {
    const on = mover('2026-04-05T00:00:00Z', { department: 'Legal' });
    expect(heldAt('2026-04-06T00:00:00Z', [moved, on])).toBe('pipeline');
    expect(heldAt('2026-04-11T00:00:00Z', [moved, on])).toBe('');
    const back = mover('2026-04-05T00:00:00Z', { department: 'Sales' });
    const again = mover('2026-04-08T00:00:00Z', { department: 'Finance' });
    expect(heldAt('2026-04-17T00:00:00Z', [moved, back, again])).toBe('ledger pipeline');
    expect(heldAt('2026-04-18T00:00:00Z', [moved, back, again])).toBe('ledger');
  });

  it('is there in whatever order it was told, shorter for whom it was told late, and gone with a move that was none', () => {
    expect(heldAt('2026-04-02T00:00:00Z', [mover('2026-04-05T00:00:00Z', { title: 'Lead' }), moved])).toBe(
      'ledger pipeline',
    );
    const late = mover('2026-04-01T00:00:00Z', { department: 'Finance' }, { recorded: '2026-04-09T00:00:00Z' });
    expect(heldAt('2026-04-10T12:00:00Z', [late])).toBe('ledger pipeline');
    expect(heldAt('2026-04-11T00:00:00Z', [late])).toBe('ledger');
    expect(heldAt('2026-04-02T00:00:00Z', [moved, rescind(moved, '2026-04-01T12:00:00Z')])).toBe('pipeline seller');
    // What was true for no time gave nothing that could be handed over.
    const joinsElsewhere = mover('2026-03-01T09:00:00Z', { department: 'Finance' });
    expect(heldAt('2026-03-02T00:00:00Z', [joinsElsewhere])).toBe('ledger');
  });

  it('is a reason beside what was decided for a time, which keeps its own end', () => {
    const granted = accessGranted('crm:pipeline', '2026-03-15T00:00:00Z', '2026-04-05T00:00:00Z');
    const longer = accessGranted('crm:pipeline', '2026-03-15T00:00:00Z', '2026-05-05T00:00:00Z');
    expect(heldAt('2026-04-06T00:00:00Z', [moved, granted])).toBe('ledger pipeline');
    expect(heldAt('2026-04-12T00:00:00Z', [moved, longer])).toBe('ledger pipeline');
    // What only people had decided on is not handed over when it ends.
    const seller = accessGranted('crm:ledger', '2026-03-15T00:00:00Z', '2026-03-20T00:00:00Z');
    expect(heldAt('2026-03-21T00:00:00Z', [seller])).toBe('pipeline seller');
  });

  it('yields to what is given now, and is told where that is all a rule asks for', () => {
    for (const sides of [
      ['crm:pipeline', 'crm:ledger'],
      ['crm:ledger', 'crm:pipeline'],
    ]) {
      expect(heldAt('2026-04-02T00:00:00Z', [moved], modelWith(10, [rule('prevent', ...sides)]))).toBe('ledger');
      expect(heldAt('2026-04-02T00:00:00Z', [moved], modelWith(10, [rule('require-exception', ...sides)]))).toBe(
        'ledger',
      );
      expect(heldAt('2026-04-02T00:00:00Z', [moved], modelWith(10, [rule('detect', ...sides)]))).toBe(
        'ledger pipeline',
      );
    }
    const byProfile = rule('prevent', 'crm:nothing', 'crm:ledger');
    const ofSales = {
      ...byProfile,
      sides: byProfile.sides.map((side, index) =>
        index > 0 ? side : { ...side, entitlements: [], profiles: ['sales'] },
      ),
    };
    expect(heldAt('2026-04-02T00:00:00Z', [moved], modelWith(10, [ofSales]))).toBe('ledger');
  });

  it('keeps nothing that a rule had refused before the move', () => {
    const model = modelWith(10, [rule('prevent', 'crm:seller', 'crm:pipeline')]);
    expect(heldAt('2026-03-31T00:00:00Z', [moved], model)).toBe('seller');
    expect(heldAt('2026-04-02T00:00:00Z', [moved], model)).toBe('ledger');
  });

  it('ends at an instant at which the sweep looks, and no pass settles over it', () => {
    const timeline = buildTimeline([hired, moved]);
    const whom = (moment: string) => ({ identityId: 'E1', nowMs: at(moment) });
    expect(nextModelInstantMs(timeline, MODEL, whom('2026-04-01T00:00:00Z'))).toBe(at('2026-04-11T00:00:00Z'));
    expect(nextModelInstantMs(timeline, MODEL, whom('2026-04-11T00:00:00Z'))).toBeUndefined();
    expect(lastInstantMs(timeline, MODEL, whom('2026-04-10T00:00:00Z'))).toBe(at('2026-04-01T00:00:00Z'));
    expect(lastInstantMs(timeline, MODEL, whom('2026-04-11T00:00:00Z'))).toBe(at('2026-04-11T00:00:00Z'));
    expect(lastInstantMs(timeline, modelWith(90), whom('2026-06-30T00:00:00Z'))).toBe(at('2026-06-30T00:00:00Z'));
  });

  it('is lost with a shorter window, and kept until somebody has agreed to that', () => {
    const state = identityAt(buildTimeline([hired, moved]), at('2026-04-06T00:00:00Z'));
    const shorter = modelWith(3);
    expect(accessChange(state, MODEL, shorter).loses.map((one) => one.entitlement)).toEqual(['pipeline']);
    expect(accessChange(state, MODEL, keepBoth(MODEL, shorter)).loses).toEqual([]);
    expect(accessChange(state, shorter, MODEL).gains.map((one) => one.entitlement)).toEqual(['pipeline']);
  });

  it('is by no part of two models what neither of them hands over', () => {
    const [selling, financing] = MODEL.profiles;
    if (selling === undefined || financing === undefined) throw new Error('no profiles');
    const before = { ...MODEL, profiles: [financing] };
    const after = { ...modelWith(undefined), profiles: [{ ...selling, entitlements: ['crm:pipeline'] }, financing] };
    expect(
      [before, after, keepBoth(before, after)].map((model) => heldAt('2026-04-02T00:00:00Z', [moved], model)),
    ).toEqual(['ledger', 'ledger', 'ledger']);
    expect(heldAt('2026-04-02T00:00:00Z', [moved], keepBoth(MODEL, after))).toBe('ledger pipeline');
    expect(heldAt('2026-04-02T00:00:00Z', [moved], keepBoth(after, MODEL))).toBe('ledger pipeline');
    expect(heldAt('2026-04-12T00:00:00Z', [moved], keepBoth(after, MODEL))).toBe('ledger');
  });

  it('does not hide from the mass-error guard what a move takes', () => {
    const loss = (model: AccessModel) =>
      lossBetween(buildTimeline([hired]), buildTimeline([hired, moved]), model, at('2026-04-02T00:00:00Z'));
    expect(loss(MODEL)).toEqual(loss(modelWith(undefined)));
    expect(loss(MODEL)?.extent).toBe('some');
  });

  it('remembers of a source that moves somebody every hour what was last', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      mover(toIso(at('2026-04-01T00:00:00Z') + index * 3_600_000), { title: `Title ${index}` }),
    );
    const state = identityAt(buildTimeline([hired, ...many]), at('2026-04-21T21:00:00Z'));
    expect('moves' in state ? state.moves?.each.length : 0).toBe(20);
    const states = buildTimeline([hired, moved]).changes.map((change) => change.state);
    expect(states.map((one) => ('moves' in one ? one.moves?.each.length : 0))).toEqual([0, 1]);
    const later = identityAt(buildTimeline([hired, moved]), at('2026-07-30T00:00:00Z'));
    expect(later).toMatchObject({ moves: undefined });
  });
});
