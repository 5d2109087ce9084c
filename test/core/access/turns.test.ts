import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../lambdas/core/access/difference.ts';
import { MAXIMUM_TOGETHER, type PlannedStep, type Turn, turnsOf } from '../../../lambdas/core/access/turns.ts';

const revoke = (grant: string): Step => ({ action: 'revoke', grant, privileged: false });
const grant = (name: string): Step => ({
  action: 'grant',
  grant: name,
  entitlement: name,
  privileged: false,
  reasons: [],
});
const brief = (turn: Turn) => ('together' in turn ? turn.together.map(nameOf).join(' + ') : nameOf(turn));
const nameOf = ({ step, place }: { readonly step: Step; readonly place: number }) =>
  `${place}:${step.action}${'grant' in step ? ` ${step.grant}` : ''}`;

describe('turns', () => {
  it('take back together what stands side by side, and nothing across another step', () => {
    const steps = [revoke('admin'), { action: 'disable-account' } as const, revoke('a'), revoke('b'), grant('c')];
    expect(turnsOf(steps, true).map(brief)).toEqual([
      '0:revoke admin',
      '1:disable-account',
      '2:revoke a + 3:revoke b',
      '4:grant c',
    ]);
  });

  it('are the steps one by one where the system takes none together', () => {
    expect(turnsOf([revoke('a'), revoke('b')], false).map(brief)).toEqual(['0:revoke a', '1:revoke b']);
  });

  it('leave no grant of many behind, and ask for the right to act again after as many as are allowed', () => {
    const many = Array.from({ length: 2 * MAXIMUM_TOGETHER + 1 }, (_, index) => revoke(`g${index}`));
    const sizes = turnsOf(many, true).map((turn) => ('together' in turn ? turn.together.length : 1));
    expect(sizes).toEqual([MAXIMUM_TOGETHER, MAXIMUM_TOGETHER, 1]);
  });

  it('hold every step of any plan once, in its order, and never one revoke as several', () => {
    const step = fc.oneof(
      fc.string().map(revoke),
      fc.string().map(grant),
      fc.constant<Step>({ action: 'disable-account' }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.boolean(), (steps, together) => {
        const turns = turnsOf(steps, together);
        const planned = turns.flatMap((turn): readonly PlannedStep[] => ('together' in turn ? turn.together : [turn]));
        expect(planned.map((each) => each.step)).toEqual(steps);
        expect(planned.map(({ place }) => place)).toEqual(steps.map((_, index) => index));
        for (const turn of turns) {
          if (!('together' in turn)) continue;
          expect(turn.together.length).toBeGreaterThan(1);
          expect(turn.together.length).toBeLessThanOrEqual(MAXIMUM_TOGETHER);
        }
        if (!together) expect(turns.length).toBe(steps.length);
      }),
    );
  });
});
