// Whose address counts, and about whom a conflict says anything.
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../../lambdas/core/identity/attributes.ts';
import { addressInUse, conflictOf, describeConflict } from '../../../lambdas/core/identity/shared-address.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, returning, suspension } from '../../support/facts.ts';

const CONFLICT = { attribute: 'email', with: 'E2' } as const;
const begins = (email: string | undefined): ReturnType<typeof joiner> =>
  joiner('2026-02-01', { email } as Partial<Attributes>);
const at = (day: string, email: string | undefined = 'Ada@Acme.example') => {
  const facts = [begins(email), suspension('2026-03-01'), returning('2026-04-01'), leaver('2026-05-01')];
  return identityAt(buildTimeline(facts), Date.parse(`${day}T12:00:00Z`));
};

describe('an address', () => {
  it.each([
    ['before the first day', '2026-01-15', undefined],
    ['at work', '2026-02-15', 'ada@acme.example'],
    ['on leave', '2026-03-15', 'ada@acme.example'],
    ['after the last day', '2026-05-15', undefined],
  ])('is in use %s: %s → %s', (_, day, address) => {
    expect(addressInUse(at(day))).toBe(address);
    expect(conflictOf(at(day), [CONFLICT])).toEqual(address && CONFLICT);
  });

  it.each([
    ['none', undefined, undefined],
    ['in other cases', 'ADA@ACME.EXAMPLE', 'ada@acme.example'],
    ['in letters that look the same', 'Ａda@acme.example', 'ada@acme.example'],
    ['international', 'JÖRG@xn--bcher-kva.example', 'jörg@xn--bcher-kva.example'],
  ])('that is %s', (_, email, address) => {
    const state = identityAt(buildTimeline([begins(email)]), Date.parse('2026-02-15T12:00:00Z'));
    expect(addressInUse(state)).toBe(address);
  });

  it.each([[undefined], [[]]])('that nobody else has is in no conflict (%j)', (conflicts) => {
    expect(conflictOf(at('2026-02-15'), conflicts)).toBeUndefined();
  });

  it('is not in what people are told of it', () => {
    expect(describeConflict(CONFLICT)).toContain('identity E2');
    expect(describeConflict(CONFLICT)).not.toContain('@');
  });
});
