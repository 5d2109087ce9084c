// Signals of other systems, polled from a transmitter over HTTP that keeps what is not acknowledged, as RFC 8936 has it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { type Transmitter, transmitterSchema } from '../../../lambdas/core/signals/signal-settings.ts';
import { connectTransmitter, pollSignals } from '../../../lambdas/handlers/signals/poll-signals.ts';
import { tokenVerifier } from '../../../lambdas/outbound/signal-keys.ts';
import { apiDependencies, NOW_MS } from '../../support/api-requests.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memorySignals } from '../../support/memory-signals.ts';
import {
  AUDIENCE,
  CAEP,
  ISSUER,
  type SignalTransmitter,
  SSF,
  startSignalTransmitter,
} from '../../support/signal-transmitter.ts';
import { type StubAnswer, type StubRequest, type StubServer, startStubServer } from '../../support/stub-server.ts';

interface Asked {
  readonly maxEvents: number;
  readonly returnImmediately: boolean;
  readonly ack?: readonly string[];
  readonly setErrs?: Readonly<Record<string, unknown>>;
}

let keys: SignalTransmitter;
let server: StubServer;
let waiting: Map<string, unknown>;
let odd: ((request: StubRequest) => StubAnswer | undefined) | undefined;
/** It sends so many at once, whatever it was asked for. */
let pageSize: number | undefined;

beforeEach(async () => {
  keys = await startSignalTransmitter();
  [waiting, odd, pageSize] = [new Map(), undefined, undefined];
  server = await startStubServer((sent) => {
    const answer = odd?.(sent);
    if (answer !== undefined) return answer;
    if (sent.headers['authorization'] !== 'Bearer secret-of-tenure') return { status: 401 };
    const { maxEvents, ack = [], setErrs = {} } = sent.body as Asked;
    for (const jti of [...ack, ...Object.keys(setErrs)]) waiting.delete(jti);
    const size = maxEvents === 0 ? 0 : (pageSize ?? maxEvents);
    const sets = Object.fromEntries([...waiting].slice(0, size));
    return { body: { sets, moreAvailable: waiting.size > size } };
  });
});
afterEach(async () => {
  await server.stop();
  await keys.stop();
});

function setUp(poll: object = {}) {
  const dependencies = apiDependencies();
  const logged: string[] = [];
  const transmitter: Transmitter = transmitterSchema.parse({
    id: 'partner',
    issuer: ISSUER,
    audience: [AUDIENCE],
    jwksUrl: keys.jwksUrl,
    poll: { url: `${server.url}/poll`, secret: 'tenure/partner', ...poll },
  });
  const verify = tokenVerifier(keys.jwksUrl);
  const signals = memorySignals(dependencies.audit);
  const polling = {
    ...dependencies,
    signals,
    guard: { settings: massErrorGuardSchema.parse({}), holds: memoryHolds() },
    alert: async () => {},
    verify: () => verify,
    transmitters: [transmitter],
    connect: (one: Transmitter) => connectTransmitter(one, async () => 'secret-of-tenure'),
    log: (message: string, details: object) => void logged.push(JSON.stringify([message, details])),
  };
  const entries = async () => {
    const { items } = await dependencies.audit.list('DEPLOYMENT#tenure', { limit: 1_000 });
    return items.filter(({ event }) => event.type === 'signal-received');
  };
  return { poll: pollSignals(polling), polling, transmitter, logged, entries, signals };
}

async function put(count: number, changes: (index: number) => object = () => ({})): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const jti = `jti-of-${index}`;
    waiting.set(jti, await keys.sign(`${CAEP}session-revoked`, NOW_MS, { claims: { jti, ...changes(index) } }));
  }
}
const asked = () => server.requests.map(({ body }) => body as Asked);

describe('a transmitter that is polled', () => {
  it('is told of every token that was taken, page by page, and asked no more than it needs', async () => {
    const { poll, entries } = setUp();
    await put(60);
    expect(await poll()).toEqual({ taken: 60 });
    expect(waiting.size).toBe(0);
    expect(await entries()).toHaveLength(60);
    expect(asked().map(({ maxEvents, ack = [] }) => [maxEvents, ack.length])).toEqual([
      [25, 0],
      [25, 25],
      [25, 25],
      [0, 10],
    ]);
    expect(asked().every(({ returnImmediately }) => returnImmediately)).toBe(true);
    await poll();
    expect(asked()).toHaveLength(5);
  });

  it('is told what is refused for good, and why; it keeps no neighbour out', async () => {
    const { poll, entries } = setUp();
    await put(3, (index) => (index === 1 ? { aud: 'somebody-else' } : {}));
    waiting.set('no-token', 5);
    waiting.set('too-long', 'x'.repeat(65_537));
    waiting.set('of-another-id', await keys.sign(`${CAEP}session-revoked`, NOW_MS));
    expect(await poll()).toEqual({ taken: 2 });
    expect(asked().at(-1)).toEqual({
      maxEvents: 0,
      returnImmediately: true,
      ack: ['jti-of-0', 'jti-of-2'],
      setErrs: {
        'jti-of-1': { err: 'invalid_audience', description: 'It is for somebody else.' },
        'no-token': { err: 'invalid_request', description: 'Expected a token of at most 64 KB.' },
        'too-long': { err: 'invalid_request', description: 'Expected a token of at most 64 KB.' },
        'of-another-id': { err: 'invalid_request', description: 'It is listed under another jti.' },
      },
    });
    // The last one was taken by its own id.
    expect(await entries()).toHaveLength(3);
  });

  it('keeps what could not be taken just now, which fails the run', async () => {
    const { poll, entries } = setUp();
    await put(2);
    keys.answerKeysWith({ status: 500 });
    await expect(poll()).rejects.toThrow('signals could not be taken of partner');
    expect(waiting.size).toBe(2);
    keys.answerKeysWith(undefined);
    expect(await poll()).toEqual({ taken: 2 });
    expect(await entries()).toHaveLength(2);
  });

  it('that acknowledges nothing, or sends the same for ever, is asked 20 pages at most', async () => {
    const { poll, entries } = setUp();
    await put(1);
    const [[jti, token] = []] = [...waiting];
    odd = ({ body }) => {
      // Long after it should have stopped, so that the test ends whatever happens.
      if ((body as Asked).maxEvents === 0 || server.requests.length > 40) return undefined;
      return { body: { sets: { [String(jti)]: token }, moreAvailable: true } };
    };
    await poll();
    expect(asked()).toHaveLength(21);
    expect(await entries()).toHaveLength(1);
  });

  it('that sends more than it was asked for is heard a page at a time', async () => {
    const { poll, entries } = setUp();
    await put(30);
    pageSize = 30;
    expect(await poll()).toEqual({ taken: 30 });
    expect(await entries()).toHaveLength(30);
  });

  it.each<[string, StubAnswer]>([
    ['refuses', { status: 401 }],
    ['is down', { status: 400 }],
    ['answers what is no page', { body: { sets: ['a'] } }],
    ['sends elsewhere', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
  ])('that %s fails the run, without a secret in what is said, and keeps no other out', async (_, answer) => {
    const { polling, transmitter, logged } = setUp();
    await put(1);
    const other = { ...transmitter, id: 'other', poll: { url: `${server.url}/other`, secret: 'tenure/other' } };
    odd = ({ path }) => (path === '/other' ? answer : undefined);
    const poll = pollSignals({ ...polling, transmitters: [other, transmitter] });
    await expect(poll()).rejects.toThrow('signals could not be taken of other');
    expect(waiting.size).toBe(0);
    expect(logged.join()).not.toContain('secret-of-tenure');
  });

  it('gets a token by the client’s credentials, where it has them', async () => {
    const { poll } = setUp({ tokenUrl: `${server.url}/token`, clientId: 'tenure:1', scope: 'ssf.manage' });
    await put(26);
    odd = ({ path, headers, body }) => {
      if (path !== '/token') return undefined;
      const credentials = Buffer.from('tenure%3A1:secret-of-tenure').toString('base64');
      if (headers['authorization'] !== `Basic ${credentials}`) return { status: 401 };
      return body === 'grant_type=client_credentials&scope=ssf.manage'
        ? { body: { access_token: 'secret-of-tenure', expires_in: 60 } }
        : { status: 400 };
    };
    expect(await poll()).toEqual({ taken: 26 });
    expect(server.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  it('is verified by an event like any other', async () => {
    const { poll, signals } = setUp();
    waiting.set('v', await keys.sign(`${SSF}verification`, NOW_MS, { claims: { jti: 'v' } }));
    expect(await signals.findVerified('partner')).toBeUndefined();
    await poll();
    expect(await signals.findVerified('partner')).toBe(NOW_MS);
  });
});
