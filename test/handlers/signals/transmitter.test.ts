// The list of the CAEP interoperability profile 1.0 for transmitters, over the routes as they are deployed and HTTP; tokens are
// verified by jose, as whoever receives them would.
import { createRemoteJWKSet, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinerEvent, leaverEvent, returnEvent, suspensionEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { RECEIVER_SECRET, type SignalWorld, startSignalWorld } from '../../support/signal-world.ts';
import { type StubAnswer, type StubServer, startStubServer } from '../../support/stub-server.ts';

const PUSH = 'urn:ietf:rfc:8935';
const POLL = 'urn:ietf:rfc:8936';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type';
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
const EVENTS = [
  `${CAEP}/session-revoked`,
  `${CAEP}/credential-change`,
  `${RISC}/account-disabled`,
  `${RISC}/account-enabled`,
];

let world: SignalWorld;
let endpoint: StubServer;
let answerPush: (token: string) => StubAnswer;
let pushed: { readonly token: string; readonly headers: Readonly<Record<string, unknown>> }[];

beforeEach(async () => {
  [pushed, answerPush] = [[], () => ({ status: 202 })];
  endpoint = await startStubServer(({ body, headers }) => {
    pushed.push({ token: String(body), headers });
    return answerPush(String(body));
  });
  world = await startSignalWorld(
    [
      { id: 'crm', audience: 'https://crm.example', subject: { format: 'email' }, pushTo: [`${endpoint.url}/signals`] },
      { id: 'siem', audience: 'siem', subject: { format: 'opaque' } },
    ],
    Date.parse('2026-11-23T09:00:00Z'),
  );
});
afterEach(async () => {
  await world.stop();
  await endpoint.stop();
});

interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

async function call(method: string, path: string, bearer?: string, body?: unknown): Promise<Answered> {
  const response = await fetch(`${world.issuer}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

async function askToken(id: string, { secret = RECEIVER_SECRET, form = {} } = {}): Promise<Answered> {
  const response = await fetch(`${world.issuer}/ssf/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}
const tokenOf = async (id: string, scope = 'ssf.manage ssf.read') =>
  ((await askToken(id, { form: { scope } })).body as { access_token: string }).access_token;

interface Stream {
  readonly stream_id: string;
  readonly [member: string]: unknown;
}
async function makeStream(id: string, asked: object = {}): Promise<{ bearer: string; readonly stream: Stream }> {
  const bearer = await tokenOf(id);
  const { status, body } = await call('POST', '/ssf/streams', bearer, asked);
  expect(status).toBe(201);
  return { bearer, stream: body as Stream };
}
const pushingTo = (path = '/signals') => ({
  delivery: { method: PUSH, endpoint_url: `${endpoint.url}${path}`, authorization_header: 'Bearer of-the-crm' },
});

async function verify(token: string, audience: string) {
  const { body } = await call('GET', '/.well-known/ssf-configuration');
  const keys = createRemoteJWKSet(new URL((body as { jwks_uri: string }).jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: world.issuer,
    audience,
    algorithms: ['RS256'],
    typ: 'secevent+jwt',
    requiredClaims: ['iss', 'aud', 'iat', 'jti', 'events', 'sub_id'],
    currentDate: new Date(world.dependencies.nowMs),
  });
  return { payload, protectedHeader };
}

async function poll({ bearer, stream }: { bearer: string; stream: Stream }, body: object = {}) {
  const answered = await call('POST', `/ssf/streams/${stream.stream_id}/poll`, bearer, body);
  expect(answered.status).toBe(200);
  return answered.body as { sets: Readonly<Record<string, string>>; moreAvailable?: boolean };
}

const hire = (subject = 'E1001', email = 'ada@example.com') =>
  world.hr(joinerEvent({ email }, { id: `in-${subject}`, subject }));

describe('the transmitter’s configuration', () => {
  it('names its version, deliveries, keys, endpoints and OAuth, all of its own', async () => {
    const { body } = await call('GET', '/.well-known/ssf-configuration');
    const issuer = world.issuer;
    expect(body).toMatchObject({
      spec_version: '1_0',
      issuer,
      delivery_methods_supported: [PUSH, POLL],
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
    });
    for (const name of ['jwks_uri', 'configuration_endpoint', 'status_endpoint', 'verification_endpoint']) {
      expect((body as Record<string, string>)[name]).toMatch(new RegExp(`^${issuer}/ssf/`));
    }
  });

  it('has a key of RS256 with 2048 bits, and nothing of it that is private', async () => {
    const { body } = await call('GET', '/ssf/jwks.json');
    const { keys } = body as { keys: JWK[] };
    expect(keys).toHaveLength(1);
    const [key = {}] = keys;
    expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect([key.alg, Buffer.from(key.n ?? '', 'base64url').length]).toEqual(['RS256', 256]);
    await expect(importJWK(key, 'RS256')).resolves.toBeDefined();
  });
});

describe('OAuth', () => {
  it('gives a token for an hour for client credentials, in the header or the form', async () => {
    const { status, body, headers } = await askToken('crm');
    expect([status, body]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'Bearer', expires_in: 3_600, scope: 'ssf.manage ssf.read' },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const form = { grant_type: 'client_credentials', client_id: 'siem', client_secret: RECEIVER_SECRET };
    const inForm = await fetch(`${world.issuer}/ssf/token`, { method: 'POST', body: new URLSearchParams(form) });
    expect(inForm.status).toBe(200);
  });

  it.each<[string, number, string, object]>([
    ['a wrong secret', 401, 'invalid_client', { secret: 'wrong' }],
    ['another grant', 400, 'unsupported_grant_type', { form: { grant_type: 'password' } }],
    ['another scope', 400, 'invalid_scope', { form: { scope: 'ssf.read admin' } }],
    ['no scope', 400, 'invalid_scope', { form: { scope: ' ' } }],
  ])('refuses %s', async (_, status, error, asked) => {
    const refused = await askToken('crm', asked);
    expect([refused.status, refused.body]).toEqual([status, { error }]);
  });

  it('refuses whoever is not in the settings, though the secret is another’s', async () => {
    expect((await askToken('nobody')).status).toBe(401);
  });

  it('is asked for by every route but the public ones, and a token ends with its hour and its secret', async () => {
    const bearer = await tokenOf('crm');
    const isTaken = async (token?: string) => (await call('GET', '/ssf/streams', token)).status;
    expect([await isTaken(bearer), await isTaken(), await isTaken('a.b'), await isTaken(`${bearer}x`)]).toEqual([
      200, 401, 401, 401,
    ]);
    const [content = ''] = bearer.split('.');
    const other = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(content, 'base64url').toString()), receiver: 'siem' }),
    );
    expect(await isTaken(`${other.toString('base64url')}.${bearer.split('.')[1]}`)).toBe(401);
    expect((await call('GET', `/ssf/streams?access_token=${bearer}`)).status).toBe(401);
    world.secrets.set('crm', ['another-secret', RECEIVER_SECRET]);
    expect(await isTaken(bearer)).toBe(200);
    world.secrets.set('crm', ['third-secret', 'another-secret']);
    expect(await isTaken(bearer)).toBe(401);
    world.secrets.set('crm', [RECEIVER_SECRET]);
    world.dependencies.nowMs += 3_599_000;
    expect(await isTaken(bearer)).toBe(200);
    world.dependencies.nowMs += 1_000;
    expect(await isTaken(bearer)).toBe(401);
  });

  it('answers as RFC 6750 says', async () => {
    const missing = await call('GET', '/ssf/streams');
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="tenure"');
    const wrong = await call('GET', '/ssf/streams', 'nonsense');
    expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const reader = await tokenOf('crm', 'ssf.read');
    const refused = await call('POST', '/ssf/streams', reader, {});
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope"'),
    ]);
    expect((await call('GET', '/ssf/streams', reader)).status).toBe(200);
    expect((await call('GET', '/ssf/streams', await tokenOf('crm', 'ssf.manage'))).status).toBe(200);
  });
});

describe('a stream', () => {
  it('is made to be polled unless it is said otherwise, and read again', async () => {
    const { bearer, stream } = await makeStream('siem', { description: 'our SIEM' });
    expect(stream).toEqual({
      stream_id: expect.any(String),
      iss: world.issuer,
      aud: 'siem',
      events_supported: EVENTS,
      events_requested: EVENTS,
      events_delivered: EVENTS,
      delivery: { method: POLL, endpoint_url: `${world.issuer}/ssf/streams/${stream.stream_id}/poll` },
      min_verification_interval: 60,
      description: 'our SIEM',
    });
    expect((await call('GET', `/ssf/streams?stream_id=${stream.stream_id}`, bearer)).body).toEqual(stream);
    expect((await call('GET', '/ssf/streams', bearer)).body).toEqual([stream]);
    expect((await call('POST', '/ssf/streams', bearer, {})).status).toBe(409);
  });

  it('is pushed to an address that the settings name, and the receiver’s own secret is shown to nobody', async () => {
    const { bearer, stream } = await makeStream('crm', pushingTo());
    expect(stream['delivery']).toEqual({ method: PUSH, endpoint_url: `${endpoint.url}/signals` });
    expect(JSON.stringify((await call('GET', '/ssf/streams', bearer)).body)).not.toContain('of-the-crm');
  });

  it.each<[string, unknown]>([
    ['to another path', { delivery: { method: PUSH, endpoint_url: 'http://127.0.0.1/signals' } }],
    ['to the metadata of the machine', { delivery: { method: PUSH, endpoint_url: 'http://169.254.169.254/' } }],
    ['to nowhere', { delivery: { method: PUSH } }],
    ['by mail', { delivery: { method: 'urn:mail' } }],
    ['with a header of two lines', { delivery: { method: POLL, authorization_header: 'a\r\nb: c' } }],
    ['with events that are no list', { events_requested: 'all' }],
    ['with too many events', { events_requested: Array(101).fill('a') }],
    ['in no JSON', '{'],
    ['in a list', []],
  ])('is not made %s', async (_, asked) => {
    const bearer = await tokenOf('crm');
    const { status } = await call('POST', '/ssf/streams', bearer, asked);
    expect(status).toBe(400);
    expect((await call('GET', '/ssf/streams', bearer)).body).toEqual([]);
  });

  it('delivers what was asked for, as far as it is understood; what is not named stays with PATCH and goes with PUT', async () => {
    const asked = [EVENTS[0], 'https://acme.example/made-up'];
    const { bearer, stream } = await makeStream('siem', { events_requested: asked, description: 'first' });
    expect(stream['events_delivered']).toEqual([EVENTS[0]]);
    const { stream_id: streamId } = stream;
    const patched = await call('PATCH', '/ssf/streams', bearer, { stream_id: streamId, events_requested: [EVENTS[2]] });
    expect(patched.body).toMatchObject({ events_delivered: [EVENTS[2]], description: 'first' });
    const put = await call('PUT', '/ssf/streams', bearer, { stream_id: streamId });
    expect(put.body).toMatchObject({ stream_id: streamId, events_delivered: EVENTS });
    expect(put.body).not.toHaveProperty('description');
    expect((await call('PATCH', '/ssf/streams', bearer, {})).status).toBe(404);
  });

  it('is its receiver’s alone', async () => {
    const { stream } = await makeStream('siem');
    const other = await tokenOf('crm');
    const id = stream.stream_id;
    const answers = await Promise.all([
      call('GET', `/ssf/streams?stream_id=${id}`, other),
      call('PATCH', '/ssf/streams', other, { stream_id: id }),
      call('PUT', '/ssf/streams', other, { stream_id: id }),
      call('DELETE', `/ssf/streams?stream_id=${id}`, other),
      call('GET', `/ssf/status?stream_id=${id}`, other),
      call('POST', '/ssf/status', other, { stream_id: id, status: 'disabled' }),
      call('POST', '/ssf/verify', other, { stream_id: id }),
      call('POST', `/ssf/streams/${id}/poll`, other, {}),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(404));
  });

  it('is gone once it is deleted, and may be made anew', async () => {
    const { bearer, stream } = await makeStream('siem');
    const path = `/ssf/streams?stream_id=${stream.stream_id}`;
    const deleted = await call('DELETE', path, bearer);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    expect((await call('DELETE', path, bearer)).status).toBe(404);
    expect((await call('POST', '/ssf/streams', bearer, {})).status).toBe(201);
  });

  it('is verified by an event with the state that was asked for, at most once a minute', async () => {
    const made = await makeStream('siem');
    const ask = () => call('POST', '/ssf/verify', made.bearer, { stream_id: made.stream.stream_id, state: 'ours' });
    expect((await ask()).status).toBe(204);
    expect((await ask()).status).toBe(429);
    const [token = ''] = Object.values((await poll(made)).sets);
    const { payload } = await verify(token, 'siem');
    expect(payload['sub_id']).toEqual({ format: 'opaque', id: made.stream.stream_id });
    expect(payload['events']).toEqual({ [VERIFICATION]: { state: 'ours' } });
    world.dependencies.nowMs += 60_000;
    expect((await ask()).status).toBe(204);
  });
});

describe('what takes effect', () => {
  it('is told one event a token, with whom as the receiver knows them, and no more of them', async () => {
    const made = await makeStream('siem');
    await hire();
    expect((await poll(made)).sets).toEqual({});
    await world.hr(leaverEvent({ immediate: true, reason: 'dismissed for theft' }, { id: 'out' }));
    const tokens = Object.entries((await poll(made)).sets);
    expect(tokens).toHaveLength(2);
    const told: unknown[] = [];
    for (const [jti, token] of tokens) {
      const { payload, protectedHeader } = await verify(token, 'siem');
      expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'secevent+jwt', kid: expect.any(String) });
      expect(Object.keys(payload).sort()).toEqual(['aud', 'events', 'iat', 'iss', 'jti', 'sub_id']);
      expect(payload.jti).toBe(jti);
      expect(payload['sub_id']).toEqual({ format: 'opaque', id: 'E1001' });
      const events = Object.entries(payload['events'] as Record<string, Record<string, unknown>>);
      expect(events).toHaveLength(1);
      const [[uri, event] = ['', {}]] = events;
      expect(Object.values(event['reason_admin'] as object).join()).toMatch(/./);
      told.push(uri);
    }
    expect(told.sort()).toEqual([EVENTS[0], EVENTS[2]].sort());
    const read = tokens.map(([, token]) => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).join();
    expect(read).not.toMatch(/ada|lovelace|theft|dismissed|leav|Engineering/i);
    expect(await world.told('E1001')).toMatchObject([{ receiver: 'siem' }, { receiver: 'siem' }]);
  });

  it('looks the same of a suspension; whoever comes back is enabled', async () => {
    const made = await makeStream('siem');
    const now = () => new Date(world.dependencies.nowMs).toISOString();
    await hire();
    await world.hr({ ...suspensionEvent({ id: 'away' }), data: { effectiveAt: now() }, time: now() });
    const urisOf = async () => {
      const { sets } = await poll(made);
      const uris = Object.values(sets).map((token) => {
        const { events } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
        return Object.keys(events)[0];
      });
      await poll(made, { ack: Object.keys(sets), maxEvents: 0 });
      return uris.sort();
    };
    expect(await urisOf()).toEqual([EVENTS[0], EVENTS[2]].sort());
    world.dependencies.nowMs += 60_000;
    await world.hr({ ...returnEvent({ id: 'back' }), data: { effectiveAt: now() }, time: now() });
    expect(await urisOf()).toEqual([EVENTS[3]]);
  });

  it('is told once, however often the bus says it', async () => {
    const made = await makeStream('siem');
    await hire();
    await world.hr(leaverEvent({ immediate: true }, { id: 'out' }));
    const { sets } = await poll(made);
    await poll(made, { ack: Object.keys(sets) });
    await world.publish('E1001', 'acme-hr:out');
    expect((await poll(made)).sets).toEqual({});
  });

  it('is not told to whom it is of no interest, who has disabled the stream, or who cannot know them', async () => {
    const siem = await makeStream('siem', { events_requested: [EVENTS[3]] });
    const crm = await makeStream('crm');
    await call('POST', '/ssf/status', crm.bearer, { stream_id: crm.stream.stream_id, status: 'disabled' });
    await hire();
    await world.hr(leaverEvent({ immediate: true }, { id: 'out' }));
    expect([(await poll(siem)).sets, (await poll(crm)).sets]).toEqual([{}, {}]);
    await call('POST', '/ssf/status', crm.bearer, { stream_id: crm.stream.stream_id, status: 'enabled' });
    expect((await poll(crm)).sets).toEqual({});
  });
});

describe('whoever is still there', () => {
  it('is not disabled by an address that is theirs under another id by now', async () => {
    const [crm, siem] = [await makeStream('crm'), await makeStream('siem')];
    await hire('C1', 'ada@example.com');
    await hire('E1001', 'ada@example.com');
    await world.hr(leaverEvent({ immediate: true }, { id: 'out', subject: 'C1' }));
    expect((await poll(crm)).sets).toEqual({});
    expect(Object.keys((await poll(siem)).sets)).toHaveLength(2);
    await world.hr(leaverEvent({ immediate: true }, { id: 'out-too' }));
    expect(Object.keys((await poll(crm)).sets)).toHaveLength(2);
  });

  it('is not told of as gone who was merged into another id', async () => {
    const siem = await makeStream('siem');
    await hire('C1', 'ada@example.com');
    await hire('E1001', 'ada.l@example.com');
    await mergeByTwo(world.dependencies, { identityId: 'E1001', duplicate: 'C1' });
    const merged = (await world.dependencies.directory.load('C1'))?.facts.at(-1);
    expect(merged?.type).toBe('merged');
    await world.publish('C1', merged?.factId ?? '');
    expect((await poll(siem)).sets).toEqual({});
  });

  it('is not told of as enabled who never was disabled', async () => {
    const siem = await makeStream('siem');
    const later = new Date(world.dependencies.nowMs + 86_400_000).toISOString();
    await world.hr({ ...leaverEvent({ effectiveAt: later }, { id: 'to-come' }) });
    await hire();
    expect((await poll(siem)).sets).toEqual({});
  });

  it('is told of as enabled who is hired again', async () => {
    await hire();
    await world.hr(leaverEvent({ immediate: true }, { id: 'out' }));
    const siem = await makeStream('siem');
    world.dependencies.nowMs += 86_400_000;
    const now = new Date(world.dependencies.nowMs).toISOString();
    const again = joinerEvent({}, { id: 'again', time: now });
    await world.hr({ ...again, data: { ...again.data, effectiveAt: now } });
    siem.bearer = await tokenOf('siem');
    const [token = '', ...others] = Object.values((await poll(siem)).sets);
    expect(others).toEqual([]);
    expect(Object.keys((await verify(token, 'siem')).payload['events'] as object)).toEqual([EVENTS[3]]);
  });
});

describe('a credential that was revoked', () => {
  const entry = (changes: object = {}) => ({
    identityId: 'E1001',
    entryId: 'access-changed:call-1:3',
    at: '2026-11-23T09:00:00.000Z',
    version: 4,
    actor: { type: 'tenure', id: 'converge-application' },
    event: {
      type: 'access-changed',
      applicationId: 'aws',
      callId: 'call-1',
      step: { action: 'revoke-credential', credentialId: 'AKIA123', kind: 'access-key', reasons: [] },
      ...changes,
    },
  });

  it('is told as the stream of the audit table has it, once, without the credential’s id', async () => {
    const made = await makeStream('siem');
    await hire();
    await world.audited(entry(), entry());
    const tokens = Object.values((await poll(made)).sets);
    expect(tokens).toHaveLength(1);
    const { payload } = await verify(tokens[0] ?? '', 'siem');
    expect(payload['events']).toEqual({
      [`${CAEP}/credential-change`]: {
        event_timestamp: 1_795_424_400,
        initiating_entity: 'policy',
        reason_admin: { en: 'A credential was revoked' },
        credential_type: 'access-key',
        change_type: 'revoke',
      },
    });
    expect(JSON.stringify(payload)).not.toContain('AKIA123');
  });

  it('is none of any other entry, and of nobody', async () => {
    const made = await makeStream('siem');
    await world.audited(entry());
    await hire();
    await world.audited(entry({ type: 'access-intended' }), entry({ step: { action: 'grant' } }), { pk: 'x' });
    expect((await poll(made)).sets).toEqual({});
  });
});

describe('polling', () => {
  async function leave(count: number) {
    for (let index = 0; index < count; index += 1) {
      await hire(`P${index}`, `p${index}@example.com`);
      await world.hr(leaverEvent({ immediate: true }, { id: `out-${index}`, subject: `P${index}` }));
    }
  }

  it('gives as many as are asked for, says whether there are more, and gives again what was not acknowledged', async () => {
    const made = await makeStream('siem');
    await leave(3);
    const first = await poll(made, { maxEvents: 4, returnImmediately: true });
    expect([Object.keys(first.sets).length, first.moreAvailable]).toEqual([4, true]);
    expect((await poll(made, { maxEvents: 4 })).sets).toEqual(first.sets);
    const rest = await poll(made, { maxEvents: 4, ack: Object.keys(first.sets) });
    expect([Object.keys(rest.sets).length, rest.moreAvailable]).toEqual([2, false]);
    expect((await poll(made, { maxEvents: 0, ack: Object.keys(rest.sets) })).sets).toEqual({});
    expect((await poll(made)).sets).toEqual({});
  });

  it('takes what is refused for done with, and says why in the log', async () => {
    const made = await makeStream('siem');
    await leave(1);
    const [refused = '', kept = ''] = Object.keys((await poll(made)).sets);
    await poll(made, { maxEvents: 0, setErrs: { [refused]: { err: 'invalid_key', description: 'Ada' } } });
    expect(Object.keys((await poll(made)).sets)).toEqual([kept]);
    expect(world.logged.join()).toContain('invalid_key');
    expect(world.logged.join()).not.toContain('Ada');
  });

  it('holds what is to be told while it is paused', async () => {
    const made = await makeStream('siem');
    const turn = async (status: string) =>
      (await call('POST', '/ssf/status', made.bearer, { stream_id: made.stream.stream_id, status, reason: 'upgrade' }))
        .body;
    expect(await turn('paused')).toEqual({ stream_id: made.stream.stream_id, status: 'paused', reason: 'upgrade' });
    await leave(1);
    expect((await poll(made)).sets).toEqual({});
    await turn('enabled');
    expect(Object.keys((await poll(made)).sets)).toHaveLength(2);
    expect(
      (await call('POST', '/ssf/status', made.bearer, { stream_id: made.stream.stream_id, status: 'off' })).status,
    ).toBe(400);
  });

  it('is bounded', async () => {
    const made = await makeStream('siem');
    const path = `/ssf/streams/${made.stream.stream_id}/poll`;
    const statusOf = async (body: unknown) => (await call('POST', path, made.bearer, body)).status;
    expect(await statusOf({ maxEvents: 1_000_000 })).toBe(200);
    expect(await statusOf({ maxEvents: -1 })).toBe(400);
    expect(await statusOf({ ack: Array(1_000).fill('a') })).toBe(200);
    expect(await statusOf({ ack: Array(1_001).fill('a') })).toBe(400);
    expect(await statusOf({ ack: ['x'.repeat(65_536)] })).toBe(413);
  });
});

describe('pushing', () => {
  async function leave() {
    await hire();
    await world.hr(leaverEvent({ immediate: true }, { id: 'out' }));
  }

  it('posts each token with the receiver’s own header, once', async () => {
    await makeStream('crm', pushingTo());
    answerPush = () => ({ status: 202 });
    await leave();
    await world.push();
    await world.push();
    expect(pushed).toHaveLength(2);
    for (const { token, headers } of pushed) {
      expect(headers).toMatchObject({ 'content-type': 'application/secevent+jwt', authorization: 'Bearer of-the-crm' });
      const { payload } = await verify(token, 'https://crm.example');
      expect(payload['sub_id']).toEqual({ format: 'email', email: 'ada@example.com' });
      expect(decodeProtectedHeader(token).alg).toBe('RS256');
    }
    expect(world.waiting.size).toBe(0);
  });

  it('tries again later what may pass, in order, and what is refused for good is a dead letter with the reason', async () => {
    await makeStream('crm', pushingTo());
    answerPush = () => ({ status: 503, headers: { 'retry-after': '120' } });
    await leave();
    await world.push();
    expect([pushed.length, world.waiting.size]).toEqual([1, 2]);
    world.dependencies.nowMs += 119_000;
    await world.push();
    expect(pushed).toHaveLength(1);
    world.dependencies.nowMs += 1_000;
    answerPush = () => ({ status: 400, body: { err: 'invalid_audience', description: 'Ada Lovelace' } });
    await world.push();
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual(
      Array(2).fill(expect.stringContaining('invalid_audience')),
    );
    expect(JSON.stringify([world.deadLetters, world.logged])).not.toMatch(/Ada|example\.com|eyJ/);
  });

  it('gives up at the twentieth try', async () => {
    await makeStream('crm', pushingTo());
    answerPush = () => ({ status: 500 });
    await leave();
    for (let tries = 0; tries < 60; tries += 1) {
      world.dependencies.nowMs += 1_800_000;
      await world.push();
    }
    expect([world.waiting.size, world.deadLetters.length]).toEqual([0, 2]);
    expect(pushed.length).toBeLessThanOrEqual(40);
  });

  it('follows no redirect, which might lead anywhere', async () => {
    await makeStream('crm', pushingTo());
    answerPush = () => ({ status: 307, headers: { location: `${endpoint.url}/elsewhere` } });
    await leave();
    await world.push();
    expect(endpoint.requests.map(({ path }) => path)).not.toContain('/elsewhere');
    expect(world.deadLetters).not.toEqual([]);
  });

  it('waits while it is paused, and goes on where it stopped', async () => {
    const { bearer, stream } = await makeStream('crm', pushingTo());
    const turn = (status: string) => call('POST', '/ssf/status', bearer, { stream_id: stream.stream_id, status });
    await turn('paused');
    await leave();
    await world.push();
    expect(pushed).toHaveLength(0);
    await turn('enabled');
    await world.push();
    expect(pushed).toHaveLength(2);
  });

  it('sends nothing of a stream that was deleted meanwhile', async () => {
    const { bearer, stream } = await makeStream('crm', pushingTo());
    await leave();
    await call('DELETE', `/ssf/streams?stream_id=${stream.stream_id}`, bearer);
    await world.push();
    expect([pushed.length, world.waiting.size]).toEqual([0, 0]);
  });
});
