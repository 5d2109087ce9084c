// What of the settings is told apart, and that no value gets into what is deployed beside a function.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../lib/config.ts';
import { deployedSettingsOf, settingsHashes } from '../../lib/settings-hashes.ts';
import { makePrivateAuthority } from '../support/private-authority.ts';

const AWS_LOG = { id: 'aws-log', type: 'aws-cloudtrail', settings: { application: 'aws' } };
const CRM_LOG = { id: 'crm-log', type: 'ocsf', settings: { application: 'crm' } };
const WRITTEN = {
  activitySources: [AWS_LOG],
  hrSources: ['acme-hr', { id: 'globex-hr', secret: 'globex/hr' }],
  networks: { office: { proxy: 'http://proxy.acme.example:3128' } },
  oidc: { issuer: 'https://login.acme.example', audience: ['tenure'] },
  escalationEmail: 'ada@acme.example',
  auditRetentionDays: 30,
};
const hashesOf = (written: object) => settingsHashes(settingsSchema.parse(written));

/** Names whose hash differs. */
function differing(change: object): readonly string[] {
  const [before, after] = [hashesOf(WRITTEN), hashesOf({ ...WRITTEN, ...change })];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}

describe('the hashes of settings', () => {
  it.each([
    ['retention', { auditRetentionDays: 31 }, ['auditRetentionDays']],
    ['who issues tokens', { oidc: { ...WRITTEN.oidc, issuer: 'https://other.example' } }, ['oidc.issuer']],
    ['no issuer', { oidc: undefined }, ['oidc.issuer', 'oidc.audience']],
    ['an HR source more', { hrSources: [...WRITTEN.hrSources, 'third-hr'] }, ['hrSources.third-hr']],
    ['an activity source more', { activitySources: [AWS_LOG, CRM_LOG] }, ['activitySources.crm-log']],
    ['the secret of one', { hrSources: ['acme-hr', { id: 'globex-hr', secret: 'x/y' }] }, ['hrSources.globex-hr']],
    ['a network', { networks: { office: { proxy: 'http://other.example:3128' } } }, ['networks.office']],
    ['one limit of two', { throttle: { burst: 7 } }, ['throttle.burst']],
    ['an address', { escalationEmail: 'bob@acme.example' }, ['escalationEmail']],
    ['nothing but the order of HR sources', { hrSources: [...WRITTEN.hrSources].reverse() }, []],
    ['what is the default anyway', { retainData: true }, []],
  ])('tell apart %s', (_what, change, names) => {
    expect(differing(change)).toEqual(names);
  });

  it('are of every setting there is, and hold no value', () => {
    const deployed = deployedSettingsOf(settingsSchema.parse(WRITTEN));
    expect(deployed.codeVersion).toMatch(/^\d+\.\d+\.\d+/);
    const names = new Set(Object.keys(deployed.hashes).map((name) => name.split('.')[0]));
    const { applicationSettings: _, hrSourcePrecedence: __, ...set } = settingsSchema.parse(WRITTEN);
    expect(names).toEqual(new Set(Object.keys(set)));
    expect(JSON.stringify(deployed)).not.toMatch(/acme\.example|globex\/hr/);
    for (const hash of Object.values(deployed.hashes)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are others when a file of trusted authorities is, under the same name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenure-settings-'));
    try {
      const file = join(folder, 'authorities.pem');
      const hashed = () => hashesOf({ networks: { office: { certificateAuthorities: file } } })['networks.office'];
      const hashes = [1, 2].map(() => {
        writeFileSync(file, makePrivateAuthority(['one.example']).certificate);
        return hashed();
      });
      expect(new Set(hashes).size).toBe(2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
