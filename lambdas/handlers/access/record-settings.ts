// Puts on record that a deployment changed settings: those beside the code are compared with those that were recorded last,
// so that no deployment has to say anything, and one that was rolled back is recorded as well.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { type DeployedSettings, type SettingsChange, settingsChange } from '../../core/audit/settings-change.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import type { ModelChangeStore, RecordedSettings } from '../../stores/model-changes/model-change-store.ts';

export interface SettingsDependencies {
  readonly modelChanges: Pick<ModelChangeStore, 'findSettings' | 'saveSettings'>;
  readonly settings: () => DeployedSettings;
  readonly modelHash: () => string;
  readonly clock: () => number;
}

export const recordSettings = (dependencies: SettingsDependencies) => async (): Promise<void> => {
  const { modelChanges, settings, modelHash, clock } = dependencies;
  const last = await modelChanges.findSettings();
  const revision = last?.revision ?? 0;
  if (last?.pending !== undefined) {
    const { pending, ...recorded } = last;
    const next = { ...recorded, revision: revision + 1 };
    // Whoever left it may have written its entry.
    if (await modelChanges.saveSettings(next, revision, [entryOf(last, pending)])) return;
    return void (await modelChanges.saveSettings(next, revision, []));
  }
  const { hashes } = settings();
  const change = settingsChange(last, settings());
  if (change === undefined) return;
  const next = { hashes, recordedMs: clock(), modelHash: modelHash(), revision: revision + 1 };
  // Whoever was faster records the same, or what another deployment of this minute brought.
  await modelChanges.saveSettings(next, revision, [entryOf(next, change)]);
};

function entryOf({ revision, recordedMs, modelHash }: RecordedSettings, change: SettingsChange): AuditEntry {
  return {
    identityId: auditKeyOf(DEPLOYMENT),
    entryId: `settings-changed:${revision}`,
    at: toIso(recordedMs),
    actor: { type: 'tenure', id: 'walk-population' },
    modelHash,
    event: change,
  };
}
