// A change of settings, from what lies beside the code to its entry.
import { describe, expect, it } from 'vitest';
import type { DeployedSettings } from '../../../lambdas/core/audit/settings-change.ts';
import { recordSettings } from '../../../lambdas/handlers/access/record-settings.ts';
import { memoryModelChanges } from '../../support/memory-model-changes.ts';
import { MemoryTable } from '../../support/memory-table.ts';

const DEPLOYED: DeployedSettings = {
  codeVersion: '1.0.0',
  hashes: { retainData: 'r1', 'throttle.burst': 't1', escalationEmail: 'e1' },
};

/** `fails`: asked before each writing, by how many there were. */
function deployment(fails: (write: number) => 'before' | 'after' | undefined = () => undefined) {
  const table = new MemoryTable();
  const stored = memoryModelChanges(table);
  const now = { ms: Date.parse('2026-11-28T17:00:00Z'), settings: DEPLOYED, writes: 0 };
  const run = recordSettings({
    modelChanges: {
      findSettings: () => stored.findSettings(),
      async saveSettings(settings, revision, audit) {
        now.writes += 1;
        const dies = fails(now.writes - 1);
        if (dies === 'before') throw new Error('the function died');
        const saved = await stored.saveSettings(settings, revision, audit);
        if (dies === 'after') throw new Error('the function died');
        return saved;
      },
    },
    settings: () => now.settings,
    modelHash: () => 'model',
    clock: () => now.ms,
  });
  const deploy = (hashes: DeployedSettings['hashes'], codeVersion = '1.0.0') => {
    now.settings = { codeVersion, hashes };
    now.ms += 60_000;
  };
  const entries = () => table.entriesOf('DEPLOYMENT#tenure');
  const changes = () => entries().map(({ event }) => event);
  return { run, deploy, entries, changes, table, stored };
}

const changed = (changes: readonly object[], codeVersion = '1.0.0') => ({
  type: 'settings-changed',
  codeVersion,
  changes,
});

describe('a deployment', () => {
  it('has an entry of every setting when it is the first on record, and none when nothing differs', async () => {
    const { run, entries, changes } = deployment();
    await run();
    await run();
    await run();
    expect(changes()).toEqual([
      changed([
        { setting: 'escalationEmail' },
        { setting: 'retainData', before: undefined, after: 'r1' },
        { setting: 'throttle.burst', before: undefined, after: 't1' },
      ]),
    ]);
    expect(entries()[0]).toMatchObject({
      identityId: 'DEPLOYMENT#tenure',
      at: '2026-11-28T17:00:00.000Z',
      actor: { type: 'tenure', id: 'walk-population' },
      modelHash: 'model',
    });
  });

  it('has one of the settings that were changed, added or taken away, and of one that was rolled back', async () => {
    const { run, deploy, changes } = deployment();
    await run();
    deploy({ retainData: 'r2', escalationEmail: 'e2', 'networks.office': 'n1' }, '1.1.0');
    await run();
    deploy(DEPLOYED.hashes);
    await run();
    expect(changes().slice(1)).toEqual([
      changed(
        [
          { setting: 'escalationEmail' },
          { setting: 'networks.office', before: undefined, after: 'n1' },
          { setting: 'retainData', before: 'r1', after: 'r2' },
          { setting: 'throttle.burst', before: 't1', after: undefined },
        ],
        '1.1.0',
      ),
      changed([
        { setting: 'escalationEmail' },
        { setting: 'networks.office', before: 'n1', after: undefined },
        { setting: 'retainData', before: 'r2', after: 'r1' },
        { setting: 'throttle.burst', before: undefined, after: 't1' },
      ]),
    ]);
  });

  it('never tells a hash of what names a person', async () => {
    const { run, deploy, entries } = deployment();
    await run();
    deploy({ ...DEPLOYED.hashes, escalationEmail: 'e2' });
    await run();
    expect(entries()).toHaveLength(2);
    expect(JSON.stringify(entries())).not.toMatch(/e1|e2/);
  });

  it.each(['before', 'after'] as const)('is on record once, though the function dies %s writing', async (dies) => {
    const { run, deploy, changes } = deployment((write) => (write === 0 ? dies : undefined));
    await expect(run()).rejects.toThrow('died');
    for (const _ of [1, 2, 3]) await run();
    expect(changes()).toHaveLength(1);
    deploy({ ...DEPLOYED.hashes, retainData: 'r2' });
    for (const _ of [1, 2, 3]) await run();
    expect(changes()[1]).toEqual(changed([{ setting: 'retainData', before: 'r1', after: 'r2' }]));
  });

  it.each([false, true])(
    'has the one entry that a former release left to be written (written: %s)',
    async (isWritten) => {
      const { run, entries, table, stored } = deployment();
      await run();
      const [written] = entries();
      if (written?.event.type !== 'settings-changed') throw new Error('nothing is on record');
      const { hashes } = DEPLOYED;
      const recordedMs = Date.parse(written.at) + 1;
      const left = { hashes, recordedMs, modelHash: 'model', pending: written.event, revision: 2 };
      await stored.saveSettings(left, 1, []);
      const entry = { ...written, at: '2026-11-28T17:00:00.001Z', entryId: 'settings-changed:2' };
      if (isWritten) table.putEntries([entry]);
      for (const _ of [1, 2, 3]) await run();
      expect(entries().slice(1)).toEqual([entry]);
      const { pending: _, ...recorded } = left;
      expect(await stored.findSettings()).toEqual({ ...recorded, revision: 3 });
    },
  );

  it('is on record once, however many record it', async () => {
    const { run, changes } = deployment();
    await Promise.all([run(), run(), run()]);
    await run();
    expect(changes()).toHaveLength(1);
  });
});
