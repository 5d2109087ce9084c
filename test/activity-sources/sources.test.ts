// What each source says of records in its vendor's documented shape.
import { describe, expect, it } from 'vitest';
import type { ActivityRecord } from '../../lambdas/core/detection/activity.ts';
import { NOW_MS, translateBy } from '../support/watched-company.ts';
import * as example from './examples.ts';

const TIME_MS = NOW_MS - 60_000;

function read(type: string, raw: unknown, settings: Record<string, unknown> = {}): ActivityRecord {
  const translation = translateBy(type, raw, settings);
  if ('refused' in translation) throw new Error(translation.refused.why);
  return translation.record;
}

const clue = (by: string, value: string, applicationId = 'crm') => ({ by, value, applicationId });
const email = (value: string) => ({ by: 'email', value });

it.each<[string, unknown, object, Record<string, unknown>?]>([
  [
    'okta',
    example.OKTA_SIGN_IN,
    {
      recordId: example.OKTA_SIGN_IN.uuid,
      timeMs: TIME_MS + 123,
      action: 'sign-in',
      outcome: 'success',
      interactive: true,
      who: {
        kind: 'person',
        clues: [clue('account', '00u1ADA'), clue('user-name', 'ada@acme.example'), email('ada@acme.example')],
      },
      network: { ip: '192.0.2.10', country: 'DE', asn: 64500, latitude: 52.5, longitude: 13.4 },
      client: { family: 'chrome/windows' },
    },
  ],
  [
    'okta',
    example.OKTA_ADMIN,
    {
      action: 'grant',
      target: { clues: [clue('account', '00u2BOB'), clue('user-name', 'bob@acme.example'), email('bob@acme.example')] },
      change: { administrator: true, grants: ['Super administrator', 'SUPER_ADMIN'] },
    },
  ],
  [
    'okta',
    example.OKTA_SSO,
    { action: 'sign-in', method: 'sso', application: { applicationId: 'mail', id: '0oa1CRM' } },
    { applications: { '0oa1CRM': 'mail' } },
  ],
  ['okta', example.OKTA_SSO, { application: { applicationId: undefined, id: '0oa1CRM', name: 'CRM' } }],
  [
    'aws-cloudtrail',
    example.CLOUDTRAIL_CALL,
    {
      action: 'read',
      operation: 's3:GetObject',
      // A session's key is another each time: it tells of nobody.
      who: {
        kind: 'person',
        clues: [
          clue('account', '1234-ada', 'center'),
          clue('user-name', 'ada@acme.example', 'center'),
          email('ada@acme.example'),
        ],
      },
      application: { applicationId: 'center' },
      client: { family: 'aws-cli' },
    },
    { identityCenter: 'center' },
  ],
  [
    'aws-cloudtrail',
    example.CLOUDTRAIL_KEY,
    {
      action: 'key-create',
      target: { clues: [clue('user-name', 'pipeline')] },
      who: {
        clues: [
          clue('account', 'arn:aws:iam::111122223333:user/bob'),
          clue('account', 'AIDABOB'),
          clue('key', 'AKIABOB'),
          clue('user-name', 'bob'),
        ],
      },
    },
  ],
  [
    'aws-cloudtrail',
    example.CLOUDTRAIL_ROOT,
    { action: 'sign-in', interactive: true, method: 'mfa', who: { breakGlass: true } },
  ],
  [
    'aws-cloudtrail',
    { detail: example.CLOUDTRAIL_ROOT, 'detail-type': 'AWS Console Sign In via CloudTrail' },
    { recordId: example.CLOUDTRAIL_ROOT.eventID },
  ],
  [
    'entra',
    example.ENTRA_SIGN_IN,
    {
      action: 'sign-in',
      method: 'mfa',
      interactive: true,
      who: {
        clues: [
          clue('account', '26be570a-ae82-4189-b4e2-a37c6808512d'),
          clue('user-name', 'ada@acme.example'),
          email('ada@acme.example'),
        ],
      },
      network: { ip: '2001:db8::1', country: 'DE', asn: 64500 },
      application: { applicationId: 'crm' },
    },
    { applications: { CRM: 'crm' } },
  ],
  [
    'entra',
    {
      category: 'SignInLogs',
      operationName: 'Sign-in activity',
      properties: { ...example.ENTRA_SIGN_IN, status: { errorCode: 50126 } },
    },
    { action: 'sign-in', outcome: 'failure', recordId: example.ENTRA_SIGN_IN.id },
  ],
  [
    'entra',
    example.ENTRA_ROLE,
    {
      action: 'grant',
      change: { administrator: true, grants: ['Global Administrator', '62e90394-69f5-4237-9190-012177145e10'] },
      target: {
        clues: [
          clue('account', '26be570a-ae82-4189-b4e2-a37c6808512d'),
          clue('user-name', 'ada@acme.example'),
          email('ada@acme.example'),
        ],
      },
    },
  ],
  [
    'google-workspace',
    example.GOOGLE_LOGIN,
    {
      action: 'sign-in',
      method: 'saml',
      who: { clues: [clue('account', '1001'), clue('user-name', 'ada@acme.example'), email('ada@acme.example')] },
      network: { country: 'DE', asn: 64500 },
    },
  ],
  [
    'google-workspace',
    example.GOOGLE_ROLE,
    {
      action: 'grant',
      change: { administrator: true, grants: ['_SEED_ADMIN_ROLE', '42'] },
      target: { clues: [clue('user-name', 'bob@acme.example'), email('bob@acme.example')] },
    },
  ],
  [
    'github',
    example.GITHUB_CLONE,
    {
      action: 'read',
      timeMs: TIME_MS,
      who: { clues: [clue('account', '1001'), clue('key', 'qk3U0xh0bC0ffee'), clue('user-name', 'ada-acme')] },
      network: { ip: '192.0.2.10', country: 'DE' },
      client: { family: 'git' },
    },
  ],
  [
    'github',
    example.GITHUB_ADMIN,
    {
      action: 'grant',
      change: { administrator: true },
      target: { clues: [clue('account', '1001'), clue('user-name', 'ada-acme')] },
    },
  ],
  ['github', { ...example.GITHUB_ADMIN, permission: 'read', old_permission: 'admin' }, { action: 'revoke' }],
  [
    'slack',
    example.SLACK_ADMIN,
    {
      action: 'grant',
      timeMs: TIME_MS,
      change: { administrator: true, grants: ['admin'] },
      target: { clues: [clue('account', 'W123ADA'), clue('user-name', 'ada@acme.example'), email('ada@acme.example')] },
    },
  ],
  ['slack', example.SLACK_LOGIN, { action: 'sign-in', interactive: true }],
  [
    'anthropic',
    example.ANTHROPIC_KEY,
    {
      action: 'key-create',
      change: { unlimited: true },
      who: {
        kind: 'person',
        clues: [clue('account', 'user_01ADA'), clue('user-name', 'ada@acme.example'), email('ada@acme.example')],
      },
    },
  ],
  ['anthropic', { ...example.ANTHROPIC_LOGIN, type: 'sso_login_failed' }, { action: 'sign-in', outcome: 'failure' }],
  [
    'openai',
    example.OPENAI_KEY,
    { action: 'key-create', change: { unlimited: true, scopes: ['all'] }, network: { country: 'DE', asn: 64500 } },
  ],
  [
    'openai',
    example.OPENAI_ROLE,
    { action: 'grant', change: { administrator: true }, target: { clues: [clue('account', 'user-bob')] } },
  ],
  [
    'ocsf',
    example.OCSF_LOGON,
    {
      action: 'sign-in',
      interactive: true,
      method: 'mfa',
      application: { applicationId: 'vault-app', id: 'vault' },
      network: { latitude: 52.5, longitude: 13.4 },
    },
    { applications: { vault: 'vault-app' } },
  ],
  [
    'ocsf',
    example.OCSF_TOOL,
    { action: 'tool-use', operation: 'tools/call', change: { grants: ['tool:refund'] }, who: { kind: 'machine' } },
  ],
])('%s: %#', (type, raw, expected, settings) => {
  expect(read(type, raw, settings)).toMatchObject(expected);
});

it('finds members whose names a collector has folded', () => {
  const folded = JSON.parse(
    JSON.stringify(example.OKTA_SIGN_IN),
    function fold(this: Record<string, unknown>, _name, value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]));
    },
  );
  const { ocsf: _one, ...told } = read('okta', example.OKTA_SIGN_IN);
  const { ocsf: _other, ...same } = read('okta', folded);
  expect(same).toEqual(told);
});

describe('a role of AWS', () => {
  const by = (arn: string, more = {}) =>
    read('aws-cloudtrail', {
      ...example.CLOUDTRAIL_CALL,
      userIdentity: {
        type: 'AssumedRole',
        arn,
        sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::1:role/deploy' } },
        ...more,
      },
    });

  it('is a machine’s, by its session and by the role itself', () => {
    expect(by('arn:aws:sts::1:assumed-role/deploy/build-7').who).toEqual({
      kind: 'machine',
      clues: [
        clue('session', 'arn:aws:sts::1:assumed-role/deploy/build-7'),
        clue('session', 'arn:aws:iam::1:role/deploy'),
      ],
    });
  });

  it('is nobody’s where a service of AWS calls with it', () => {
    expect(by('arn:aws:sts::1:assumed-role/deploy/x', { invokedBy: 'cloudformation.amazonaws.com' }).who.kind).toBe(
      'platform',
    );
  });
});

it('trusts nobody by a policy that only lets in a service of AWS', () => {
  const change = (policyDocument: string) =>
    read('aws-cloudtrail', {
      ...example.CLOUDTRAIL_KEY,
      eventName: 'UpdateAssumeRolePolicy',
      requestParameters: { roleName: 'r', policyDocument },
    }).action;
  expect(change('{"Statement":[{"Principal":{"Service":"ec2.amazonaws.com"}}]}')).toBe('use');
  expect(change('{"Statement":[{"Principal":{"AWS":"arn:aws:iam::999988887777:root"}}]}')).toBe('trust-change');
  expect(change('{"Statement":[{"Principal": "*"}]}')).toBe('trust-change');
});

it('refuses OCSF of another major version', () => {
  expect(
    translateBy('ocsf', { ...example.OCSF_LOGON, metadata: { ...example.OCSF_LOGON.metadata, version: '2.0.0' } }),
  ).toHaveProperty('refused');
});

it('makes a record of each event of an activity of Google’s, each with an id of its own', async () => {
  const { googleWorkspace } = await import('../../lambdas/activity-sources/google-workspace.ts');
  const twice = { ...example.GOOGLE_ROLE, events: [...example.GOOGLE_ROLE.events, ...example.GOOGLE_ROLE.events] };
  const { records } = googleWorkspace.split(Buffer.from(JSON.stringify({ items: [twice, example.GOOGLE_LOGIN] })));
  const ids = records.map((record) => read('google-workspace', record).recordId);
  expect(new Set(ids).size).toBe(3);
});
