// What differs between the settings of two deployments: by name and hash, since the audit log says that a setting was
// changed and by which deployment, and not what an organisation's networks are called.
import type { AuditEvent } from './audit.ts';

/** What lies beside the code of whoever records it. */
export interface DeployedSettings {
  /** Of Tenure itself. */
  readonly codeVersion: string;
  /** Setting → SHA-256 of its value as canonical JSON; of several by name, each: `networks.office`. */
  readonly hashes: Readonly<Record<string, string>>;
}

export type SettingsChange = Extract<AuditEvent, { readonly type: 'settings-changed' }>;

/** Settings whose value names a person: a hash of an address can be guessed. */
const UNHASHED: ReadonlySet<string> = new Set(['escalationEmail']);

/** By name; undefined when nothing differs. Of the first deployment on record, every setting. */
export function settingsChange(
  before: Pick<DeployedSettings, 'hashes'> | undefined,
  { codeVersion, hashes }: DeployedSettings,
): SettingsChange | undefined {
  const old = before?.hashes ?? {};
  const names = [...new Set([...Object.keys(old), ...Object.keys(hashes)])].sort();
  const changes = names
    .filter((name) => old[name] !== hashes[name])
    .map((name) => ({
      setting: name,
      ...(!UNHASHED.has(name) && { before: old[name], after: hashes[name] }),
    }));
  return changes.length === 0 ? undefined : { type: 'settings-changed', codeVersion, changes };
}
