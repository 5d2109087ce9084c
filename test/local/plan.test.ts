// Which applications of a model are called where they are, which get the sample servers, and what is refused before
// anything is started.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessModelError } from '../../lib/access-model/access-model-error.ts';
import {
  deploymentSettings,
  loadPlannedModel,
  type PlanOptions,
  planApplications,
  planRun,
  type WrittenApplication,
} from '../../local/plan.ts';

const TOKEN = 'a-token-that-is-nobodys';
const ADDRESS = 'https://crm.example.com/scim/v2';
const PORT = 7_777;

const application = (changes: Partial<WrittenApplication> = {}): WrittenApplication => {
  return { id: 'crm', connector: 'scim', settings: {}, ...changes };
};

describe('what is called where', () => {
  it('an application whose address and secret are given is called where it is', () => {
    const given = { crm: { baseUrl: ADDRESS } };
    expect(planApplications([application()], given, { crm: { token: TOKEN } })).toEqual({
      applications: [
        { id: 'crm', connector: 'scim', server: 'own', settings: { baseUrl: ADDRESS }, secret: { token: TOKEN } },
      ],
      faults: [],
    });
  });

  it.each([
    ['scim', 'sample-scim'],
    ['manual', 'by-hand'],
    ['identity-center', 'sample-identity-store'],
  ])('an application of the connector %s is left to %s, though the model says an address', (connector, server) => {
    const written = application({ connector, settings: { baseUrl: ADDRESS } });
    const { applications, faults } = planApplications([written], {}, {});
    expect([applications.map((one) => one.server), faults]).toEqual([[server], []]);
    expect(applications[0]).not.toHaveProperty('secret');
  });

  it.each([
    [
      'no sample server, and neither address nor secret',
      application({ connector: 'keycloak' }),
      {},
      {},
      /^crm: there is no sample server for keycloak: give its settings \(.*baseUrl.*\) in applicationSettings\.crm and its secret \(.*\) in secrets\.crm of the --settings file, or make it "connector: manual"/,
    ],
    [
      'no sample server, and no secret',
      application({ connector: 'slack', settings: { teamId: 'T0' } }),
      {},
      {},
      /^crm: there is no sample server for slack: give .*its secret \(token\) in secrets\.crm/,
    ],
    ['an AWS account', application({ connector: 'aws-iam' }), {}, {}, /^crm: aws-iam acts on an AWS account/],
    [
      'permission sets',
      application({ connector: 'identity-center', settings: { instanceArn: 'arn' } }),
      {},
      {},
      /^crm: Identity Center has groups only in the local cloud: leave out instanceArn/,
    ],
    [
      'a secret of nobody',
      application(),
      {},
      { crn: {} },
      /^secrets\.crn: unknown application "crn": did you mean "crm"\?$/,
    ],
    ['a secret without its parts', application(), {}, { crm: {} }, /^secrets\.crm\.token: missing: /],
    [
      'a secret for a task',
      application({ connector: 'manual' }),
      {},
      { crm: {} },
      /^secrets\.crm: manual signs in with no/,
    ],
  ])('refuses, and says what to give: %s', (_, written, given, secrets, fault) => {
    const { faults } = planApplications([written], given, secrets);
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it('quotes nothing of a secret, also where key and value have changed places', () => {
    const { faults } = planApplications([application()], {}, { crm: { [TOKEN]: 'token', token: [TOKEN] } });
    expect(faults.length).toBe(2);
    expect(faults.join()).not.toContain(TOKEN);
  });
});

describe('a plan', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tenure-plan-'));
    mkdirSync(join(folder, 'applications'));
    writeFileSync(join(folder, 'owners.yaml'), 'owners:\n  - { id: E1, name: Ada, contact: ada@example.com }\n');
    write('crm', 'scim');
    write('wiki', 'scim', ADDRESS);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(id: string, connector: string, baseUrl?: string): void {
    const settings = baseUrl === undefined ? '' : `settings: { baseUrl: "${baseUrl}" }\n`;
    writeFileSync(
      join(folder, `applications/${id}.yaml`),
      `name: ${id}\nconnector: ${connector}\nowner: E1\n${settings}entitlements:\n  - { id: user, name: User }\n`,
    );
  }
  const messageOf = (options: PlanOptions): string => {
    try {
      planRun(options);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    throw new Error('it was accepted');
  };

  it("deploys the sample with sample servers for all of it, and the guard's defaults", () => {
    const plan = planRun();
    const { applicationSettings, ...settings } = deploymentSettings(plan, PORT);
    expect(plan).toMatchObject({ isSample: true, hrSources: ['acme-hr'], notApplied: [] });
    expect(new Set(plan.applications.map(({ server }) => server))).toEqual(
      new Set(['sample-scim', 'sample-identity-store', 'by-hand']),
    );
    expect(applicationSettings).toMatchObject({
      aws: { identityStoreId: 'd-1234567890' },
      crm: { baseUrl: `http://127.0.0.1:${PORT}/crm/scim/v2` },
    });
    expect(settings).toEqual({ hrSources: ['acme-hr'], convergence: expect.anything(), retainData: false });
  });

  it('deploys a model from anywhere, each of its applications where it is called', () => {
    const given = {
      tenure: {
        applicationSettings: { crm: { baseUrl: ADDRESS, pageSize: 50 } },
        hrSources: ['my-hr'],
        sweepMinutes: 2,
      },
      secrets: { crm: { token: TOKEN } },
    };
    const plan = planRun({ accessModelFolder: folder, given });
    const settings = deploymentSettings(plan, PORT);
    expect(settings).toMatchObject({ accessModel: folder, hrSources: ['my-hr'], sweepMinutes: 2, retainData: false });
    expect(settings['applicationSettings']).toEqual({
      crm: { baseUrl: ADDRESS, pageSize: 50 },
      wiki: { baseUrl: `http://127.0.0.1:${PORT}/wiki/scim/v2` },
    });
    expect(plan).toMatchObject({ isSample: false, hrSources: ['my-hr'] });
    expect(loadPlannedModel(plan, PORT).applications.map(({ settings: { baseUrl } }) => baseUrl)).toEqual([
      ADDRESS,
      `http://127.0.0.1:${PORT}/wiki/scim/v2`,
    ]);
    // What the CDK app is told, on command lines and in its templates.
    expect(JSON.stringify(settings)).not.toContain(TOKEN);
  });

  it('calls an application at the address that the model itself says, once its secret is given', () => {
    const plan = planRun({ accessModelFolder: folder, given: { secrets: { wiki: { token: TOKEN } } } });
    expect(plan.applications.map(({ id, server }) => `${id} ${server}`)).toEqual(['crm sample-scim', 'wiki own']);
    expect(deploymentSettings(plan, PORT)['applicationSettings']).not.toHaveProperty('wiki');
    expect(loadPlannedModel(plan, PORT).applications[1]?.settings).toMatchObject({ baseUrl: ADDRESS });
  });

  it('asks for the address of what has a secret and none', () => {
    const given = { secrets: { crm: { token: TOKEN } } };
    expect(messageOf({ accessModelFolder: folder, given })).toMatch(/applications\/crm\.yaml:1:1 .*baseUrl: missing/);
  });

  it('is no longer the sample once one of its applications is called where it is', () => {
    expect(planRun({ given: { secrets: { crm: { token: TOKEN } } } }).isSample).toBe(false);
  });

  it('posts as the HR sources that speak the public contract, named alone or written out', () => {
    const bamboo = { id: 'bamboo', type: 'bamboohr', settings: { baseUrl: 'https://acme.bamboohr.example' } };
    const hrSources = ['acme-hr', { id: 'second', type: 'cloud-events' }, { id: 'kept', secret: 'hr/kept' }, bamboo];
    const plan = planRun({ given: { tenure: { hrSources } } });
    expect(plan.hrSources).toEqual(['acme-hr', 'second']);
    expect(plan.settings['hrSources']).toEqual(hrSources);
  });

  it('says which settings have no meaning here, and leaves them out', () => {
    const tenure = {
      oidc: { issuer: 'https://id.example.com', audience: ['x'] },
      groupsClaim: 'roles',
      accessModel: 'elsewhere',
      retainData: true,
    };
    const plan = planRun({ given: { tenure } });
    expect(plan.notApplied).toEqual(['oidc', 'groupsClaim', 'retainData', 'accessModel']);
    expect(plan.settings).toEqual({ ...planRun().settings });
  });

  it('tells faults of the model by file and line, and with them what cannot be called', () => {
    cpSync(join(folder, 'applications/wiki.yaml'), join(folder, 'applications/code.yaml'));
    write('wiki', 'github');
    writeFileSync(join(folder, 'baseline.yaml'), 'everyone:\n  - crm:usr\n');
    const message = messageOf({ accessModelFolder: folder, given: { tenure: { applicationSettings: { crn: {} } } } });
    expect(message).toContain('baseline.yaml:2:5  unknown entitlement "crm:usr": did you mean "crm:user"?');
    expect(message).toContain('applicationSettings.crn  unknown application "crn": did you mean "crm"?');
    expect(message).toContain('wiki: there is no sample server for github: give its settings (');
  });

  it('tells faults of the model alone as the loader does', () => {
    writeFileSync(join(folder, 'baseline.yaml'), 'everyone:\n  - crm:usr\n');
    expect(() => planRun({ accessModelFolder: folder })).toThrow(AccessModelError);
  });
});
