import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '../../lib/config.ts';
import { sealingKey, VKEY } from '../support/sealed-log.ts';
import { witnessVkey } from '../support/witness-server.ts';

const read = (context: Record<string, unknown> = {}) => readSettings(new App({ context }).node);

describe('settings', () => {
  test('without any are those of a protected deployment with a user pool of its own', () => {
    expect(read()).toEqual({
      stackPrefix: 'Tenure',
      accessModel: 'access-model',
      console: { deployed: true, scope: 'openid profile', connectTo: [] },
      applicationSettings: {},
      hrSources: [{ id: 'acme-hr', type: 'cloud-events', settings: {} }],
      hrSourcePrecedence: {},
      activitySources: [],
      detection: {
        egressNetworks: [],
        departureGraceMinutes: 15,
        learningDays: 14,
        dormantAfterDays: 90,
        travelKmPerHour: 1_000,
        whenDenied: 'alert',
        departureNoticeDays: 30,
        burstReads: 200,
        resetWindowHours: 24,
        ownAccounts: [],
        breakGlassAccounts: [],
        responses: {},
      },
      networks: {},
      modelChange: { identitiesPerMinute: 300, maximumLosing: 25 },
      concurrency: { account: 1_000, intake: 100, routing: 100, lockDown: 20 },
      groupsClaim: 'cognito:groups',
      identityClaim: 'custom:identity_id',
      convergence: { maximumPasses: 8, firstWaitSeconds: 5, maximumWaitSeconds: 300, afterEscalationSeconds: 1_800 },
      massErrorGuard: {
        windowMinutes: 60,
        maximumIdentities: 25,
        maximumShare: 0.1,
        applicationShare: 0.5,
        missingShare: 0.5,
        neverHeld: 5,
      },
      erasure: { delayDays: 7 },
      notices: { digestHour: 8, reminders: [0.5, 0.9], endingDays: 3, urgentHours: 24 },
      sharedSignals: { transmitters: [], receivers: [], signingKeys: 1 },
      sweepMinutes: 1,
      retainData: true,
      throttle: { ratePerSecond: 100, burst: 200 },
      auditRetentionDays: 2_557,
      sealedLog: { signingKeys: 1, retiredKeys: 0, witnesses: [] },
      activityRetentionDays: 90,
      logRetentionDays: 365,
    });
  });

  test('are read from the object in cdk.json, single ones on the command line going before it', () => {
    const settings = read({
      tenure: { hrSources: ['workday'], sweepMinutes: 5 },
      'tenure.retainData': 'false',
      'tenure.sweepMinutes': '2',
      'tenure.accessModel': 'models/acme',
      'tenure.applicationSettings': '{"crm":{"baseUrl":"https://crm.example/scim/v2"}}',
    });
    expect(settings).toMatchObject({
      hrSources: [{ id: 'workday', type: 'cloud-events' }],
      sweepMinutes: 2,
      retainData: false,
      accessModel: 'models/acme',
      applicationSettings: { crm: { baseUrl: 'https://crm.example/scim/v2' } },
    });
  });

  test('that are wrong are named all at once, with what was expected', () => {
    const wrong = () =>
      read({
        tenure: { hrSources: ['Acme HR'], sweepMinutes: 0, colour: 'red', convergence: { maximumPasses: 'many' } },
        'tenure.retainData': 'maybe',
        'tenure.oidc': '{"issuer":"http://idp.example"}',
      });
    expect(wrong).toThrow(SettingsError);
    const message = messageOf(wrong);
    expect(message).toContain('7 settings are wrong');
    expect(message).toContain('tenure.hrSources[0]: expected 1 to 32 lower-case letters, digits or -');
    expect(message).toContain('tenure.oidc.issuer: expected an https:// URL');
    expect(message).toContain('tenure.oidc.audience: missing: expected array');
    expect(message).toContain('tenure.convergence.maximumPasses: expected number, received string');
    expect(message).toContain('tenure.sweepMinutes: Too small: expected number to be >=1');
    expect(message).toContain('tenure.retainData: expected boolean, received string');
    expect(message).toContain('tenure.colour: unknown key');
  });

  test('may rank only sources that there are', () => {
    const ranked = () => read({ tenure: { hrSourcePrecedence: { workday: { authority: 10 } } } });
    expect(messageOf(ranked)).toContain('tenure.hrSourcePrecedence.workday: expected one of hrSources: acme-hr');
  });

  test('may limit of whom a source speaks, by kinds and beginnings of ids that there are', () => {
    const limited = (reach: object) => read({ tenure: { hrSourcePrecedence: { 'acme-hr': reach } } });
    const reach = { kinds: ['contractor'], idPrefixes: ['C-'] };
    expect(limited(reach).hrSourcePrecedence).toEqual({ 'acme-hr': { authority: 0, attributes: {}, ...reach } });
    expect(messageOf(() => limited({ kinds: ['ghost'] }))).toContain('tenure.hrSourcePrecedence["acme-hr"].kinds[0]');
    expect(messageOf(() => limited({ kinds: [] }))).toContain('tenure.hrSourcePrecedence["acme-hr"].kinds');
    expect(messageOf(() => limited({ idPrefixes: [''] }))).toContain(
      'tenure.hrSourcePrecedence["acme-hr"].idPrefixes[0]',
    );
  });

  test('may not name a source twice', () => {
    expect(messageOf(() => read({ tenure: { hrSources: ['a', 'a'] } }))).toContain('expected each source once');
    expect(messageOf(() => read({ tenure: { hrSources: ['tenure'] } }))).toContain('what Tenure records itself');
  });

  test('may describe a source, whose type checks its settings', () => {
    const bamboo = { id: 'bamboo-us', type: 'bamboohr', settings: { companyDomain: 'acme' }, secret: 'hr/bamboo' };
    const { hrSources } = read({ tenure: { hrSources: ['acme-hr', bamboo], hrSourcePrecedence: { 'bamboo-us': {} } } });
    expect(hrSources).toEqual([{ id: 'acme-hr', type: 'cloud-events', settings: {} }, bamboo]);
  });

  test('name every fault of a source by its key', () => {
    const hrSources = [
      { id: 'a', type: 'workday' },
      { id: 'b', type: 'bamboohr', settings: { baseUrl: 'http://hr.example', identityId: 'email', pay: 1 } },
      { id: 'c', settings: { colour: 'red' } },
      { id: 'd', secret: 'arn:aws:s3:::x', sekret: 'x' },
      { id: 'e', type: 'bamboohr' },
      { type: 'bamboohr', settings: { companyDomain: 'acme' } },
    ];
    const message = messageOf(() => read({ tenure: { hrSources } }));
    for (const line of [
      'hrSources[0].type: expected one of bamboohr, cloud-events',
      'hrSources[1].settings.baseUrl: expected https://',
      'hrSources[1].settings.identityId: Invalid option: expected one of "employeeNumber"|"id"',
      'hrSources[1].settings.pay: unknown key',
      'hrSources[2].settings.colour: unknown key',
      "hrSources[3].secret: expected a secret's ARN or name",
      'hrSources[3].sekret: unknown key',
      'hrSources[4].settings.companyDomain: missing: expected one, or a baseUrl',
      'hrSources[5].id: missing: expected string',
    ]) {
      expect(message).toContain(line);
    }
  });

  test('take so many sources whose people are read back, and no more', () => {
    const tenants = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        id: `tenant-${index}`,
        type: 'bamboohr',
        settings: { companyDomain: 'acme' },
      }));
    expect(read({ tenure: { hrSources: tenants(5) } }).hrSources).toHaveLength(5);
    expect(messageOf(() => read({ tenure: { hrSources: tenants(6) } }))).toContain(
      'at most 5 sources that read people',
    );
  });

  test('may name witnesses by an address without secrets and a key of a witness, and no more than are enough', () => {
    const key = witnessVkey(sealingKey(21));
    const [url, other] = ['https://witness.example/a', witnessVkey(sealingKey(22))];
    const log = (sealedLog: object) => read({ tenure: { sealedLog } }).sealedLog;
    expect(log({ witnesses: [{ url, key }] })).toMatchObject({ witnesses: [{ url, key }] });
    const wrong = (sealedLog: object) => messageOf(() => log(sealedLog));
    for (const bad of ['http://witness.example', `${url}/`, 'https://me:secret@witness.example', `${url}?token=x`])
      expect(wrong({ witnesses: [{ url: bad, key }] }), bad).toContain('witnesses[0].url: expected an https:// URL');
    expect(wrong({ witnesses: [{ url, key: VKEY }] })).toContain('witnesses[0].key: expected a witness');
    expect(
      wrong({
        witnesses: [
          { url, key },
          { url, key },
        ],
      }),
    ).toContain('witnesses: expected each witness once');
    const two = [
      { url, key },
      { url, key: other },
    ];
    expect(log({ witnesses: two, witnessQuorum: 2 })).toMatchObject({ witnessQuorum: 2 });
    expect(wrong({ witnesses: two, witnessQuorum: 3 })).toContain('witnessQuorum: expected no more than there are');
    expect(wrong({ witnesses: Array(9).fill({ url, key }) })).toContain('witnesses');
  });

  test('may name a bucket of another account, and only a bucket', () => {
    const replica = { account: '210987654321', bucketArn: 'arn:aws:s3:::acme-audit-replica' };
    const changed = (change: object) => () => readReplica({ ...replica, ...change });
    const readReplica = (written: object) => read({ tenure: { sealedLog: { replica: written } } }).sealedLog.replica;
    expect(readReplica(replica)).toEqual(replica);
    expect(messageOf(changed({ account: '21098765432' }))).toContain(
      'replica.account: expected an account of 12 digits',
    );
    for (const bucketArn of ['acme-audit-replica', `${replica.bucketArn}/log`, 'arn:aws:s3:::*'])
      expect(messageOf(changed({ bucketArn })), bucketArn).toContain('replica.bucketArn: expected the ARN of a bucket');
  });

  test('never retire the key that signs', () => {
    const keys = (sealedLog: object) => read({ tenure: { sealedLog } }).sealedLog;
    expect(keys({ signingKeys: 3, retiredKeys: 2 })).toMatchObject({ signingKeys: 3, retiredKeys: 2 });
    expect(messageOf(() => keys({ signingKeys: 2, retiredKeys: 2 }))).toContain('retiredKeys: expected fewer than');
    expect(messageOf(() => keys({ signingKeys: 21 }))).toContain('sealedLog.signingKeys');
  });

  test('must be an object', () => {
    expect(messageOf(() => read({ tenure: ['acme-hr'] }))).toContain('expected an object of settings');
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error');
}
