// Keycloak's own transmitter of shared signals (its experimental feature `ssf`) talks to our receiver: Tenure's client makes a
// stream there, Keycloak verifies it, and pushes what happens to its users, signed with its realm's key.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditEvent } from '../../lambdas/core/audit/audit.ts';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import { transmitterSchema } from '../../lambdas/core/signals/signal-settings.ts';
import { receiveHrEvent } from '../../lambdas/handlers/hr/receive-hr-event.ts';
import { connectTransmitter, pollSignals } from '../../lambdas/handlers/signals/poll-signals.ts';
import { receiveSignal } from '../../lambdas/handlers/signals/receive-signal.ts';
import type { TakeDependencies } from '../../lambdas/handlers/signals/take-signal.ts';
import { tokenVerifier } from '../../lambdas/outbound/signal-keys.ts';
import type { Alert } from '../../lambdas/stores/alerts.ts';
import { answer, apiDependencies, SECRET, signedRequest } from '../support/api-requests.ts';
import { joinerEvent } from '../support/hr-events.ts';
import { memoryHolds } from '../support/memory-holds.ts';
import { memorySignals } from '../support/memory-signals.ts';
import { type ServedHandlers, serveHandlers } from '../support/serve-handlers.ts';
import { type Keycloak, startKeycloak } from './servers/keycloak.ts';

const REALM = 'signals';
const CLIENT_SECRET = 'secret-of-the-receiver';
const SCOPE = 'ssf.manage ssf.read';
const TOKEN = 'token-of-keycloak';
const AUDIENCE = 'https://tenure.acme.example/signals';
const PASSWORD = 'password-of-ada';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const WAIT_MS = 60_000;

let keycloak: Keycloak;
let receiver: ServedHandlers;
let userId: string;
let issuer: string;
let taking: TakeDependencies;
const alerts: Alert[] = [];
const dependencies = { ...apiDependencies(), clock: Date.now };

const settings = () => ({
  id: 'keycloak',
  issuer,
  audience: [AUDIENCE],
  jwksUrl: `${issuer}/protocol/openid-connect/certs`,
  application: 'crm',
  responses: { 'credential-change': 'alert', 'session-revoked': 'suspend' },
});

async function ask(path: string, init: { body: unknown; bearer?: string; form?: boolean }): Promise<unknown> {
  const response = await fetch(`${issuer}${path}`, {
    method: 'POST',
    headers: {
      'content-type': init.form ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(init.bearer && { authorization: `Bearer ${init.bearer}` }),
    },
    body: init.form ? String(init.body) : JSON.stringify(init.body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Keycloak answered ${response.status} to ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function addUser(): Promise<void> {
  const administrator = await keycloak.administrator();
  await administrator.realms.create({
    realm: REALM,
    enabled: true,
    attributes: { 'ssf.transmitterEnabled': 'true', 'ssf.defaultSubjects': 'ALL' },
  });
  administrator.setConfig({ realmName: REALM });
  const user = {
    username: 'ada',
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: 'Lovelace',
    emailVerified: true,
  };
  const credentials = [{ type: 'password', value: PASSWORD, temporary: false }];
  userId = (await administrator.users.create({ ...user, enabled: true, credentials })).id;
  await administrator.clients.create({ clientId: 'crm', publicClient: true, directAccessGrantsEnabled: true });
}

/** A client of ours, and its one stream. @returns the stream, as Keycloak has it */
async function addStream(clientId: string, delivery: object): Promise<{ readonly delivery: { endpoint_url: string } }> {
  const administrator = await keycloak.administrator();
  administrator.setConfig({ realmName: REALM });
  const { id } = await administrator.clients.create({
    clientId,
    secret: CLIENT_SECRET,
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    attributes: {
      'ssf.enabled': 'true',
      'ssf.profile': 'SSF_1_0',
      'ssf.defaultSubjects': 'ALL',
      'ssf.validPushUrls': `${receiver.url}/*`,
      'ssf.streamAudience': AUDIENCE,
    },
  });
  for (const { id: scopeId, name = '' } of await administrator.clientScopes.find()) {
    if (!name.startsWith('ssf.') || scopeId === undefined) continue;
    await administrator.clients.addOptionalClientScope({ id, clientScopeId: scopeId });
  }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: CLIENT_SECRET,
    scope: SCOPE,
  });
  const tokens = await ask('/protocol/openid-connect/token', { body: form, form: true });
  const bearer = (tokens as { access_token: string }).access_token;
  const found = await fetch(`${issuer}/.well-known/ssf-configuration`);
  const configuration = (await found.json()) as Record<string, string>;
  const endpointOf = (name: string) => String(configuration[name]).replace(issuer, '');
  const events = [`${CAEP}/session-revoked`, `${CAEP}/credential-change`];
  const stream = await ask(endpointOf('configuration_endpoint'), {
    body: { delivery, events_requested: events },
    bearer,
  });
  expect(stream).toMatchObject({ iss: issuer, events_delivered: expect.arrayContaining(events) });
  const { stream_id: streamId } = stream as { stream_id: string };
  await ask(endpointOf('verification_endpoint'), { body: { stream_id: streamId, state: 'ours' }, bearer });
  return stream as { delivery: { endpoint_url: string } };
}

type Received = Extract<AuditEvent, { readonly type: 'signal-received' }>;

async function received(): Promise<readonly Received[]> {
  const about = await Promise.all(
    ['E1001', 'DEPLOYMENT#tenure'].map((key) => dependencies.audit.list(key, { limit: 100 })),
  );
  return about
    .flatMap(({ items }) => items.map(({ event }) => event))
    .filter((event) => event.type === 'signal-received');
}

async function waitFor(event: Received['event']): Promise<Received> {
  for (const startMs = Date.now(); Date.now() < startMs + WAIT_MS; await sleep(250)) {
    const found = (await received()).find((one) => one.event === event);
    if (found !== undefined) return found;
  }
  throw new Error(`no ${event} within ${WAIT_MS / 1_000} s; answered: ${receiver.answered.join(', ') || 'nothing'}`);
}

const statusNow = async () =>
  identityAt(buildTimeline((await dependencies.directory.load('E1001'))?.facts ?? []), Date.now()).status;

beforeAll(async () => {
  const provider = 'spi-ssf-transmitter--default';
  keycloak = await startKeycloak({
    features: ['ssf'],
    options: { [`${provider}--allow-insecure-push-targets`]: 'true', [`${provider}--outbox-drainer-interval`]: '2s' },
  });
  issuer = `${keycloak.url}/realms/${REALM}`;
  const transmitter = transmitterSchema.parse(settings());
  const verify = tokenVerifier(transmitter.jwksUrl);
  taking = {
    ...dependencies,
    // Whose account it is in Keycloak, which converging finds out in other tests.
    accounts: {
      ...dependencies.accounts,
      findLinked: async (application, id) => (application === 'crm' && id === userId ? ['E1001'] : []),
    },
    signals: memorySignals(dependencies.audit),
    guard: { settings: massErrorGuardSchema.parse({}), holds: memoryHolds() },
    alert: async (alert) => void alerts.push(alert),
    verify: () => verify,
  };
  const receive = receiveSignal({
    ...dependencies,
    ...taking,
    transmitters: [transmitter],
    secretsOf: async () => [TOKEN],
  });
  receiver = await serveHandlers(() => ({ 'POST /signals/{transmitter}': receive }));
  const hire = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const now = new Date().toISOString();
  const hired = joinerEvent({}, { time: now });
  expect(await answer(hire, signedRequest([hired], { atMs: Date.now() }))).toMatchObject({ status: 202 });
  await addUser();
});
afterAll(async () => {
  await keycloak?.stop();
  await receiver?.stop();
});

it('makes a stream, which its verification event verifies', async () => {
  await addStream('tenure-pushed', {
    method: 'urn:ietf:rfc:8935',
    endpoint_url: `${receiver.url}/signals/keycloak`,
    authorization_header: `Bearer ${TOKEN}`,
  });
  await waitFor('verification');
});

it('is polled with a token of its own, and asked no more for what was taken', async () => {
  const { delivery } = await addStream('tenure-polled', { method: 'urn:ietf:rfc:8936' });
  const tokenUrl = `${issuer}/protocol/openid-connect/token`;
  const poll = { url: delivery.endpoint_url, secret: 'unused', tokenUrl, clientId: 'tenure-polled', scope: SCOPE };
  const transmitter = transmitterSchema.parse({ ...settings(), id: 'polled', poll });
  const polling = pollSignals({
    ...taking,
    transmitters: [transmitter],
    connect: (one) => connectTransmitter(one, async () => CLIENT_SECRET),
    log: () => {},
  });
  let taken = 0;
  for (const startMs = Date.now(); taken === 0 && Date.now() < startMs + WAIT_MS; await sleep(500)) {
    taken += (await polling()).taken;
  }
  expect(taken).toBe(1);
  expect((await received()).map(({ transmitter: id, event }) => `${id} ${event}`)).toContain('polled verification');
  expect(await polling()).toEqual({ taken: 0 });
});

it('tells of a password that an administrator set, by the account that it is of', async () => {
  const administrator = await keycloak.administrator();
  administrator.setConfig({ realmName: REALM });
  const credential = { type: 'password', value: PASSWORD, temporary: false };
  await administrator.users.resetPassword({ id: userId, credential });
  expect(await waitFor('credential-change')).toMatchObject({ transmitter: 'keycloak', response: 'alerted' });
  expect(alerts.map(({ message }) => message).join()).toContain('Identity: E1001');
});

it('tells of a session that ended, whose holder is kept out by the policy', async () => {
  const tokens = await ask('/protocol/openid-connect/token', {
    body: new URLSearchParams({ client_id: 'crm', grant_type: 'password', username: 'ada', password: PASSWORD }),
    form: true,
  });
  expect(await statusNow()).toBe('active');
  const { refresh_token: refreshToken } = tokens as { refresh_token: string };
  const body = new URLSearchParams({ client_id: 'crm', refresh_token: refreshToken });
  await ask('/protocol/openid-connect/logout', { body, form: true });
  expect(await waitFor('session-revoked')).toMatchObject({ response: 'suspended', reason: expect.stringMatching(/./) });
  expect(await statusNow()).toBe('suspended');
  expect(receiver.answered.every((line) => line.endsWith(' 202'))).toBe(true);
});
