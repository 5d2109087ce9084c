// The oracle is OCSF's own schema of a Detection Finding.
import { expect, it } from 'vitest';
import { DETECTIONS } from '../../../lambdas/core/detection/detections/all.ts';
import { toDetectionFinding } from '../../../lambdas/core/detection/finding.ts';
import { judgeRecord } from '../../../lambdas/core/detection/judge.ts';
import { ocsfFaults } from '../../support/ocsf-schemas.ts';
import { activity, contextOf, NOW_MS } from '../../support/watched-company.ts';

const RUNBOOKS = 'https://tenure.example/runbook/';
const found = [
  activity({ by: 'cy' }),
  activity({ by: 'nobody' }),
  activity({ by: 'bob', on: 'ada', action: 'grant', change: { grants: ['crm-admins'] } }),
].flatMap((record) => judgeRecord(record, contextOf(record), DETECTIONS));
const event = {
  activity: 'create',
  status: 'new',
  atMs: NOW_MS,
  count: 2,
  firstMs: NOW_MS - 1,
  lastMs: NOW_MS,
  runbooks: RUNBOOKS,
} as const;

it.each(found)('is what OCSF 1.8 allows: $detection', (finding) => {
  expect(ocsfFaults(toDetectionFinding(finding, event) as { class_uid?: unknown })).toBeUndefined();
});

it('is updated, closed and put aside under the same id', () => {
  const [finding] = found;
  if (finding === undefined) throw new Error('nothing was found');
  const made = toDetectionFinding(finding, event) as { finding_info: { uid: string }; type_uid: number };
  const closed = toDetectionFinding(finding, {
    ...event,
    activity: 'close',
    status: 'resolved',
    atMs: NOW_MS + 1,
  }) as typeof made;
  expect(closed.finding_info.uid).toBe(made.finding_info.uid);
  expect([made.type_uid, closed.type_uid]).toEqual([200401, 200403]);
  expect(ocsfFaults(closed as { class_uid?: unknown })).toBeUndefined();
});

it('has a runbook page and a unique id for every detection, at least twenty', () => {
  expect(new Set(DETECTIONS.map(({ id }) => id)).size).toBe(DETECTIONS.length);
  expect(DETECTIONS.length).toBeGreaterThanOrEqual(20);
});
