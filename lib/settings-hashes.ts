// The settings of a deployment as hashes, by name: what the audit log says of a change to them.
import { readFileSync } from 'node:fs';
import type { DeployedSettings } from '../lambdas/core/audit/settings-change.ts';
import { canonicalJson, sha256Hex } from '../lambdas/core/canonical-json.ts';
import type { Settings } from './config.ts';
import { readCertificates } from './networks.ts';

/** Of several by name, each is a setting of its own: `hrSources.acme-hr`, `networks.office`, `throttle.burst`. */
export function settingsHashes(settings: Settings): DeployedSettings['hashes'] {
  const { activitySources, hrSources, networks, ...others } = settings;
  const named: Readonly<Record<string, unknown>> = {
    ...others,
    activitySources: Object.fromEntries(activitySources.map((source) => [source.id, source])),
    hrSources: Object.fromEntries(hrSources.map((source) => [source.id, source])),
    networks: Object.fromEntries(
      Object.entries(networks).map(([name, network]) => [
        name,
        // Whom it trusts is what the file says, not what it is called.
        {
          ...network,
          ...(network.certificateAuthorities && { trusts: readCertificates(network.certificateAuthorities) }),
        },
      ]),
    ),
  };
  const values = Object.entries(named).flatMap(([name, value]) =>
    isGroup(value)
      ? Object.entries(value).map(([member, each]) => [`${name}.${member}`, each] as const)
      : [[name, value] as const],
  );
  return Object.fromEntries(
    values.filter(([, value]) => value !== undefined).map(([name, value]) => [name, sha256Hex(canonicalJson(value))]),
  );
}

export function deployedSettingsOf(settings: Settings): DeployedSettings {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return { codeVersion: version, hashes: settingsHashes(settings) };
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
