// Whom what somebody owned is handed over to, as things change while that is looked up.
import { expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { handOver } from '../../../lambdas/handlers/shared/hand-over.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const of = (identityId: string, fact: Fact): Fact => ({ ...fact, identityId });
const merged: Fact = {
  ...of('D1', joiner('2026-11-02T00:00:00Z')),
  factId: 'tenure:merged/D1',
  source: 'tenure',
  sourceEventId: 'merged/D1',
  type: 'merged',
  into: 'E1',
  decidedBy: 'E900',
  reason: 'the same passport',
};

it('leaves it with whoever has come meanwhile, though by their other id they were to follow themselves', async () => {
  const stores = memoryStores();
  const dependencies = { ...stores, clock: () => NOW_MS };
  const tell = (fact: Fact) =>
    appendFact(dependencies, fact, { payloadHash: 'h'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } });
  await tell(joiner('2026-10-01T00:00:00Z'));
  await tell(leaver('2026-11-01T00:00:00Z', { successor: 'D1' }));
  await tell(merged);
  await tell(of('svc', joiner('2026-10-02T00:00:00Z', { kind: 'service-account', owner: 'E1' })));
  let readings = 0;
  const load = async (identityId: string) => {
    if (identityId === 'E1') readings += 1;
    if (readings === 2) {
      readings += 1;
      await tell(joiner('2026-11-10T00:00:00Z'));
    }
    return await stores.directory.load(identityId);
  };
  const disturbed = { ...dependencies, directory: { ...stores.directory, load } };
  const listed = [{ identityId: 'svc', status: 'active', kind: 'service-account' }] as const;
  expect(await handOver(disturbed, 'E1', { listed, trigger: 'test' })).toBe(0);
  expect(readings).toBeGreaterThan(1);
  expect((await stores.directory.load('svc'))?.facts.map(({ type }) => type)).toEqual(['joiner']);
});

it.each<[string, string, Fact]>([
  ['the successor its leaver names', 'E9', leaver('2026-11-05T00:00:00Z', { successor: 'E9' })],
  ['whoever is above, when nobody was named', 'E8', leaver('2026-11-05T00:00:00Z')],
])('gives what somebody with two ids owned, who has left by the one that counts, to %s', async (_, heir, left) => {
  const stores = memoryStores();
  const dependencies = { ...stores, clock: () => NOW_MS };
  const tell = (fact: Fact) =>
    appendFact(dependencies, fact, { payloadHash: 'h'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } });
  await tell(joiner('2026-10-01T00:00:00Z', { manager: 'E8' }));
  for (const identityId of ['E8', 'E9', 'D1']) await tell(of(identityId, joiner('2026-10-01T00:00:00Z')));
  await tell(of('svc', joiner('2026-10-02T00:00:00Z', { kind: 'service-account', owner: 'D1' })));
  await tell(merged);
  await tell(left);
  const listed = [{ identityId: 'svc', status: 'active', kind: 'service-account' }] as const;
  expect(await handOver(dependencies, 'D1', { listed, trigger: 'test' })).toBe(1);
  const last = (await stores.directory.load('svc'))?.facts.at(-1);
  expect(last).toMatchObject({ type: 'mover', attributes: { owner: heir } });
});
