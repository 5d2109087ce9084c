// Whose signals are taken, as settings have it: what is wrong is named, and nothing that is said by others leads anywhere.
import { describe, expect, it } from 'vitest';
import { isAdverse, SIGNAL_NAMES, uriOf } from '../../../lambdas/core/signals/event-types.ts';
import { responseTo, sharedSignalsSchema, transmitterSchema } from '../../../lambdas/core/signals/signal-settings.ts';

const IDP = { id: 'idp', issuer: 'https://idp.example', audience: ['tenure'], jwksUrl: 'https://idp.example/jwks' };
const faultsOf = (changes: object) =>
  transmitterSchema.safeParse({ ...IDP, ...changes }).error?.issues.map(({ path }) => path.join('.'));

describe('a transmitter in the settings', () => {
  it.each<[object, readonly string[] | undefined]>([
    [{}, undefined],
    [{ issuer: 'https://idp.example/realms/a/' }, undefined],
    [{ jwksUrl: 'http://127.0.0.1:4000/jwks' }, undefined],
    [{ jwksUrl: 'http://idp.example/jwks' }, ['jwksUrl']],
    [{ jwksUrl: 'http://169.254.169.254/latest' }, ['jwksUrl']],
    [{ jwksUrl: 'http://localhost.evil.example/jwks' }, ['jwksUrl']],
    [{ jwksUrl: 'https://user:password@idp.example/jwks' }, ['jwksUrl']],
    [{ jwksUrl: 'https://idp.example/jwks?at=1' }, ['jwksUrl']],
    [{ jwksUrl: 'file:///etc/passwd' }, ['jwksUrl']],
    [{ id: 'Idp' }, ['id']],
    [{ id: 'a'.repeat(31) }, undefined],
    [{ id: 'a'.repeat(32) }, ['id']],
    [{ audience: [] }, ['audience']],
    [{ audience: Array(6).fill('a') }, ['audience']],
    [{ maximumAgeMinutes: 4 }, ['maximumAgeMinutes']],
    [{ maximumAgeMinutes: 5 }, undefined],
    [{ maximumAgeMinutes: 10_081 }, ['maximumAgeMinutes']],
    [{ responses: { 'session-revoked': 'suspend' } }, undefined],
    [{ responses: { 'session-revoked': 'delete' } }, ['responses.session-revoked']],
    [{ responses: { 'made-up': 'alert' } }, ['responses']],
    [{ responses: { 'account-enabled': 'suspend' } }, ['responses']],
    [{ responses: { 'account-enabled': 'alert' } }, undefined],
    [{ poll: { url: 'http://10.0.0.1/poll', secret: 'a' } }, ['poll.url']],
    [
      { poll: { url: 'https://idp.example/poll', secret: 'a', tokenUrl: 'https://idp.example/token' } },
      ['poll.clientId'],
    ],
    [{ poll: { url: 'https://idp.example/poll', secret: 'a', clientId: 'tenure' } }, ['poll.clientId']],
  ])('with %j', (changes, faults) => {
    expect(faultsOf(changes)).toEqual(faults);
  });

  it('is there once, and ten at most', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...IDP, id: `idp-${index}` }));
    const isTaken = (transmitters: readonly object[]) => sharedSignalsSchema.safeParse({ transmitters }).success;
    expect([isTaken(many(10)), isTaken(many(11)), isTaken([IDP, IDP])]).toEqual([true, false, false]);
  });
});

describe('what is done about an event', () => {
  const responses = {
    'session-revoked': 'suspend',
    'credential-change': 'alert',
    'risk-level-change': 'suspend',
  } as const;
  it.each([
    ['session-revoked', {}, true, 'suspend'],
    ['session-revoked', {}, false, 'alert'],
    ['credential-change', {}, true, 'alert'],
    ['account-disabled', {}, true, 'record'],
    ['risk-level-change', { current_level: 'LOW' }, true, 'record'],
    ['risk-level-change', { current_level: 'HIGH' }, true, 'suspend'],
    ['risk-level-change', { current_level: 'HIGH' }, false, 'alert'],
  ] as const)('%s %j, verified: %s → %s', (name, payload, isVerified, response) => {
    expect(responseTo({ responses }, name, payload, isVerified)).toBe(response);
  });

  it('is by one URI each, of the three specifications', () => {
    expect(new Set(SIGNAL_NAMES.map(uriOf)).size).toBe(SIGNAL_NAMES.length);
    expect(uriOf('session-revoked')).toBe('https://schemas.openid.net/secevent/caep/event-type/session-revoked');
    expect(uriOf('account-disabled')).toBe('https://schemas.openid.net/secevent/risc/event-type/account-disabled');
    expect(uriOf('verification')).toBe('https://schemas.openid.net/secevent/ssf/event-type/verification');
    expect(isAdverse('account-enabled', {})).toBe(false);
  });
});
