// Every fault at once, each where it is written; and the sample, which must have none.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { AccessModelError } from '../../lib/access-model/access-model-error.ts';
import { dutyOverlaps } from '../../lib/access-model/duty-overlaps.ts';
import { type ApplicationSettings, loadAccessModel } from '../../lib/access-model/load-access-model.ts';

const SAMPLE = 'access-model';
const CONNECTORS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['identity-center', z.strictObject({ identityStoreId: z.string(), region: z.string().optional() })],
  ['scim', z.strictObject({ baseUrl: z.url() })],
  ['manual', z.strictObject({ assignee: z.string(), instructions: z.string(), dueHours: z.int().positive() })],
]);
const DEPLOYMENT: ApplicationSettings = { aws: { identityStoreId: 'd-1234567890' } };

const OWNERS = `owners:
  - id: E1
    name: Ada
    contact: ada@acme.example
`;
const CRM = `name: CRM
connector: scim
owner: E1
settings:
  baseUrl: https://crm.acme.example
entitlements:
  - id: user
    name: User
  - id: admin
    name: Administrator
    grant: crm-administrators
    privileged: true
`;
const SALES = `profiles:
  - id: sales
    name: Sales
    when:
      department: [Sales]
    entitlements:
      - crm:user
`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'access-model-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('handover windows', () => {
  const files = (days: string, privileged = false) => ({
    'owners.yaml': OWNERS,
    'applications/crm.yaml': CRM.replace(
      'privileged: true',
      `privileged: ${privileged}\n    handover: { days: ${days} }`,
    ),
  });

  it('are part of the model', () => {
    write(files('90'));
    const admin = load(directory).applications[0]?.entitlements.find(({ id }) => id === 'admin');
    expect(admin?.handover).toEqual({ days: 90 });
    write(files('14', true));
    expect(load(directory).applications).toHaveLength(1);
  });

  it.each(['0', '91', '1.5'])('are refused with %s days', (days) => {
    write(files(days));
    expect(faultsOf(directory).join()).toMatch(/crm\.yaml:\d+:\d+ entitlements\[1\]\.handover\.days: expected/);
  });

  it('are short for what is privileged', () => {
    write(files('15', true));
    expect(faultsOf(directory).join()).toContain('"admin" is privileged: expected at most 14 days to hand it over');
  });

  it('are refused for what a rule keeps apart', () => {
    const rule = `rules:
  - id: apart
    name: Apart
    severity: high
    mode: prevent
    sides:
      - { name: One, entitlements: [crm:admin] }
      - { name: Other, entitlements: [crm:user] }
`;
    write({ ...files('10'), 'duties.yaml': rule });
    expect(faultsOf(directory).join()).toContain(
      'duties.yaml:7:37 rule "apart": "crm:admin" has a handover window: expected none of what a rule prevents',
    );
    write({ ...files('10'), 'duties.yaml': rule.replace('prevent', 'require-exception') });
    expect(load(directory).duties).toHaveLength(1);
  });
});

describe('reviews.yaml', () => {
  const files = (reviews: string) => ({
    'owners.yaml': OWNERS,
    'applications/crm.yaml': CRM,
    'reviews.yaml': reviews,
  });

  it('has movers reviewed, with its defaults, and is left out where it says nothing of them', () => {
    write(files('movers: {}\n'));
    const asksFor = ['cover', 'exception', 'handover', 'request', 'temporary'];
    expect(load(directory).reviews).toEqual({ movers: { answerDays: 14, asksFor } });
    write(files('movers: { answerDays: 60, asksFor: [request, handover, request] }\n'));
    expect(load(directory).reviews).toEqual({ movers: { answerDays: 60, asksFor: ['handover', 'request'] } });
    write(files('{}\n'));
    expect(load(directory).reviews).toBeUndefined();
  });

  it('has campaigns, with their defaults, in the order of their ids', () => {
    const privileged =
      'privileged: { name: Privileged, scope: { privileged: true }, every: quarter, firstDay: 2027-01-04 }';
    write(files(`campaigns:\n  ${privileged}\n  all: { name: All, scope: { privileged: false } }\n`));
    const { campaigns = [] } = load(directory).reviews ?? {};
    expect(campaigns.map(({ id }) => id)).toEqual(['all', 'privileged']);
    expect(campaigns[1]).toEqual({
      ...{
        id: 'privileged',
        name: 'Privileged',
        scope: { privileged: true },
        every: 'quarter',
        firstDay: '2027-01-04',
      },
      ...{ stages: [{ reviewers: 'manager', days: 14 }], noAnswer: { privileged: 'remove', others: 'suspend' } },
      ...{ undoDays: 14, maximumPerReviewer: 200, excluded: [] },
    });
  });

  it.each([
    ['movers: { answerDays: 0 }\n', /reviews\.yaml:1:\d+ movers\.answerDays: expected 1 to 60 days/],
    ['movers: { answerDays: 61 }\n', /expected 1 to 60 days/],
    [
      'movers: { asksFor: [birthright] }\n',
      /reviews\.yaml:1:\d+ movers\.asksFor\[0\]: Invalid option: expected one of/,
    ],
    ['leavers: {}\n', /reviews\.yaml:1:1 leavers: unknown key/],
    ['campaigns: { all: { name: All, scope: {} } }\n', /campaigns\.all\.scope: expected what is looked at/],
    [
      'campaigns: { all: { name: All, scope: { applications: [crn] } } }\n',
      /reviews\.yaml:1:\d+ unknown application "crn": did you mean "crm"\?/,
    ],
    [
      'campaigns: { all: { name: All, scope: { entitlements: [crm:nothing] } } }\n',
      /unknown entitlement "crm:nothing"/,
    ],
    [
      'campaigns: { all: { name: All, scope: { privileged: true }, excluded: [{ reason: none, by: E1 }] } }\n',
      /excluded\[0\]: expected identity, entitlement or both/,
    ],
    [
      'campaigns: { all: { name: All, scope: { privileged: true }, every: quarter } }\n',
      /"all": expected every and firstDay, or neither/,
    ],
    [
      'campaigns: { all: { name: All, scope: { privileged: true }, stages: [{ reviewers: manager, days: 91 }] } }\n',
      /campaigns\.all\.stages\[0\]\.days: expected 1 to 90 days/,
    ],
  ])('is refused with %j', (reviews, fault) => {
    write(files(reviews));
    expect(faultsOf(directory).join()).toMatch(fault);
  });
});

describe('loadAccessModel, on the sample', () => {
  it('finds 9 applications, 16 profiles and the baselines', () => {
    const { applications, profiles } = load(SAMPLE, DEPLOYMENT);
    expect(applications.map(({ id }) => id)).toEqual([
      'agent-tools',
      'aws',
      'badge',
      'chat',
      'code-hosting',
      'crm',
      'data-warehouse',
      'directory',
      'finance-ledger',
    ]);
    const baselines = profiles.filter(({ id }) => id.startsWith('baseline-')).map(({ id }) => id.slice(9));
    expect(baselines).toEqual(['contractor', 'employee', 'everyone', 'integration', 'partner']);
    expect(profiles).toHaveLength(16 + baselines.length);
    expect(profiles.find(({ id }) => id === 'baseline-everyone')?.when).toEqual({ kind: [{ exists: true }] });
    expect(profiles.find(({ id }) => id === 'baseline-employee')?.when).toEqual({ kind: ['employee'] });
  });

  it('has a rate limit only where they are written, each with its default', () => {
    write({
      'owners.yaml': OWNERS,
      'applications/crm.yaml': `${CRM}rateLimit: { callsPerSecond: 0.5 }\n`,
      'applications/wiki.yaml': CRM,
    });
    const [crm, wiki] = load(directory).applications;
    expect(crm?.rateLimit).toEqual({ callsPerSecond: 0.5, concurrentCalls: 10 });
    expect(wiki).not.toHaveProperty('rateLimit');
  });

  it('takes the grant from the id where none is written', () => {
    const aws = load(SAMPLE, DEPLOYMENT).applications.find(({ id }) => id === 'aws');
    expect(aws?.entitlements.find(({ id }) => id === 'production-admin')).toEqual({
      id: 'production-admin',
      name: 'Production, administrator',
      grant: 'AWS-Production-Admin',
      privileged: true,
    });
    const chat = load(SAMPLE, DEPLOYMENT).applications.find(({ id }) => id === 'chat');
    expect(chat?.entitlements.find(({ id }) => id === 'member')).toMatchObject({ grant: 'member', privileged: false });
  });

  it('uses every operator that attributes of text allow', () => {
    const conditions = JSON.stringify(load(SAMPLE, DEPLOYMENT).profiles.map(({ when }) => when));
    for (const operator of ['prefix', 'suffix', 'anything-but', 'exists', 'equals-ignore-case', 'wildcard', '$or']) {
      expect(conditions).toContain(`"${operator}"`);
    }
  });

  it('names the context key of a setting that the deployment must give', () => {
    expect(faultsOf(SAMPLE)).toEqual([
      expect.stringMatching(
        /^applications\/aws\.yaml:\d+:1 settings\.identityStoreId: missing: .*applicationSettings\.aws\)$/,
      ),
    ]);
  });
});

describe('what it takes to attest', () => {
  it.each([
    ['', undefined],
    ['attestation: {}\n', undefined],
    ['attestation: { secondPerson: privileged }\n', { secondPerson: 'privileged' }],
    ['attestation: { secondPerson: required }\n', { secondPerson: 'required' }],
    [
      'attestation: { evidence: required, secondPerson: privileged }\n',
      { evidence: 'required', secondPerson: 'privileged' },
    ],
  ])('%j is %j', (line, rules) => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM + line, 'profiles/sales.yaml': SALES });
    expect(load(directory).applications[0]?.attestation).toEqual(rules);
    expect('attestation' in (load(directory).applications[0] ?? {})).toBe(rules !== undefined);
  });

  it('stops the deployment where it is not known', () => {
    const line = 'attestation: { secondPerson: sometimes }\n';
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM + line, 'profiles/sales.yaml': SALES });
    expect(faultsOf(directory)).toEqual([
      expect.stringMatching(/^applications\/crm\.yaml:\d+:\d+ attestation\.secondPerson: /),
    ]);
  });
});

describe('how long a service account may keep what its former owner knows', () => {
  it.each([
    ['', undefined],
    ['credentialGraceHours: 0\n', 0],
    ['credentialGraceHours: 72\n', 72],
  ])('%j is %s', (line, hours) => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM + line, 'profiles/sales.yaml': SALES });
    expect(load(directory).applications[0]?.credentialGraceHours).toBe(hours);
  });
});

describe('an application that is retired', () => {
  const retired = { 'owners.yaml': OWNERS, 'applications/crm.yaml': `${CRM}retired: true\n` };

  it('keeps its connector and what could be held in it, so that everybody loses it', () => {
    write(retired);
    expect(load(directory).applications).toMatchObject([{ id: 'crm', connector: 'scim', retired: true }]);
    write({ ...retired, 'applications/crm.yaml': `${CRM}retired: false\n`, 'profiles/sales.yaml': SALES });
    expect(load(directory).applications[0]).not.toHaveProperty('retired');
  });

  it('is named by no profile and no baseline', () => {
    write({ ...retired, 'profiles/sales.yaml': SALES, 'baseline.yaml': 'everyone: [crm:admin]\n' });
    const nobody = 'the application "crm" is retired, so nobody may be given access in it';
    expect(faultsOf(directory)).toEqual([
      `baseline.yaml:1:12 "crm:admin": ${nobody}`,
      `profiles/sales.yaml:7:9 "crm:user": ${nobody}`,
    ]);
  });
});

describe('reconciliation', () => {
  const reconciliationWith = (yaml: string) => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM + yaml, 'profiles/sales.yaml': SALES });
    return load(directory).applications[0]?.reconciliation;
  };

  it('reports daily and matches by every attribute where nothing is written', () => {
    const standard = {
      everyHours: 24,
      answer: 'report',
      matchBy: ['userName', 'email', 'identityId'],
      dormantDays: 35,
    };
    expect(reconciliationWith('')).toEqual(standard);
    expect(reconciliationWith('reconciliation:\n  answer: repair\n  matchBy: [email]\n')).toEqual({
      ...standard,
      answer: 'repair',
      matchBy: ['email'],
    });
  });

  it.each([
    ['everyHours: 0', /everyHours/],
    ['answer: fix', /answer/],
    ['matchBy: [phone]', /matchBy/],
    ['matchBy: [email, email]', /expected each attribute once/],
    ['dormantDays: 0', /dormantDays/],
    ['dormant: 35', /dormant: unknown key/],
  ])('refuses %s', (line, message) => {
    expect(() => reconciliationWith(`reconciliation:\n  ${line}\n`)).toThrow(message);
  });
});

describe('the hash', () => {
  it('is a SHA-256 that files, their names and their order do not change', () => {
    const { hash } = load(SAMPLE, DEPLOYMENT);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    cpSync(SAMPLE, directory, { recursive: true });
    renameSync(join(directory, 'profiles/company.yaml'), join(directory, 'profiles/zzz.yaml'));
    const owners = readFileSync(join(directory, 'owners.yaml'), 'utf8');
    writeFileSync(join(directory, 'owners.yaml'), `# moved\n${owners}`);
    expect(load(directory, DEPLOYMENT).hash).toBe(hash);
  });

  it('changes with an entitlement, a condition and a deployment setting', () => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM, 'profiles/sales.yaml': SALES });
    const hashes = [load(directory).hash, load(directory, { crm: { baseUrl: 'https://test.acme.example' } }).hash];
    write({ 'applications/crm.yaml': CRM.replace('privileged: true', 'privileged: false') });
    hashes.push(load(directory).hash);
    write({ 'profiles/sales.yaml': SALES.replace('[Sales]', '[Marketing]') });
    hashes.push(load(directory).hash);
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('loadAccessModel, on faults', () => {
  it('reports all of them at once, with file, line, column and the nearest name', () => {
    write({
      'owners.yaml': OWNERS + OWNERS.split('\n').slice(1).join('\n'),
      'applications/crm.yaml': CRM.replace('owner: E1', 'owner: E2').replace('connector: scim', 'connector: scm'),
      'applications/chat.yaml': CRM.replace('https://crm.acme.example', 'nowhere').replace('id: admin', 'id: user'),
      'applications/shop.yaml': CRM.replace('crm-administrators', 'user'),
      'profiles/a.yaml': SALES.replace('crm:user', 'crm:usr').replace('[Sales]', '[Sales, 4711]'),
      'profiles/b.yaml': `${SALES}      - crm:user\n`.replace('department', 'departmnt'),
      'baseline.yaml': 'everyone: [chat:member]\nkinds:\n  employe: [crm:user]\n',
    });
    expect(faultsOf(directory)).toEqual([
      'applications/chat.yaml:5:12 settings.baseUrl: Invalid URL',
      'applications/chat.yaml:9:9 duplicate entitlement "user": first at applications/chat.yaml:7:5',
      'applications/crm.yaml:2:12 unknown connector "scm": did you mean "scim"?',
      'applications/crm.yaml:3:8 unknown owner "E2": did you mean "E1"?',
      'applications/shop.yaml:11:12 "admin" has the same grant "user" as "user" (applications/shop.yaml:7:5): taking one away would take both',
      expect.stringMatching(/^baseline\.yaml:3:3 kinds\.employe: /),
      'owners.yaml:5:9 duplicate owner "E1": first at owners.yaml:2:5',
      'profiles/a.yaml:5:27 profile "sales": can never match: "department" is text and never the number 4711: write "4711" in quotes',
      'profiles/a.yaml:7:9 unknown entitlement "crm:usr": did you mean "crm:user"?',
      'profiles/b.yaml:2:9 duplicate profile "sales": first at profiles/a.yaml:2:5',
      'profiles/b.yaml:5:7 profile "sales": unknown attribute "departmnt": did you mean "department"?',
      'profiles/b.yaml:8:9 "crm:user" is listed twice',
    ]);
  });

  it('lists them in its message', () => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM.replace('scim', 'scm') });
    expect(() => load(directory)).toThrow(
      'The access model has 1 fault:\n  applications/crm.yaml:2:12  unknown connector "scm": did you mean "scim"?',
    );
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'YAML that does not parse',
      { 'applications/crm.yaml': 'name: [CRM\nowner: E1\n' },
      /^applications\/crm\.yaml:\d+:\d+ YAML: /,
    ],
    [
      'a key written twice',
      { 'applications/crm.yaml': `${CRM}name: CRM\n` },
      /crm\.yaml:13:1 YAML: Map keys must be unique/,
    ],
    ['an unknown key', { 'applications/crm.yaml': `${CRM}colour: red\n` }, /crm\.yaml:13:1 colour: unknown key/],
    [
      'a missing key',
      { 'applications/crm.yaml': CRM.replace('owner: E1\n', '') },
      /crm\.yaml:1:1 owner: missing: expected string/,
    ],
    [
      'a value of the wrong type',
      { 'applications/crm.yaml': CRM.replace('true', 'maybe') },
      /crm\.yaml:12:17 entitlements\[1\]\.privileged: expected boolean/,
    ],
    [
      'a limit out of bounds',
      { 'applications/crm.yaml': `${CRM}rateLimit:\n  callsPerSecond: 0\n` },
      /crm\.yaml:14:19 rateLimit\.callsPerSecond: expected 0\.1 to 1000$/,
    ],
    [
      'half a call at a time',
      { 'applications/crm.yaml': `${CRM}rateLimit: { concurrentCalls: 1.5 }\n` },
      /crm\.yaml:13:31 rateLimit\.concurrentCalls: expected int/,
    ],
    [
      'an unknown limit',
      { 'applications/crm.yaml': `${CRM}rateLimit: { callsPerMinute: 60 }\n` },
      /crm\.yaml:13:14 rateLimit\.callsPerMinute: unknown key/,
    ],
    [
      'more than a month of grace',
      { 'applications/crm.yaml': `${CRM}credentialGraceHours: 721\n` },
      /crm\.yaml:13:23 credentialGraceHours: expected 0 to 720 hours/,
    ],
    ['an empty file', { 'profiles/sales.yaml': '' }, /sales\.yaml:1:1 expected object, received null/],
    [
      'a reference without an application',
      { 'profiles/sales.yaml': SALES.replace('crm:user', 'user') },
      /sales\.yaml:7:9 .*written application:entitlement/,
    ],
    [
      'a condition that is no pattern',
      { 'profiles/sales.yaml': SALES.replace('[Sales]', 'Sales') },
      /sales\.yaml:5:19 profiles\[0\]\.when\.department: expected a list of alternatives/,
    ],
    [
      'an unknown operator',
      { 'profiles/sales.yaml': SALES.replace('[Sales]', '[{ prefx: S }]') },
      /sales\.yaml:5:20 .*unknown operator "prefx"/,
    ],
    [
      'two conditions that exclude each other',
      {
        'profiles/sales.yaml': SALES.replace(
          '[Sales]',
          '[Sales]\n      $or: [{ department: [Finance] }, { kind: [employee] }]',
        ),
      },
      /sales\.yaml:6:13 profile "sales": can never match: "department" cannot match/,
    ],
    [
      'what JSON cannot say',
      { 'applications/crm.yaml': CRM.replace('https://crm.acme.example', '.nan') },
      /crm\.yaml:1:1 YAML: canonical JSON: NaN/,
    ],
    [
      'a bomb of aliases',
      {
        'profiles/sales.yaml': `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
      },
      /sales\.yaml:1:1 YAML: Excessive alias count/,
    ],
    [
      'a file that is too large',
      { 'profiles/sales.yaml': `# ${'x'.repeat(300_000)}` },
      /sales\.yaml:1:1 300002 bytes: expected at most 262144/,
    ],
    ['a file of another extension', { 'profiles/support.yml': SALES }, /profiles\/support\.yml:1:1 unexpected/],
    [
      'a file that is no id',
      { 'applications/My_App.yaml': CRM },
      /applications\/My_App\.yaml:1:1 the file's name is the application's id/,
    ],
    [
      'a file nobody reads',
      { 'baselines.yaml': '' },
      /baselines\.yaml:1:1 unexpected: .*did you mean "baseline\.yaml"\?/,
    ],
    [
      'an application that nobody may own',
      { 'owners.yaml': OWNERS.replace('E1', 'E7') },
      /crm\.yaml:3:8 unknown owner "E1"/,
    ],
  ])('finds %s', (_, files, expected) => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM, 'profiles/sales.yaml': SALES });
    write(files);
    const faults = faultsOf(directory);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(expected);
  });

  it('does not blame a profile for the faults of an application', () => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': `${CRM}colour: red\n`, 'profiles/sales.yaml': SALES });
    expect(faultsOf(directory)).toEqual(['applications/crm.yaml:13:1 colour: unknown key']);
  });

  it('names the context key of an override that fits no application, or does not fit', () => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM });
    const overrides = { crn: { baseUrl: 'https://x.example' }, crm: { baseUrl: 5 } };
    expect(faultsOf(directory, overrides)).toEqual([
      'applicationSettings.crm:0:0 baseUrl: expected string, received number',
      'applicationSettings.crn:0:0 unknown application "crn": did you mean "crm"?',
    ]);
  });

  it('lets an override replace one setting and keeps the others', () => {
    write({
      'owners.yaml': OWNERS,
      'applications/badge.yaml': CRM.replace('scim', 'manual').replace(
        'baseUrl: https://crm.acme.example',
        'assignee: desk\n  instructions: do it\n  dueHours: 8',
      ),
    });
    const [badge] = load(directory, { badge: { dueHours: 2 } }).applications;
    expect(badge?.settings).toEqual({ assignee: 'desk', instructions: 'do it', dueHours: 2 });
  });

  it('says so when the directory is not there', () => {
    expect(faultsOf(join(directory, 'nowhere'))[0]).toMatch(/^\.:1:1 cannot be listed: ENOENT/);
  });

  describe('in duties.yaml', () => {
    const RULE = `rules:
  - id: use-and-run
    name: Nobody runs what they use
    severity: high
    mode: prevent
    sides:
      - name: uses
        entitlements: [crm:user]
      - name: runs
        entitlements: [crm:admin]
`;
    const RUNNING = SALES.replace('id: sales', 'id: running').replace('crm:user', 'crm:admin').replace('Sales]', 'IT]');
    const faultsIn = (duties: string, more: Record<string, string> = {}) => {
      write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM, 'profiles/sales.yaml': SALES, ...more });
      write({ 'duties.yaml': duties });
      return faultsOf(directory);
    };

    it('reads rules, an exception until the end of its day', () => {
      const exception = '    exceptions: [{ identity: E7, owner: E1, reason: year end, until: 2026-12-31 }]\n';
      expect(faultsIn(RULE.replace('prevent', 'require-exception') + exception)).toEqual([]);
      expect(load(directory).duties).toEqual([
        {
          id: 'use-and-run',
          name: 'Nobody runs what they use',
          severity: 'high',
          mode: 'require-exception',
          sides: [
            { name: 'uses', entitlements: ['crm:user'], profiles: [] },
            { name: 'runs', entitlements: ['crm:admin'], profiles: [] },
          ],
          exceptions: [{ identityId: 'E7', owner: 'E1', reason: 'year end', untilMs: Date.UTC(2027, 0, 1) }],
        },
      ]);
    });

    it('leaves the hash of a model without rules as it was', () => {
      expect(faultsIn(RULE)).toEqual([]);
      const withRules = load(directory).hash;
      rmSync(join(directory, 'duties.yaml'));
      expect(load(directory)).not.toHaveProperty('duties');
      expect(load(directory).hash).not.toBe(withRules);
    });

    it.each<[string, string, Record<string, string>, readonly string[]]>([
      [
        'what there is not',
        RULE.replace('crm:admin]', 'crm:admn]\n        profiles: [sals]'),
        {},
        [
          'duties.yaml:10:24 unknown entitlement "crm:admn": did you mean "crm:admin"?',
          'duties.yaml:11:20 unknown profile "sals": did you mean "sales"?',
        ],
      ],
      [
        'one thing on two sides, and a side that names nothing',
        `${RULE.replace('crm:admin', 'crm:user')}      - name: nothing\n`,
        {},
        [
          'duties.yaml:2:5 rule "use-and-run": profile "sales" (profiles/sales.yaml:2:5) gives "uses" and "runs" at once',
          'duties.yaml:10:24 rule "use-and-run": "crm:user" is on two sides, "uses" and "runs": nobody could hold it',
          'duties.yaml:11:9 rule "use-and-run": side "nothing" names neither entitlements nor profiles',
        ],
      ],
      [
        'exceptions where there are none to be, or that nobody else answers for',
        `${RULE}    exceptions:
      - { identity: E1, owner: E1, reason: mine, until: 2026-12-31 }
      - { identity: E7, owner: E8, reason: theirs, until: 2026-12-31T12:00:00Z }
`,
        {},
        [
          'duties.yaml:12:7 rule "use-and-run": prevent knows no exceptions: expected mode require-exception, or none of them',
          'duties.yaml:12:32 rule "use-and-run": nobody answers for an exception of their own',
          'duties.yaml:13:32 unknown owner "E8": did you mean "E1"?',
        ],
      ],
      [
        'a profile that gives two sides',
        RULE,
        { 'profiles/sales.yaml': `${SALES}      - crm:admin\n` },
        [
          'duties.yaml:2:5 rule "use-and-run": profile "sales" (profiles/sales.yaml:2:5) gives "uses" and "runs" at once',
        ],
      ],
      [
        'a baseline that leaves nothing but one side',
        RULE,
        { 'baseline.yaml': 'everyone: [crm:user]\n', 'profiles/running.yaml': RUNNING },
        [
          'duties.yaml:2:5 rule "use-and-run": profile "running" (profiles/running.yaml:2:5) gives "runs", and everyone has "uses"',
        ],
      ],
      [
        'a rule with one side',
        RULE.replace(/ {6}- name: runs\n.*\n/, ''),
        {},
        ['duties.yaml:7:7 rules[0].sides: expected two sides or more'],
      ],
      [
        'two rules of one id',
        RULE + RULE.split('\n').slice(1).join('\n'),
        {},
        ['duties.yaml:11:9 duplicate rule "use-and-run": first at duties.yaml:2:5'],
      ],
    ])('refuses %s', (_, duties, more, faults) => {
      expect(faultsIn(duties, more)).toEqual(faults);
    });

    it('says where two profiles may bring two sides together, and where they cannot', () => {
      expect(faultsIn(RULE, { 'profiles/running.yaml': RUNNING })).toEqual([]);
      expect(dutyOverlaps(load(directory))).toEqual([]);
      write({ 'profiles/running.yaml': RUNNING.replace('department: [IT]', 'title: [Operator]') });
      expect(dutyOverlaps(load(directory))).toEqual([
        'The profiles sales and running can match the same identity, and give "uses" and "runs" of the rule use-and-run: "uses" would be given and "runs" would not',
      ]);
    });
  });

  it('accepts an entitlement that no profile grants, and shared conditions as anchors', () => {
    const shared = `profiles:
  - { id: a, name: A, when: &sales { department: [Sales] }, entitlements: [crm:user] }
  - { id: b, name: B, when: *sales, entitlements: [crm:user] }
`;
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM, 'profiles/shared.yaml': shared });
    expect(load(directory).profiles.map(({ when }) => when)).toEqual([
      { department: ['Sales'] },
      { department: ['Sales'] },
    ]);
  });
});

describe('requests.yaml', () => {
  const rule = (text: string) => `requests:\n${text}`;
  const stage = '    stages:\n      - anyOf: [manager]\n';
  const faults = (requests: string) => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM, 'requests.yaml': requests });
    return faultsOf(directory);
  };

  it('compiles to rules with what is left out filled in, and is a part of the hash', () => {
    write({ 'owners.yaml': OWNERS, 'applications/crm.yaml': CRM });
    const without = load(directory);
    expect(without.requests).toBeUndefined();
    write({ 'requests.yaml': rule(`  - id: user\n    entitlements: [crm:user]\n${stage}`) });
    const { requests, hash } = load(directory);
    expect(requests).toEqual([
      {
        id: 'user',
        entitlements: ['crm:user'],
        by: ['self', 'superior'],
        expiresDays: 7,
        stages: [{ anyOf: ['manager'], quorum: 1, fallback: [] }],
      },
    ]);
    expect(hash).not.toBe(without.hash);
  });

  it('names each fault where it is', () => {
    const text = rule(
      `  - id: one\n    entitlements: [crm:usr, crm:user, crm:admin]\n    stages:\n      - anyOf: [manager]\n        quorum: 2\n` +
        `  - id: one\n    entitlements: [crm:user]\n${stage}`,
    );
    expect(faults(text)).toEqual([
      'requests.yaml:3:20 unknown entitlement "crm:usr": did you mean "crm:user"?',
      'requests.yaml:3:39 "crm:admin" is privileged: expected a stage that security alone decides',
      'requests.yaml:3:39 "crm:admin" is privileged: expected longestDays',
      'requests.yaml:6:17 2 of 1: expected no more than there are',
      'requests.yaml:7:9 duplicate rule "one": first at requests.yaml:2:5',
      'requests.yaml:8:20 "crm:user" may be asked for by "one" already',
    ]);
  });

  it('counts whoever owns the entitlement beside whoever owns the application only where they are two', () => {
    const text = rule(
      '  - id: user\n    entitlements: [crm:user]\n    stages:\n' +
        '      - anyOf: [application-owner, entitlement-owner]\n        quorum: 2\n',
    );
    const owners = `${OWNERS}  - { id: E2, name: Grace, contact: grace@acme.example }\n`;
    const ownedBy = (owner: string) => {
      const crm = CRM.replace('name: User\n', `name: User\n    owner: ${owner}\n`);
      write({ 'owners.yaml': owners, 'applications/crm.yaml': crm, 'requests.yaml': text });
      return faultsOf(directory);
    };
    expect(faults(text)).toEqual(['requests.yaml:6:17 2 of 1: expected no more than there are']);
    expect(ownedBy('E1')).toEqual(['requests.yaml:6:17 2 of 1: expected no more than there are']);
    expect(ownedBy('E22')).toEqual(['applications/crm.yaml:9:12 unknown owner "E22": did you mean "E2"?']);
    expect(ownedBy('E2')).toEqual([]);
    expect(load(directory).applications[0]?.entitlements.map(({ owner }) => owner)).toEqual([undefined, 'E2']);
  });

  it.each([
    ['    longestDays: 0', /longestDays: expected 1 to 366 days/],
    ['    longestDays: 367', /longestDays: expected 1 to 366 days/],
    ['    expiresDays: 31', /expiresDays: expected 1 to 30 days/],
    ['    by: []', /by: /],
  ])('bounds %s', (line, expected) => {
    expect(faults(rule(`  - id: user\n    entitlements: [crm:user]\n${line}\n${stage}`))[0]).toMatch(expected);
  });

  describe('emergency', () => {
    const SALES =
      'profiles:\n  - { id: sales, name: Sales, when: { department: [Sales] }, entitlements: [crm:user] }\n';
    const ask = rule(`  - id: user\n    entitlements: [crm:user]\n${stage}`);
    const emergency = (lines: string) => {
      write({ 'profiles/sales.yaml': SALES });
      return `${ask}emergency:\n${lines}`;
    };

    it('compiles with what is left out filled in, sorted, and is a part of the hash', () => {
      const lines = '  - { id: out, entitlements: [crm:admin], who: [sales], longestHours: 4 }\n';
      write({
        'owners.yaml': OWNERS,
        'applications/crm.yaml': CRM,
        'profiles/sales.yaml': SALES,
        'requests.yaml': ask,
      });
      const without = load(directory);
      expect(without.emergency).toBeUndefined();
      write({ 'requests.yaml': emergency(lines) });
      const { emergency: compiled, hash } = load(directory);
      expect(compiled).toEqual([
        {
          id: 'out',
          entitlements: ['crm:admin'],
          who: ['sales'],
          longestHours: 4,
          tell: ['manager', 'application-owner', 'security'],
          reviewedBy: ['security'],
          reviewWithinHours: 72,
        },
      ]);
      expect(hash).not.toBe(without.hash);
    });

    it('names each fault where it is', () => {
      const lines =
        '  - id: one\n    entitlements: [crm:admn, crm:admin]\n    who: [sale]\n    longestHours: 4\n' +
        '  - id: one\n    entitlements: [crm:admin]\n    who: [sales]\n    longestHours: 4\n';
      expect(faults(emergency(lines))).toEqual([
        'requests.yaml:8:20 unknown entitlement "crm:admn": did you mean "crm:admin"?',
        'requests.yaml:9:11 unknown profile "sale": did you mean "sales"?',
        'requests.yaml:11:9 duplicate rule "one": first at requests.yaml:7:5',
        'requests.yaml:12:20 "crm:admin" may be taken by "one" already',
      ]);
    });

    it.each([
      ['longestHours: 0', /longestHours: expected 1 to 24 hours/],
      ['longestHours: 25', /longestHours: expected 1 to 24 hours/],
      ['longestHours: 24, reviewWithinHours: 337', /reviewWithinHours: expected 1 to 336 hours/],
      ['longestHours: 4, reviewedBy: []', /reviewedBy: /],
    ])('bounds %s', (line, expected) => {
      const lines = `  - { id: out, entitlements: [crm:admin], who: [sales], ${line} }\n`;
      expect(faults(emergency(lines))[0]).toMatch(expected);
    });
  });

  it('refuses what is retired, and a rule by which nobody decides', () => {
    write({ 'applications/old.yaml': `${CRM}retired: true\n` });
    const [retired] = faults(rule(`  - id: old\n    entitlements: [old:user]\n${stage}`));
    expect(retired).toMatch(/"old:user": the application "old" is retired/);
    const [nobody] = faults(rule('  - id: user\n    entitlements: [crm:user]\n    stages: []\n'));
    expect(nobody).toMatch(/expected at least one stage: somebody decides/);
  });
});

function load(from: string, overrides: ApplicationSettings = {}): AccessModel {
  return loadAccessModel(from, CONNECTORS, overrides);
}

function faultsOf(from: string, overrides: ApplicationSettings = {}): readonly string[] {
  try {
    load(from, overrides);
    return [];
  } catch (error) {
    if (!(error instanceof AccessModelError)) throw error;
    expect(error.name).toBe('AccessModelError');
    return error.faults.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  }
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}
