// The outbox: what of the table's stream is routed, to where, and when.
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { routeFacts } from '../../../lambdas/handlers/identity/route-facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver, mover, rescind } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const DAY_MS = 86_400_000;
let stores = memoryStores();
let published: [string, string][] = [];
let scheduled: number[] = [];
let woken: [string, number][] = [];
const dependencies = () => ({
  ...stores,
  clock: () => NOW_MS,
  newId: () => 'id',
  model: () => MODEL,
  bus: { publish: async (stage: string, { trigger }: { trigger: string }) => void published.push([stage, trigger]) },
  scheduler: { schedule: async (_identityId: string, instantMs: number) => void scheduled.push(instantMs) },
  executions: { wake: async () => {} },
  notices: { wake: async (identityId: string, atMs: number) => void woken.push([identityId, atMs]) },
});

beforeEach(() => {
  stores = memoryStores();
  published = [];
  scheduled = [];
  woken = [];
});

const tell = (fact: Fact) =>
  appendFact(dependencies(), fact, { payloadHash: 'h'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } });
const keysOf = (sk: string) => ({ pk: { S: 'E1' }, sk: { S: sk } });
const record = (eventName: string, Keys: object): DynamoDBRecord =>
  ({ eventName, dynamodb: { Keys } }) as unknown as DynamoDBRecord;
const route = (...records: readonly DynamoDBRecord[]) => routeFacts(dependencies())({ Records: records });
const lastInserted = () => keysOf(stores.inserted.at(-1)?.sk ?? '');

it('a fact that has effect goes onto the bus by its stage, and nothing is scheduled for it', async () => {
  const hired = joiner('2026-11-01T00:00:00Z');
  await tell(hired);
  await route(record('INSERT', lastInserted()));
  expect(published).toEqual([['joiner', hired.factId]]);
  expect(scheduled).toEqual([]);
});

it('only what is new is routed: no change, no expiry, and nothing but facts and instants', async () => {
  await tell(joiner('2026-11-01T00:00:00Z'));
  await route(record('MODIFY', lastInserted()), record('REMOVE', lastInserted()));
  await route(record('INSERT', keysOf('HEADER')), record('INSERT', keysOf('TASK#t')), record('INSERT', keysOf('FACT')));
  expect(published).toEqual([]);
});

it('five identities at once, and the facts of each in their order', async () => {
  const ids = ['E1', 'E2', 'E3', 'E4', 'E5', 'E6'];
  for (const identityId of ids)
    await tell({ ...joiner('2026-11-01T00:00:00Z'), identityId, factId: `hired-${identityId}` });
  for (const identityId of ids)
    await tell({
      ...mover('2026-11-02T00:00:00Z', { department: 'Support' }),
      identityId,
      factId: `moved-${identityId}`,
    });
  const records = stores.inserted.map(({ pk, sk }) => record('INSERT', { pk: { S: pk }, sk: { S: sk } }));
  const routing = new Set<string>();
  let most = 0;
  const bus = {
    publish: async (_stage: string, { identityId, trigger }: { identityId: string; trigger: string }) => {
      expect(routing).not.toContain(identityId);
      routing.add(identityId);
      most = Math.max(most, routing.size);
      await new Promise((resolve) => setTimeout(resolve, 5));
      routing.delete(identityId);
      published.push([identityId, trigger]);
    },
  };
  await routeFacts({ ...dependencies(), bus })({ Records: records });
  expect(most).toBe(5);
  for (const id of ids) {
    expect(published.filter(([identityId]) => identityId === id).map(([, trigger]) => trigger)).toEqual([
      `hired-${id}`,
      `moved-${id}`,
    ]);
  }
});

it('what takes effect later is scheduled, up to a year ahead; the sweep has the rest', async () => {
  const at = (ms: number) => new Date(ms).toISOString();
  await tell(joiner(at(NOW_MS + 366 * DAY_MS), {}, { recorded: '2026-11-20T00:00:00Z' }));
  await route(record('INSERT', lastInserted()));
  expect(scheduled).toEqual([NOW_MS + 366 * DAY_MS]);
  stores = memoryStores();
  await tell(joiner(at(NOW_MS + 366 * DAY_MS + 1), {}, { recorded: '2026-11-20T00:00:00Z' }));
  await route(record('INSERT', lastInserted()));
  expect(scheduled).toHaveLength(1);
  expect(published.map(([stage]) => stage)).toEqual(['unchanged', 'unchanged']);
});

it('a leaver of whom nobody had told before is a leaver: there may be accounts', async () => {
  const left = leaver('2026-11-01T00:00:00Z');
  const hired = joiner('2026-10-01T00:00:00Z');
  await tell(left);
  await tell(hired);
  await route(record('INSERT', lastInserted()));
  expect(published).toEqual([['leaver', hired.factId]]);
});

it('two leavers that say the same, of which neither was routed yet, are a leaver, though either changes nothing', async () => {
  await tell(joiner('2026-10-01T00:00:00Z'));
  const leavers = ['one', 'other'].map((id) => leaver('2026-11-01T00:00:00Z', { id }));
  for (const fact of leavers) await tell(fact);
  for (const { sk } of stores.inserted.slice(-2)) await route(record('INSERT', keysOf(sk)));
  expect(published).toEqual(leavers.map(({ factId }) => ['leaver', factId]));
});

it('two leavers that are dated back to before an earlier removal are a leaver where something was open since its proof', async () => {
  const removal = { version: 1, startedMs: NOW_MS - 60_000, epoch: 1 };
  await tell(joiner('2026-10-01T00:00:00Z'));
  await stores.leases.fenceOff({ identityId: 'E1', epoch: 0, removal, audit: [] });
  const proven = { ...removal, provenMs: NOW_MS - 30_000 };
  await stores.accounts.saveRemoval({ identityId: 'E1', removal: proven, audit: [] });
  const leavers = ['one', 'other'].map((id) => leaver('2026-11-01T00:00:00Z', { id }));
  for (const fact of leavers) await tell(fact);
  const routed = async () => {
    published = [];
    for (const { sk } of stores.inserted.slice(-2)) await route(record('INSERT', keysOf(sk)));
    return published.map(([stage]) => stage);
  };
  expect(await routed()).toEqual(['unchanged', 'unchanged']);
  const account = { applicationId: 'chat', readMs: NOW_MS, revision: 1 };
  await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] });
  expect(await routed()).toEqual(['leaver', 'leaver']);
});

describe('an owner of whom it was believed that they are there', () => {
  const bot = { ...joiner('2026-11-02T00:00:00Z', { kind: 'service-account', owner: 'E1' }), identityId: 'svc' };
  const stateOfBot = async () => (await stores.directory.load('svc'))?.header.summary.status;

  it.each([
    ['left, by an employment that never was', [leaver('2026-11-01T00:00:00Z'), 'rescind'] as const],
    ['is no person any more', [mover('2026-11-01T00:00:00Z', { kind: 'service-account', owner: 'E9' })] as const],
  ])('%s: nobody answers for what they owned, and it is suspended', async (_what, then) => {
    const hired = joiner('2026-10-01T00:00:00Z');
    await tell(hired);
    await tell(bot);
    for (const said of then) await tell(said === 'rescind' ? rescind(hired, '2026-11-03T00:00:00Z') : said);
    // Of the stream, the last alone: the others come later, and find the same.
    await route(record('INSERT', lastInserted()));
    expect(await stateOfBot()).toBe('suspended');
  });

  it('who had left before it begins: that is said once, and saying so is nothing to say it again for', async () => {
    const hired = joiner('2026-10-01T00:00:00Z');
    await tell(hired);
    await tell({ ...joiner('2027-01-01T00:00:00Z', { kind: 'service-account', owner: 'E1' }), identityId: 'svc' });
    await tell(leaver('2026-11-01T00:00:00Z'));
    await tell(rescind(hired, '2026-11-03T00:00:00Z'));
    const factsOf = async (id: string) => (await stores.directory.load(id))?.facts.map(({ type }) => type).sort();
    await route(record('INSERT', lastInserted()));
    expect(await factsOf('svc')).toEqual(['joiner', 'suspension']);
    for (const { sk } of stores.inserted.filter(({ pk }) => pk === 'E1').slice(-1)) {
      expect(sk).toContain('handed-over');
      await route(record('INSERT', keysOf(sk)));
    }
    expect(await factsOf('svc')).toEqual(['joiner', 'suspension']);
  });

  it('goes on to answer for it while they are there', async () => {
    await tell(joiner('2026-10-01T00:00:00Z'));
    await tell(bot);
    await tell(mover('2026-11-01T00:00:00Z', { department: 'Sales' }));
    await route(record('INSERT', lastInserted()));
    expect(await stateOfBot()).toBe('active');
  });
});

it('whoever asks for access has it looked at who is to be told, and nobody else has', async () => {
  await tell(joiner('2026-11-01T00:00:00Z'));
  await route(record('INSERT', lastInserted()));
  expect(woken).toEqual([]);
  await tell({
    ...ownFactBase('E1', 'requested/r1', NOW_MS),
    type: 'access-requested',
    requestId: 'r1',
    entitlement: 'crm:user',
    requestedBy: 'E1',
    reason: 'the quarter ends',
    expiresMs: NOW_MS + DAY_MS,
    rule: 'h'.repeat(64),
  });
  await route(record('INSERT', lastInserted()));
  expect(woken).toEqual([['E1', NOW_MS]]);
});
