import { expect, it } from 'vitest';
import { unknownIdentityActive as detection } from '../../../../lambdas/core/detection/detections/unknown-identity-active.ts';
import { judgeRecord } from '../../../../lambdas/core/detection/judge.ts';
import { activity, contextOf, findingOf, partyOf } from '../../../support/watched-company.ts';

it('fires on a person whom nobody knows, without telling the name', () => {
  const finding = findingOf(detection, activity({ by: 'zoe.unknown' }));
  expect(finding).toMatchObject({
    severity: 'medium',
    response: 'alert',
    evidence: { knownBy: 'account', candidates: 0 },
  });
  expect(JSON.stringify(finding)).not.toContain('zoe');
});

it('fires low on a machine, and where several may be meant', () => {
  expect(findingOf(detection, activity({ who: partyOf('role/x', 'aws', 'machine') }))).toMatchObject({
    severity: 'low',
    response: 'record',
  });
  const record = activity({ by: 'nobody' });
  const actor = { found: 'several', identityIds: ['a', 'b'] } as const;
  expect(judgeRecord(record, { ...contextOf(record), actor }, [detection])[0]).toMatchObject({
    severity: 'low',
    evidence: { candidates: 2 },
  });
});

it('tells each of them once a day', () => {
  const keys = ['x', 'x', 'y'].map((by) => findingOf(detection, activity({ by }))?.key);
  expect(new Set(keys).size).toBe(2);
});

it.each([
  ['on whoever is known', activity()],
  ['on what failed', activity({ by: 'nobody', outcome: 'failure' })],
  ['on what the platform does itself', activity({ who: partyOf('s3', 'aws', 'platform') })],
  ['where the source does not say who', activity({ who: { clues: [], kind: 'unknown' } })],
  ['on root: another detection does', activity({ who: { ...partyOf('root', 'aws'), breakGlass: true } })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
