// What becomes of an alert once somebody has said whether it was meant.
import { expect, it } from 'vitest';
import { answeredQuestion, deniedBy, whyNotAnswered, withQuestion } from '../../../lambdas/core/detection/question.ts';
import { alertOf } from '../../stores/activity/contract.ts';

const ASKED_MS = Date.parse('2026-11-29T12:00:00Z');
const question = (linkId: string) => ({
  linkId,
  secretHash: 'hash',
  person: 'E2',
  raised: 1,
  askedMs: ASKED_MS,
  expiresMs: ASKED_MS + 1_000,
});
const said = (meant: boolean) => ({
  linkId: 'a',
  meant,
  by: 'E2',
  reason: undefined,
  nowMs: ASKED_MS + 1,
  whenDenied: 'alert' as const,
});

it.each([
  ['medium', 'high'],
  ['high', 'high'],
  ['critical', 'critical'],
] as const)('what was %s and nobody meant is %s', (severity, expected) => {
  const alert = withQuestion(alertOf({ severity, status: 'acknowledged', acknowledgedBy: 'E9' }), question('a'));
  const denied = answeredQuestion(alert, said(false));
  expect(denied).toMatchObject({ severity: expected, status: 'open', raised: 2, response: 'alert' });
  expect(denied.acknowledgedBy).toBeUndefined();
  expect(deniedBy(denied)).toBe('E2');
  expect(whyNotAnswered(denied, denied.questions?.[0] ?? question('a'), ASKED_MS)).toBe('used');
});

it('what was meant is closed, and nobody has denied it', () => {
  const meant = answeredQuestion(withQuestion(alertOf(), question('a')), said(true));
  expect(meant).toMatchObject({ status: 'closed', raised: 1, closed: { by: 'E2', outcome: 'expected', asked: true } });
  expect(deniedBy(meant)).toBeUndefined();
  expect(deniedBy(alertOf())).toBeUndefined();
});

it('of many questions the last five are kept', () => {
  const asked = [...'abcdefg'].reduce((alert, linkId) => withQuestion(alert, question(linkId)), alertOf());
  expect(asked.questions?.map(({ linkId }) => linkId)).toEqual([...'cdefg']);
});
