// An instant that has come: recorded once, not before its time, and only if something still changes then.
import { beforeEach, expect, it } from 'vitest';
import { takeEffect } from '../../../lambdas/handlers/identity/take-effect.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver, mover, rescind } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const LEAVES_MS = NOW_MS + 3_600_000;
const LEAVES = leaver(new Date(LEAVES_MS).toISOString(), { recorded: '2026-11-20T00:00:00Z' });
const OPTIONS = { payloadHash: 'h'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } } as const;

let stores = memoryStores();
const at = (nowMs: number) => ({ ...stores, clock: () => nowMs, newId: () => 'id', model: () => MODEL });
const take = (nowMs: number, instantMs = LEAVES_MS) => takeEffect(at(nowMs))({ identityId: 'E1', instantMs });
const effects = async () => (await stores.directory.load('E1'))?.effects;

beforeEach(async () => {
  stores = memoryStores();
  await appendFact(at(NOW_MS), joiner('2026-11-01T00:00:00Z'), OPTIONS);
  await appendFact(at(NOW_MS), LEAVES, OPTIONS);
});

it('is recorded once, as a version with an entry, and the summary shows what it changed', async () => {
  await take(LEAVES_MS);
  await take(LEAVES_MS + 60_000);
  const record = await stores.directory.load('E1');
  expect(record).toMatchObject({ effects: [LEAVES_MS], header: { version: 3, summary: { status: 'departed' } } });
  const { items } = await stores.audit.list('E1', { limit: 10 });
  expect(items.filter(({ event }) => event.type === 'took-effect')).toHaveLength(1);
});

it('is not recorded before its time: the schedule comes again', async () => {
  await expect(take(LEAVES_MS - 1)).rejects.toMatchObject({ name: 'RetryableError' });
  expect(await effects()).toEqual([]);
});

it('is recorded however late it comes', async () => {
  await take(LEAVES_MS + 30 * 86_400_000);
  expect(await effects()).toEqual([LEAVES_MS]);
});

it('has no effect when what was planned then was taken back', async () => {
  await appendFact(at(NOW_MS), rescind(LEAVES, '2026-11-23T08:00:00Z'), OPTIONS);
  await take(LEAVES_MS);
  expect(await effects()).toEqual([]);
  expect((await stores.directory.load('E1'))?.header.version).toBe(3);
});

it('is recorded on the version of a fact that was faster, and nothing about one who is not known', async () => {
  const { load } = stores.directory;
  let loads = 0;
  const racing = {
    ...at(LEAVES_MS),
    directory: {
      ...stores.directory,
      load: async (identityId: string) => {
        const record = await load(identityId);
        loads += 1;
        if (loads === 1) await appendFact(at(NOW_MS), mover('2026-11-21T00:00:00Z', { title: 'Lead' }), OPTIONS);
        return record;
      },
    },
  };
  await takeEffect(racing)({ identityId: 'E1', instantMs: LEAVES_MS });
  expect(await effects()).toEqual([LEAVES_MS]);
  await takeEffect(at(LEAVES_MS))({ identityId: 'E2', instantMs: LEAVES_MS });
  expect(await stores.directory.load('E2')).toBeUndefined();
});
