// What goes with a person when two ids turn out to be one, and what stays with the duplicate's own accounts.
import { expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { mergedInto, movesWithPerson, redirect } from '../../../lambdas/core/identity/merged-identities.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const AT = '2026-11-01T00:00:00Z';
const own = (type: string, more: object = {}) => ({ ...joiner(AT), type, ...more }) as unknown as Fact;

it('all that HR says moves; what was done to an account, and Tenure’s own bookkeeping, stays', () => {
  const said = leaver(AT);
  const moves = [joiner(AT), mover(AT, { title: 'Lead' }), said, suspension(AT), returning(AT), rescind(said, AT)];
  expect(moves.map(movesWithPerson)).toEqual(moves.map(() => true));
  const stays = ['task-attested', 'handed-over', 'merged'].map((type) => own(type));
  expect(stays.map(movesWithPerson)).toEqual([false, false, false]);
});

it('what moves counts at the survivor and remembers whom it was said about, however often it moves', () => {
  const fact = joiner(AT);
  const once = redirect(fact, 'E2');
  expect(once).toEqual({ ...fact, identityId: 'E2', about: 'E1' });
  expect(redirect(once, 'E3')).toEqual({ ...fact, identityId: 'E3', about: 'E1' });
  const attested = own('task-attested');
  expect(redirect(attested, 'E2')).toBe(attested);
});

it('an identity stands for itself until a fact says that it was merged', () => {
  expect(mergedInto([joiner(AT), leaver(AT)])).toBeUndefined();
  expect(mergedInto([joiner(AT), own('merged', { into: 'E2' })])).toBe('E2');
});
