// The instant shown beside each fact.
import { expect, it } from 'vitest';
import { effectiveInstantsOf } from '../../../lambdas/core/identity/effective-instant.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { toIso } from '../../../lambdas/core/moment.ts';
import { joiner, leaver, mover, rescind } from '../../support/facts.ts';

it('is where the identity works, for rescinded facts too; a rescind has none', () => {
  const withdrawn = leaver('2026-12-31', { recorded: '2026-06-03T00:00:00Z' });
  const facts = [
    joiner('2026-07-01', { timeZone: 'Europe/Berlin' }, { recorded: '2026-06-01T00:00:00Z' }),
    mover('2026-08-01', { title: 'Lead' }, { recorded: '2026-06-02T00:00:00Z' }),
    withdrawn,
    rescind(withdrawn, '2026-06-04T00:00:00Z'),
  ];
  const timeline = buildTimeline(facts);
  const instants = facts.map(effectiveInstantsOf(timeline)).map((ms) => ms && toIso(ms));
  expect(instants).toEqual([
    '2026-06-30T22:00:00.000Z',
    '2026-07-31T22:00:00.000Z',
    '2026-12-31T23:00:00.000Z',
    undefined,
  ]);
});
