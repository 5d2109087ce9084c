// A change of settings, from what lies beside the code to its entry.
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import type { DeployedSettings } from '../../../lambdas/core/audit/settings-change.ts';
import { recordSettings } from '../../../lambdas/handlers/access/record-settings.ts';
import { memoryModelChanges } from '../../support/memory-model-changes.ts';

const DEPLOYED: DeployedSettings = {
  codeVersion: '1.0.0',
  hashes: { retainData: 'r1', 'throttle.burst': 't1', escalationEmail: 'e1' },
};

/** `fails`: asked before each writing, by how many there were. */
function deployment(fails: (write: number) => boolean = () => false) {
  const entries: AuditEntry[] = [];
  const stored = memoryModelChanges();
  const now = { ms: Date.parse('2026-11-28T17:00:00Z'), settings: DEPLOYED, writes: 0 };
  const write = () => {
    now.writes += 1;
    if (fails(now.writes - 1)) throw new Error('the function died');
  };
  const run = recordSettings({
    audit: {
      async append(several) {
        write();
        // As the store does: what is there stays.
        for (const entry of several) if (!entries.some(({ entryId }) => entryId === entry.entryId)) entries.push(entry);
      },
    },
    modelChanges: {
      findSettings: () => stored.findSettings(),
      async saveSettings(settings, revision) {
        write();
        return stored.saveSettings(settings, revision);
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
  const changes = () => entries.map(({ event }) => event);
  return { run, deploy, entries, changes };
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
    expect(entries[0]).toMatchObject({
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
    expect(entries).toHaveLength(2);
    expect(JSON.stringify(entries)).not.toMatch(/e1|e2/);
  });

  it.each([0, 1, 2])('is on record once, though the function dies before writing %d', async (dies) => {
    let died = false;
    const { run, deploy, changes } = deployment((write) => {
      const now = write === dies && !died;
      died ||= now;
      return now;
    });
    await expect(run()).rejects.toThrow('died');
    for (const _ of [1, 2, 3]) await run();
    expect(changes()).toHaveLength(1);
    deploy({ ...DEPLOYED.hashes, retainData: 'r2' });
    for (const _ of [1, 2, 3]) await run();
    expect(changes()[1]).toEqual(changed([{ setting: 'retainData', before: 'r1', after: 'r2' }]));
  });

  it('is on record once, however many record it', async () => {
    const { run, changes } = deployment();
    await Promise.all([run(), run(), run()]);
    await run();
    expect(changes()).toHaveLength(1);
  });
});
