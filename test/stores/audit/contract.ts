// What every audit log promises: an entry is there once, and stays as it was first written.
import { describe, expect, it } from 'vitest';
import { entryOf, namesOf, type OpenStores, pagesOf } from '../identities/examples.ts';

const at = (hour: number) => `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`;

export function describeAuditLog(open: OpenStores): void {
  it('is gone through whole, whoever its entries are about', async () => {
    const { audit } = await open();
    const entries = ['E1', 'E2', 'E3'].flatMap((id) => ['a', 'b'].map((entryId) => entryOf(id, entryId)));
    await audit.append(entries);
    const keyOf = ({ identityId, entryId }: { identityId: string; entryId: string }) => `${identityId} ${entryId}`;
    for (const limit of [1, 4, 100]) {
      const pages = await pagesOf((after) => audit.listAll({ limit, after }));
      expect(pages.flat().map(keyOf).sort()).toEqual(entries.map(keyOf));
    }
    await expect(audit.listAll({ limit: 1, after: 'nonsense' })).rejects.toThrow('cursor');
  });

  describe('an entry', () => {
    it('is kept once, as it was first written', async () => {
      const { audit } = await open();
      const entry = entryOf('E1');
      await audit.append([entry]);
      await audit.append([{ ...entry, trigger: 'another' }, entryOf('E1', 'next')]);
      const { items } = await audit.list('E1', { limit: 10 });
      expect(items).toEqual([entry, entryOf('E1', 'next')]);
      expect((await audit.list('E2', { limit: 10 })).items).toEqual([]);
    });

    it('is kept and listed though it tells of thousands of grants', async () => {
      const { audit } = await open();
      const entries = ['a', 'b', 'c', 'd'].map((entryId, index) => {
        const grants = namesOf(5_000).map((name) => `${entryId}-${name}`);
        const event = {
          type: 'access-read-back',
          applicationId: 'chat',
          callId: entryId,
          observed: { enabled: true, grants },
          answered: true,
        } as const;
        return { ...entryOf('E1', entryId, at(8 + index)), event };
      });
      await audit.append(entries);
      for (const limit of [1, 10]) {
        const pages = await pagesOf((after) => audit.list('E1', { limit, after }));
        expect(pages.flat()).toEqual(entries);
      }
    });

    it('is listed the oldest first, from an instant on, each once', async () => {
      const { audit } = await open();
      await audit.append([9, 10, 8].map((hour) => entryOf('E1', `at ${hour}`, at(hour))));
      for (const limit of [1, 2, 3, 10]) {
        const listed = async (since?: string) =>
          (await pagesOf((after) => audit.list('E1', { limit, after, since }))).flat().map((entry) => entry.at);
        expect(await listed()).toEqual([at(8), at(9), at(10)]);
        expect(await listed(at(9))).toEqual([at(9), at(10)]);
        expect(await listed('2026-11-23T09:00:00.001Z')).toEqual([at(10)]);
      }
    });
  });
}
