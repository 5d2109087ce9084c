// Signals of other systems, pushed: what is refused, in which words, and what becomes of what is taken. Tokens are signed by
// jose with keys that are served over HTTP, as a transmitter has them.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { type Transmitter, transmitterSchema } from '../../../lambdas/core/signals/signal-settings.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { resumeIdentity } from '../../../lambdas/handlers/identity/resume-identity.ts';
import { receiveSignal } from '../../../lambdas/handlers/signals/receive-signal.ts';
import { tokenVerifier } from '../../../lambdas/outbound/signal-keys.ts';
import type { Alert } from '../../../lambdas/stores/alerts.ts';
import {
  answer,
  apiDependencies,
  NOW_MS,
  request,
  requestAs,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memorySignals } from '../../support/memory-signals.ts';
import {
  AUDIENCE,
  CAEP,
  ISSUER,
  RISC,
  type SignalTransmitter,
  SSF,
  startSignalTransmitter,
  type Written,
} from '../../support/signal-transmitter.ts';

const TOKEN = 'token-of-the-transmitter';
const MINUTE_MS = 60_000;

let partner: SignalTransmitter;
beforeEach(async () => {
  partner = await startSignalTransmitter();
});
afterEach(() => partner.stop());

function setUp(changes: object = {}, guard: object = {}) {
  const dependencies = apiDependencies();
  const alerts: Alert[] = [];
  const settings = { id: 'idp', issuer: ISSUER, audience: [AUDIENCE], jwksUrl: partner.jwksUrl, application: 'crm' };
  const transmitter: Transmitter = transmitterSchema.parse({ ...settings, ...changes });
  const signals = { ...memorySignals(dependencies.audit) };
  const verify = tokenVerifier(transmitter.jwksUrl);
  const receive = receiveSignal({
    ...dependencies,
    clock: () => dependencies.nowMs,
    signals,
    guard: { settings: massErrorGuardSchema.parse(guard), holds: memoryHolds() },
    alert: async (alert) => void alerts.push(alert),
    verify: () => verify,
    transmitters: [transmitter],
    secretsOf: async () => [TOKEN, 'token-before'],
  });
  const push = (token: string, headers: object = {}, to = 'idp') =>
    answer(
      receive,
      request({
        pathParameters: { transmitter: to },
        headers: { 'content-type': 'application/secevent+jwt', authorization: `Bearer ${TOKEN}`, ...headers },
        body: Buffer.from(token),
      }),
    );
  const sign = (event: string, written?: Written) => partner.sign(event, dependencies.nowMs, written);
  const hr = async (...events: readonly unknown[]) => {
    const receiving = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
    expect(await answer(receiving, signedRequest(events, { atMs: dependencies.nowMs }))).toMatchObject({ status: 202 });
  };
  const statusOf = async (id: string) => {
    const record = await dependencies.directory.load(id);
    return identityAt(buildTimeline(record?.facts ?? []), dependencies.nowMs).status;
  };
  const entries = async (about: string) => {
    const { items } = await dependencies.audit.list(about, { limit: 100 });
    return items
      .map(({ event }) => event)
      .filter(({ type }) => type === 'signal-received' || type === 'authentication-failed');
  };
  return { dependencies, signals, alerts, push, sign, hr, statusOf, entries };
}

const SESSION_REVOKED = `${CAEP}session-revoked`;
const ADA = joinerEvent();
const SUSPENDING = { responses: { 'session-revoked': 'suspend', 'account-disabled': 'suspend' } };

describe('a signal that is pushed', () => {
  it('is answered 202 without a body, and on record with whom it is about and why', async () => {
    const { push, sign, hr, entries, alerts, statusOf } = setUp();
    await hr(ADA);
    expect(await push(await sign(SESSION_REVOKED))).toEqual({ status: 202, body: undefined });
    expect(await entries('E1001')).toEqual([
      {
        type: 'signal-received',
        transmitter: 'idp',
        event: 'session-revoked',
        jti: expect.stringContaining('jti-'),
        issuedAt: '2026-11-23T09:00:00.000Z',
        response: 'recorded',
        reason: 'Stolen laptop',
      },
    ]);
    expect([alerts, await statusOf('E1001')]).toEqual([[], 'active']);
  });

  it('is taken with the secret before, and not with another, none, or for a transmitter that is not there', async () => {
    const { push, sign, entries } = setUp();
    expect((await push(await sign(SESSION_REVOKED), { authorization: 'bearer token-before' })).status).toBe(202);
    const refused = { status: 400, body: { err: 'authentication_failed', description: expect.any(String) } };
    expect(await push(await sign(SESSION_REVOKED), { authorization: 'Bearer other' })).toEqual(refused);
    expect(await push(await sign(SESSION_REVOKED), { authorization: undefined })).toEqual(refused);
    expect(await push(await sign(SESSION_REVOKED), {}, 'nobody')).toEqual(refused);
    expect(await entries('DEPLOYMENT#tenure')).toContainEqual({
      type: 'authentication-failed',
      operation: 'receive-signal',
    });
  });

  it('is refused by its type and size before anything is read of it', async () => {
    const { push, sign } = setUp();
    const token = await sign(SESSION_REVOKED);
    expect((await push(token, { 'content-type': 'application/json' })).status).toBe(415);
    expect((await push(token, { 'content-type': 'Application/SecEvent+JWT; charset=utf-8' })).status).toBe(202);
    expect((await push('x'.repeat(65_537))).status).toBe(413);
    expect(await push('x'.repeat(65_536))).toMatchObject({ status: 400, body: { err: 'invalid_request' } });
  });

  it.each<[string, string, Written]>([
    ['forged', 'authentication_failed', { forged: true }],
    ['signed with a key that is not served', 'invalid_key', { header: { kid: 'of-nobody' } }],
    ['for somebody else', 'invalid_audience', { claims: { aud: 'https://other.example' } }],
    ['for nobody', 'invalid_request', { claims: { aud: undefined } }],
    ['of another issuer', 'invalid_issuer', { claims: { iss: 'https://idp.evil.example' } }],
    ['of an issuer with a slash too many', 'invalid_issuer', { claims: { iss: `${ISSUER}/` } }],
    ['an access token', 'invalid_request', { header: { typ: 'at+jwt' } }],
    ['without a type', 'invalid_request', { header: { typ: undefined } }],
    ['without an id', 'invalid_request', { claims: { jti: undefined } }],
    ['without a time', 'invalid_request', { claims: { iat: undefined } }],
    ['of 1970', 'invalid_request', { claims: { iat: 0 } }],
    ['a day and a minute old', 'invalid_request', { claims: { iat: NOW_MS / 1_000 - 86_460 } }],
    ['of the future', 'invalid_request', { claims: { iat: NOW_MS / 1_000 + 301 } }],
    ['expired', 'invalid_request', { claims: { exp: NOW_MS / 1_000 - 1 } }],
    ['without an event', 'invalid_request', { claims: { events: {} } }],
    [
      'of two events',
      'invalid_request',
      { claims: { events: { [SESSION_REVOKED]: {}, [`${CAEP}credential-change`]: {} } } },
    ],
    ['whose event is text', 'invalid_request', { claims: { events: { [SESSION_REVOKED]: 'now' } } }],
    ['whose events are a list', 'invalid_request', { claims: { events: [SESSION_REVOKED] } }],
  ])('is refused when it is %s', async (_, err, written) => {
    const { push, sign, hr, statusOf, entries } = setUp(SUSPENDING);
    await hr(ADA);
    await push(await sign(`${SSF}verification`));
    const { status, body } = await push(await sign(SESSION_REVOKED, written));
    expect([status, body]).toEqual([400, { err, description: expect.any(String) }]);
    expect([await statusOf('E1001'), await entries('E1001')]).toEqual(['active', []]);
  });

  it.each(['none', 'HS256'])('is refused with the algorithm %s, though its keys are public', async (alg) => {
    const { push } = setUp();
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = { iss: ISSUER, aud: AUDIENCE, iat: NOW_MS / 1_000, jti: 'j', events: { [SESSION_REVOKED]: {} } };
    const unsigned = `${encode({ alg, typ: 'secevent+jwt', kid: 'key-1' })}.${encode(claims)}`;
    const keys = await (await fetch(partner.jwksUrl)).text();
    const signature = alg === 'none' ? '' : createHmac('sha256', keys).update(unsigned).digest('base64url');
    expect(await push(`${unsigned}.${signature}`)).toMatchObject({ status: 400, body: { err: 'invalid_key' } });
  });

  it('is taken at the very end of its time, and for as long as clocks may differ before it', async () => {
    const { push, sign } = setUp();
    const seconds = NOW_MS / 1_000;
    expect((await push(await sign(SESSION_REVOKED, { claims: { iat: seconds - 86_400 } }))).status).toBe(202);
    expect((await push(await sign(SESSION_REVOKED, { claims: { iat: seconds + 300 } }))).status).toBe(202);
  });

  it('counts once, however often it comes; another token under its id is refused', async () => {
    const { push, sign, hr, entries } = setUp();
    await hr(ADA);
    const token = await sign(SESSION_REVOKED, { claims: { jti: 'same' } });
    expect([(await push(token)).status, (await push(token)).status]).toEqual([202, 202]);
    expect(await entries('E1001')).toHaveLength(1);
    const other = await sign(`${RISC}account-disabled`, { claims: { jti: 'same' } });
    expect(await push(other)).toMatchObject({ status: 400, body: { err: 'invalid_request' } });
    expect(await entries('E1001')).toHaveLength(1);
  });
});

describe('the keys of a transmitter', () => {
  it('are fetched once for many tokens, and anew for a key that is not among them', async () => {
    const { push, sign } = setUp();
    for (let tokens = 0; tokens < 3; tokens += 1) await push(await sign(SESSION_REVOKED));
    expect(partner.asked()).toBe(1);
  });

  it('are not fetched for each made-up key', async () => {
    const { push, sign } = setUp();
    await push(await sign(SESSION_REVOKED));
    for (let tokens = 0; tokens < 5; tokens += 1)
      await push(await sign(SESSION_REVOKED, { header: { kid: `k${tokens}` } }));
    expect(partner.asked()).toBe(1);
  });

  it.each<[string, { status?: number; body?: unknown }]>([
    ['do not answer', { status: 500 }],
    ['are somewhere else', { status: 302 }],
    ['are no keys', { body: { keys: 'none' } }],
    ['are more than 256 KB', { body: { keys: [], filling: 'x'.repeat(262_144) } }],
  ])('that %s have the token sent again', async (_, keys) => {
    const { push, sign } = setUp();
    const token = await sign(SESSION_REVOKED);
    partner.answerKeysWith(keys);
    expect((await push(token)).status).toBe(503);
    partner.answerKeysWith(undefined);
    expect((await push(token)).status).toBe(202);
  });
});

describe('a signal that is to suspend', () => {
  it('keeps nobody out before the stream is verified: somebody is told instead', async () => {
    const { push, sign, hr, statusOf, alerts, entries } = setUp(SUSPENDING);
    await hr(ADA);
    expect((await push(await sign(SESSION_REVOKED))).status).toBe(202);
    expect(await statusOf('E1001')).toBe('active');
    expect(await entries('E1001')).toMatchObject([{ response: 'alerted' }]);
    expect(alerts).toMatchObject([{ message: expect.stringContaining('its stream has not been verified') }]);
  });

  it('keeps out at once, tells somebody without naming them, and is taken back by security alone', async () => {
    const { push, sign, hr, statusOf, alerts, entries, dependencies } = setUp(SUSPENDING);
    await hr(ADA, joinerEvent({ email: 'sec@example.com' }, { id: 'sec', subject: 'E0900' }));
    await push(await sign(`${SSF}verification`, { claims: { sub_id: { format: 'opaque', id: 'stream-1' } } }));
    expect((await push(await sign(SESSION_REVOKED))).status).toBe(202);
    expect(await statusOf('E1001')).toBe('suspended');
    expect(await entries('E1001')).toMatchObject([{ response: 'suspended' }]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.message).toContain('Identity: E1001');
    expect(JSON.stringify(alerts)).not.toMatch(/ada|Stolen/i);
    const resume = (role: 'operations' | 'security') =>
      answer(resumeIdentity(dependencies), requestAs([role], 'E0900', { pathParameters: { id: 'E1001' } }));
    expect((await resume('operations')).status).toBe(403);
    expect((await resume('security')).status).toBe(200);
    expect(await statusOf('E1001')).toBe('active');
  });

  it('suspends once by one token: sent again after it was resumed, it does nothing', async () => {
    const { push, sign, hr, statusOf, dependencies } = setUp(SUSPENDING);
    await hr(ADA, joinerEvent({ email: 'sec@example.com' }, { id: 'sec', subject: 'E0900' }));
    await push(await sign(`${SSF}verification`));
    const token = await sign(SESSION_REVOKED);
    await push(token);
    dependencies.nowMs += MINUTE_MS;
    await answer(resumeIdentity(dependencies), requestAs(['security'], 'E0900', { pathParameters: { id: 'E1001' } }));
    await push(token);
    expect(await statusOf('E1001')).toBe('active');
  });

  it('suspends once, though the record of it failed and the token comes again after somebody resumed', async () => {
    const { push, sign, hr, statusOf, dependencies, signals } = setUp(SUSPENDING);
    await hr(ADA, joinerEvent({ email: 'sec@example.com' }, { id: 'sec', subject: 'E0900' }));
    await push(await sign(`${SSF}verification`));
    const token = await sign(SESSION_REVOKED);
    const { saveTaken } = signals;
    signals.saveTaken = () => Promise.reject(new RetryableError('the table is throttled'));
    expect((await push(token)).status).toBe(503);
    expect(await statusOf('E1001')).toBe('suspended');
    signals.saveTaken = saveTaken;
    dependencies.nowMs += MINUTE_MS;
    await answer(resumeIdentity(dependencies), requestAs(['security'], 'E0900', { pathParameters: { id: 'E1001' } }));
    expect((await push(token)).status).toBe(202);
    expect(await statusOf('E1001')).toBe('active');
  });

  it('leaves those who have left, and does nothing about nobody', async () => {
    const { push, sign, hr, entries, alerts } = setUp(SUSPENDING);
    await hr(ADA, leaverEvent({}, { id: 'left' }));
    await push(await sign(`${SSF}verification`));
    await push(await sign(SESSION_REVOKED));
    expect(await entries('E1001')).toMatchObject([{ response: 'recorded' }]);
    await push(await sign(SESSION_REVOKED, { claims: { sub_id: { format: 'email', email: 'nobody@example.com' } } }));
    const unknown = (await entries('DEPLOYMENT#tenure')).at(-1);
    expect(unknown).toMatchObject({ event: 'session-revoked', response: 'alerted' });
    expect(unknown).not.toHaveProperty('reason');
    expect(alerts).toHaveLength(1);
  });

  it('does not choose between two who share an address', async () => {
    const { push, sign, hr, statusOf, alerts } = setUp(SUSPENDING);
    await hr(ADA, joinerEvent({}, { id: 'twin', subject: 'E1002' }));
    await push(await sign(`${SSF}verification`));
    await push(await sign(SESSION_REVOKED));
    expect([await statusOf('E1001'), await statusOf('E1002')]).toEqual(['active', 'active']);
    expect(alerts).toHaveLength(1);
  });

  it('means whoever is there by now, where the same address had left under another id', async () => {
    const { push, sign, hr, statusOf } = setUp(SUSPENDING);
    await hr(ADA, leaverEvent({}, { id: 'left' }), joinerEvent({}, { id: 'now', subject: 'E2001' }));
    await push(await sign(`${SSF}verification`));
    await push(await sign(SESSION_REVOKED));
    expect([await statusOf('E1001'), await statusOf('E2001')]).toEqual(['departed', 'suspended']);
  });

  it('keeps out no more than the mass-error guard lets anybody', async () => {
    const { push, sign, hr, statusOf, alerts } = setUp(SUSPENDING, { neverHeld: 1, maximumIdentities: 1 });
    const ids = ['E1', 'E2', 'E3'];
    await hr(...ids.map((subject) => joinerEvent({ email: `${subject}@example.com` }, { id: subject, subject })));
    await push(await sign(`${SSF}verification`));
    for (const id of ids) {
      await push(await sign(SESSION_REVOKED, { claims: { sub_id: { format: 'email', email: `${id}@example.com` } } }));
    }
    expect(await Promise.all(ids.map(statusOf))).toEqual(['suspended', 'active', 'active']);
    expect(alerts.filter(({ message }) => message.includes('too many'))).toHaveLength(2);
  });

  it('of what has two sides heeds the one that takes trust away', async () => {
    const responses = { 'device-compliance-change': 'suspend' };
    const { push, sign, hr, statusOf } = setUp({ responses });
    await hr(ADA);
    await push(await sign(`${SSF}verification`));
    const uri = `${CAEP}device-compliance-change`;
    const changed = (to: string) => sign(uri, { claims: { events: { [uri]: { current_status: to } } } });
    await push(await changed('compliant'));
    expect(await statusOf('E1001')).toBe('active');
    await push(await changed('not-compliant'));
    expect(await statusOf('E1001')).toBe('suspended');
  });

  it('tells once an hour of the same', async () => {
    const { push, sign, hr, alerts, dependencies } = setUp({ responses: { 'credential-change': 'alert' } });
    await hr(ADA);
    await push(await sign(`${CAEP}credential-change`));
    await push(await sign(`${CAEP}credential-change`));
    expect(alerts).toHaveLength(1);
    dependencies.nowMs += 60 * MINUTE_MS;
    await push(await sign(`${CAEP}credential-change`));
    expect(alerts).toHaveLength(2);
  });
});

describe('whom a signal is about', () => {
  const account = {
    applicationId: 'crm',
    account: { accountId: 'user-77', userName: 'ada', enabled: true, grants: [], attributes: {} },
  };
  it.each<[string, object, string]>([
    ['an account of the application', { format: 'iss_sub', iss: ISSUER, sub: 'user-77' }, 'E1001'],
    ['the same, by an id alone', { format: 'opaque', id: 'user-77' }, 'E1001'],
    [
      'the user of a complex subject',
      { format: 'complex', user: { format: 'email', email: 'ADA@example.com' } },
      'E1001',
    ],
    [
      'an account of another issuer',
      { format: 'iss_sub', iss: 'https://other.example', sub: 'user-77' },
      'DEPLOYMENT#tenure',
    ],
    ['an account that nobody has', { format: 'iss_sub', iss: ISSUER, sub: 'user-78' }, 'DEPLOYMENT#tenure'],
    ['a telephone', { format: 'phone_number', phone_number: '+1 206 555 0100' }, 'DEPLOYMENT#tenure'],
  ])('%s', async (_, subject, about) => {
    const { push, sign, hr, entries, dependencies } = setUp();
    await hr(ADA);
    const accounts = {
      ...dependencies.accounts,
      findLinked: async (application: string, id: string) => {
        return application === account.applicationId && id === account.account.accountId ? ['E1001'] : [];
      },
    };
    Object.assign(dependencies.accounts, accounts);
    await push(await sign(SESSION_REVOKED, { claims: { sub_id: subject } }));
    expect(await entries(about)).toHaveLength(1);
  });
});

describe('the stream', () => {
  it('that stops is told of, and an event that nobody knows is on record', async () => {
    const { push, sign, alerts, entries } = setUp();
    const uri = `${SSF}stream-updated`;
    await push(await sign(uri, { claims: { events: { [uri]: { status: 'paused' } } } }));
    await push(await sign(uri, { claims: { events: { [uri]: { status: 'enabled' } } } }));
    expect(alerts).toMatchObject([{ message: expect.stringContaining('no signals any more') }]);
    await push(await sign('https://acme.example/made-up'));
    const found = (await entries('DEPLOYMENT#tenure')).map(
      (one) => 'response' in one && `${one.event} ${one.response}`,
    );
    expect(found.sort()).toEqual(['other recorded', 'stream-updated alerted', 'stream-updated recorded']);
  });
});
