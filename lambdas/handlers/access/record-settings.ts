// Puts on record that a deployment changed settings: those beside the code are compared with those that were recorded last,
// so that no deployment has to say anything, and one that was rolled back is recorded as well. What changed is kept until
// its entry is written, so that whoever dies in between leaves it to the next run.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { type DeployedSettings, settingsChange } from '../../core/audit/settings-change.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { ModelChangeStore, RecordedSettings } from '../../stores/model-changes/model-change-store.ts';

export interface SettingsDependencies {
  readonly audit: Pick<AuditStore, 'append'>;
  readonly modelChanges: Pick<ModelChangeStore, 'findSettings' | 'saveSettings'>;
  readonly settings: () => DeployedSettings;
  readonly modelHash: () => string;
  readonly clock: () => number;
}

export const recordSettings = (dependencies: SettingsDependencies) => async (): Promise<void> => {
  const { audit, modelChanges, settings, modelHash, clock } = dependencies;
  const last = await modelChanges.findSettings();
  const revision = last?.revision ?? 0;
  if (last?.pending !== undefined) {
    await audit.append([entryOf(last)]);
    const { pending: _, ...recorded } = last;
    await modelChanges.saveSettings({ ...recorded, revision: revision + 1 }, revision);
    return;
  }
  const { hashes } = settings();
  const pending = settingsChange(last, settings());
  if (pending === undefined) return;
  const next = { hashes, recordedMs: clock(), modelHash: modelHash(), pending, revision: revision + 1 };
  // Whoever was faster records the same, or what another deployment of this minute brought.
  if (await modelChanges.saveSettings(next, revision)) await recordSettings(dependencies)();
};

function entryOf({ revision, recordedMs, modelHash, pending }: RecordedSettings): AuditEntry {
  if (pending === undefined) throw new Error('nothing is to be put on record');
  return {
    identityId: auditKeyOf(DEPLOYMENT),
    entryId: `settings-changed:${revision}`,
    at: toIso(recordedMs),
    actor: { type: 'tenure', id: 'walk-population' },
    modelHash,
    event: pending,
  };
}
