import { describe, expect, it } from 'vitest';
import { redrive } from '../../../lambdas/handlers/identity/redrive.ts';
import { sweep } from '../../../lambdas/handlers/identity/sweep.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { StageEvent } from '../../../lambdas/stores/event-bus.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { joiner } from '../../support/facts.ts';
import { IDLE } from '../../support/idle-executions.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('a redriven message', () => {
  const bodies = {
    'an event of the bus': JSON.stringify({ 'detail-type': 'Joiner', detail: { identityId: 'E1', version: 1 } }),
    'an input of take-effect': JSON.stringify({ identityId: 'E1', instantMs: NOW }),
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`${what} brings its identity to the sweep at once`, async () => {
      const stores = memoryStores();
      const dependencies = { ...stores, clock: () => NOW, newId: () => 'id', model: () => MODEL };
      await appendFact(dependencies, joiner('2026-11-01'), {
        payloadHash: 'x',
        actor: { type: 'hr-source', id: 'acme-hr' },
      });
      const published: StageEvent[] = [];
      const bus = { publish: async (_stage: string, event: StageEvent) => void published.push(event) };
      // The sweep repairs by publishing, or by recording the instant that nobody took note of.
      const repairs = () => published.length + stores.inserted.filter(({ sk }) => sk.startsWith('EFFECT#')).length;
      await sweep({ ...dependencies, bus, running: IDLE, publishBacklog: () => {}, alert: async () => {} })();
      expect(repairs()).toBe(0);
      expect(await redrive(dependencies)({ Records: [{ body }] })).toEqual({ identities: 1 });
      await sweep({ ...dependencies, bus, running: IDLE, publishBacklog: () => {}, alert: async () => {} })();
      expect(repairs()).toBe(1);
    });
  }

  it('that names nobody, or cannot be read, is let go', async () => {
    const records = ['{"DDBStreamBatchInfo":{}}', 'not JSON', '{"identityId":"no such id!"}'].map((body) => ({ body }));
    expect(await redrive({ ...memoryStores(), clock: () => NOW, newId: () => 'id' })({ Records: records })).toEqual({
      identities: 0,
    });
  });
});
