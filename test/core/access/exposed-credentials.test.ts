import { describe, expect, it } from 'vitest';
import {
  DEFAULT_GRACE_HOURS,
  exposedCredentials,
  exposureDueMs,
  isDue,
  lastOwnerChangeMs,
} from '../../../lambdas/core/access/exposed-credentials.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import type { Credential } from '../../../lambdas/core/systems/credential.ts';
import { joiner, mover, rescind } from '../../support/facts.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const HOUR = 3_600_000;
const made = joiner('2026-01-01', { kind: 'service-account', owner: 'E1' });
const given = mover('2026-11-20T08:00:00Z', { owner: 'E2' });
const changedMs = Date.parse('2026-11-20T08:00:00Z');
const key = (credentialId: string, kind: Credential['kind'] = 'access-key'): Credential => ({ credentialId, kind });
const changeIn = (...facts: readonly Fact[]) => lastOwnerChangeMs(buildTimeline(facts), NOW);

describe('the change of an owner', () => {
  it('is the last one in effect', () => {
    expect(changeIn(made)).toBeUndefined();
    expect(changeIn(made, given)).toBe(changedMs);
    expect(changeIn(made, given, mover('2026-11-24T08:00:00Z', { owner: 'E3' }))).toBe(changedMs);
    expect(changeIn(made, given, mover('2026-11-21T08:00:00Z', { department: 'Sales' }))).toBe(changedMs);
  });

  it('never was when it is taken back', () => {
    expect(changeIn(made, given, rescind(given, '2026-11-21T08:00:00Z'))).toBeUndefined();
  });
});

describe('an owner for no time', () => {
  it('knows nothing: of several that begin in one instant the last is the owner', () => {
    const also = { recorded: '2026-11-19T00:00:00Z' };
    const other = mover('2026-11-20T08:00:00Z', { owner: 'E3' }, also);
    const again = mover('2026-11-20T08:00:00Z', { owner: 'E1' }, { recorded: '2026-11-19T01:00:00Z' });
    expect(changeIn(made, other, again)).toBeUndefined();
    expect(
      changeIn(made, again, mover('2026-11-20T08:00:00Z', { owner: 'E3' }, { recorded: '2026-11-19T02:00:00Z' })),
    ).toBe(changedMs);
  });
});

describe('credentials that a former owner may know', () => {
  const before = { changedMs, nowMs: NOW, firstContact: false, credentials: [key('b'), key('a')] };

  it('are those found when the change is noticed, to be replaced within a day', () => {
    const dueMs = NOW + DEFAULT_GRACE_HOURS * HOUR;
    expect(exposedCredentials(before)).toEqual({ changedMs, noticedMs: NOW, dueMs, credentials: ['a', 'b'] });
    expect(exposedCredentials({ ...before, graceHours: 0 })?.dueMs).toBe(NOW);
  });

  it('are none without a change, and none in an account that is seen for the first time', () => {
    expect(exposedCredentials({ ...before, changedMs: undefined })).toBeUndefined();
    expect(exposedCredentials({ ...before, firstContact: true })?.credentials).toEqual([]);
  });

  it('become fewer as they are replaced, and what replaces them is none', () => {
    const known = exposedCredentials(before);
    const later = { ...before, known, nowMs: NOW + HOUR, credentials: [key('b'), key('new')] };
    expect(exposedCredentials(later)).toEqual({ ...known, credentials: ['b'] });
    expect(
      exposedCredentials({ ...later, known: exposedCredentials({ ...later, credentials: undefined }) })?.credentials,
    ).toEqual([]);
  });

  it('are replaced also by what keeps their id and was set since', () => {
    const password = (setMs: number) => ({ ...key('password', 'password'), setMs });
    const known = exposedCredentials({ ...before, credentials: [password(NOW - HOUR)] });
    const later = (setMs: number) =>
      exposedCredentials({ ...before, known, credentials: [password(setMs)] })?.credentials;
    expect(later(NOW - HOUR)).toEqual(['password']);
    expect(later(NOW + 1)).toEqual([]);
  });

  it('are all that are there, once more, after another change', () => {
    const known = exposedCredentials(before);
    const again = exposedCredentials({ ...before, known, changedMs: changedMs + HOUR, credentials: [key('new')] });
    expect(again?.credentials).toEqual(['new']);
  });

  it('go when their time is over, a shared secret at once', () => {
    const exposed = exposedCredentials({ ...before, credentials: [key('a'), key('s', 'shared-secret')] });
    const dueMs = exposed?.dueMs ?? 0;
    expect(isDue(key('a'), exposed, dueMs - 1)).toBe(false);
    expect(isDue(key('a'), exposed, dueMs)).toBe(true);
    expect(isDue(key('s', 'shared-secret'), exposed, NOW)).toBe(true);
    expect(isDue(key('new'), exposed, dueMs)).toBe(false);
    expect(exposureDueMs(exposed, NOW)).toBe(dueMs);
    expect(exposureDueMs(exposed, dueMs)).toBeUndefined();
    expect(exposureDueMs({ changedMs, noticedMs: NOW, dueMs, credentials: [] }, NOW)).toBeUndefined();
  });
});
