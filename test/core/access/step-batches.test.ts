import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../lambdas/core/access/difference.ts';
import {
  batchSteps,
  MAXIMUM_TOGETHER,
  type PlannedStep,
  type StepBatch,
} from '../../../lambdas/core/access/step-batches.ts';

const revoke = (grant: string): Step => ({ action: 'revoke', grant, privileged: false });
const grant = (name: string): Step => ({
  action: 'grant',
  grant: name,
  entitlement: name,
  privileged: false,
  reasons: [],
});
const brief = (batch: StepBatch) => ('together' in batch ? batch.together.map(nameOf).join(' + ') : nameOf(batch));
const nameOf = ({ step, place }: { readonly step: Step; readonly place: number }) =>
  `${place}:${step.action}${'grant' in step ? ` ${step.grant}` : ''}`;

describe('batches', () => {
  it('take back together what stands side by side, and nothing across another step', () => {
    const steps = [revoke('admin'), { action: 'disable-account' } as const, revoke('a'), revoke('b'), grant('c')];
    expect(batchSteps(steps, true).map(brief)).toEqual([
      '0:revoke admin',
      '1:disable-account',
      '2:revoke a + 3:revoke b',
      '4:grant c',
    ]);
  });

  it('are the steps one by one where the system takes none together', () => {
    expect(batchSteps([revoke('a'), revoke('b')], false).map(brief)).toEqual(['0:revoke a', '1:revoke b']);
  });

  it('leave no grant of many behind, and ask for the right to act again after as many as are allowed', () => {
    const many = Array.from({ length: 2 * MAXIMUM_TOGETHER + 1 }, (_, index) => revoke(`g${index}`));
    const sizes = batchSteps(many, true).map((batch) => ('together' in batch ? batch.together.length : 1));
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
        const batches = batchSteps(steps, together);
        const planned = batches.flatMap((batch): readonly PlannedStep[] =>
          'together' in batch ? batch.together : [batch],
        );
        expect(planned.map((each) => each.step)).toEqual(steps);
        expect(planned.map(({ place }) => place)).toEqual(steps.map((_, index) => index));
        for (const batch of batches) {
          if (!('together' in batch)) continue;
          expect(batch.together.length).toBeGreaterThan(1);
          expect(batch.together.length).toBeLessThanOrEqual(MAXIMUM_TOGETHER);
        }
        if (!together) expect(batches.length).toBe(steps.length);
      }),
    );
  });
});
