// Applications that are reached from within a network of the company's: what is deployed for them, and what is refused.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { connectorSettingsSchemas } from '../../lambdas/connectors/registry.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import { concernedApplications } from '../../lambdas/handlers/shared/concerned-applications.ts';
import { loadAccessModel } from '../../lib/access-model/load-access-model.ts';
import { findSettingsIssues } from '../../lib/config.ts';
import { networksSchema } from '../../lib/networks.ts';
import { addTenure } from '../../lib/tenure.ts';
import { makePrivateAuthority } from '../support/private-authority.ts';
import { listOf, newApp, type Resource, roleIdOf, statementsOf, synthesiseResources } from '../support/stacks.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-networks-'));
const PEM = join(folder, 'authorities.pem');
const PLANT = {
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  securityGroupIds: ['sg-0123456789abcdef0'],
  proxy: 'http://proxy.acme.example:3128',
  proxySecret: 'acme/proxy',
  noProxy: ['.plant.acme.example'],
  certificateAuthorities: PEM,
};
const SCIM = 'connector: scim\nsettings: { baseUrl: "https://x.acme.example/scim/v2" }';
const DATABASE = 'connector: postgresql\nsettings: { host: db.plant.acme.example }';
const APPLICATIONS = {
  warehouse: `${DATABASE}\nnetwork: plant`,
  ledger: `${SCIM}\nnetwork: plant`,
  crm: SCIM,
};
/** Of 2020. */
const EXPIRED = `-----BEGIN CERTIFICATE-----
MIIBKzCB0qADAgECAgEBMAoGCCqGSM49BAMCMBUxEzARBgNVBAMMCkV4cGlyZWQg
Q0EwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAVMRMwEQYDVQQDDApF
eHBpcmVkIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExWAT1yy8mFwmy0ox
1/KrS3RCeNjiohUTk1h5iihwYwud6nNnVBNCtfzTcFXnsqzDU+7qvcUKJhElnzy+
a4DZ+6MTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA0UnB
M4GqGcM8ALGsN+3ZliDtxZ0X8l2+vUox+oKhSR8CIFlti6puFErk/1ZPDMLQBkZm
G+8KkOvC4z/qidysu9x4
-----END CERTIFICATE-----
`;
const NAME = 'Tenure-Lifecycle-connector-';
let resources: readonly Resource[];

beforeAll(() => {
  writeFileSync(PEM, makePrivateAuthority(['x.acme.example']).certificate);
  resources = synthesiseResources(contextOf(APPLICATIONS));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('an application in a network', () => {
  it('has a function of its connector in that network, beside that outside of it', () => {
    expect(connectorFunctions().map(nameOf).toSorted()).toEqual(
      ['manual', 'postgresql--plant', 'scim', 'scim--plant'].map((key) => NAME + key),
    );
  });

  it('is reached from the subnets and by the security groups of the network, and no other is', () => {
    const inside = { SubnetIds: PLANT.subnetIds, SecurityGroupIds: PLANT.securityGroupIds };
    for (const lambda of connectorFunctions()) {
      expect(lambda.Properties['VpcConfig']).toEqual(nameOf(lambda).endsWith('--plant') ? inside : undefined);
    }
  });

  it('is called by the name that plans tell', () => {
    const model = loadAccessModel(modelFolder(APPLICATIONS), connectorSettingsSchemas(), {}, ['plant']);
    const timeline = buildTimeline([]);
    const open = Object.keys(APPLICATIONS).map((applicationId) => ({ applicationId, readMs: 0, revision: 0 }));
    const plan = concernedApplications(model, { timeline, state: identityAt(timeline, 0), nowMs: 0 }, open);
    expect(plan.map(({ applicationId, connector }) => [applicationId, connector]).toSorted()).toEqual([
      ['crm', 'scim'],
      ['ledger', 'scim--plant'],
      ['warehouse', 'postgresql--plant'],
    ]);
  });

  it('keeps its secret for the function in the network', () => {
    const tags = resources
      .filter(({ Type, Properties }) => Type === 'AWS::SecretsManager::Secret' && Properties['Name'] !== undefined)
      .map(({ Properties }) => [
        Properties['Name'],
        listOf(Properties['Tags']).map((tag) => (tag as { Value: string }).Value),
      ]);
    expect(Object.fromEntries(tags)).toEqual({
      'Tenure/applications/crm': ['scim'],
      'Tenure/applications/ledger': ['scim--plant'],
      'Tenure/applications/warehouse': ['postgresql--plant'],
    });
  });

  it('lets Lambda make network interfaces there and nowhere else, and the code of the function none', () => {
    const statements = ec2StatementsOf('scim--plant');
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    const onEverything = allowed.filter(({ Resource }) => listOf(Resource).includes('*'));
    expect(onEverything.flatMap(({ Action }) => listOf(Action)).toSorted()).toEqual([
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
    ]);
    const [creating] = allowed.filter(({ Action }) => listOf(Action).includes('ec2:CreateNetworkInterface'));
    const places = listOf(creating?.Resource).map((resource) => JSON.stringify(resource));
    for (const id of [...PLANT.subnetIds, ...PLANT.securityGroupIds]) {
      expect(places.filter((place) => place.includes(`/${id}`))).toHaveLength(1);
    }
    expect(places).toHaveLength(4);
    const denied = statements.filter(({ Effect }) => Effect === 'Deny');
    expect(denied).toHaveLength(1);
    expect(denied[0]?.Condition).toEqual({ ArnEquals: { 'lambda:SourceFunctionArn': expect.anything() } });
    expect(JSON.stringify(denied[0]?.Condition)).toContain(`${NAME}scim--plant`);
    const actions = allowed.flatMap(({ Action }) => listOf(Action));
    expect(listOf(denied[0]?.Action).toSorted()).toEqual(actions.toSorted());
  });

  it('gives a function outside of it none of that', () => {
    expect(ec2StatementsOf('scim')).toEqual([]);
  });

  it('may read the credentials of its proxy', () => {
    const readable = statementsOf(resources, roleIdOf(functionOf('postgresql--plant')))
      .filter(({ Action }) => listOf(Action).includes('secretsmanager:GetSecretValue'))
      .map(({ Resource }) => JSON.stringify(Resource));
    expect(readable.filter((resource) => resource.includes(':secret:acme/proxy-??????'))).toHaveLength(1);
  });
});

test('AwsSolutions finds nothing in functions within networks', { timeout: 120_000 }, () => {
  const app = newApp(contextOf(APPLICATIONS));
  addTenure(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});

describe('refused is', () => {
  const refusal = (applications: Readonly<Record<string, string>>, settings?: object) => {
    try {
      addTenure(newApp(contextOf(applications, settings)));
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('expected an error');
  };

  it('a network that there is not, with the one that was meant, where it is written', () => {
    expect(refusal({ crm: `${SCIM}\nnetwork: plnt` })).toContain(
      'applications/crm.yaml:3:10  unknown network "plnt": did you mean "plant"?',
    );
    expect(refusal({ crm: `${SCIM}\nnetwork: plant` }, { networks: {} })).toContain(
      'applications/crm.yaml:3:10  unknown network "plant": the setting networks names none',
    );
  });

  it('a name by which Lambda would not take the function', () => {
    const longest = 'n'.repeat(64 - `${NAME}scim--`.length);
    const settings = (network: string) => ({ networks: { [network]: {} } });
    expect(() =>
      addTenure(newApp(contextOf({ crm: `${SCIM}\nnetwork: ${longest}` }, settings(longest)))),
    ).not.toThrow();
    expect(refusal({ crm: `${SCIM}\nnetwork: ${longest}n` }, settings(`${longest}n`))).toContain(
      `the function ${NAME}scim--${longest}n would have a name of 65 characters: expected at most 64`,
    );
  });

  it('more functions than fit into the stack', () => {
    const networks = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`n${index}`, {}]));
    const of = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `app-${index}`,
          `${index < 20 ? SCIM : DATABASE}\nnetwork: n${index % 20}`,
        ]),
      );
    expect(() => addTenure(newApp(contextOf(of(29), { networks })))).not.toThrow();
    expect(refusal(of(30), { networks })).toContain('31 pairs of connector and network: expected at most 30');
  });

  test.each([
    [
      'subnets alone',
      { subnetIds: PLANT.subnetIds },
      'securityGroupIds: missing: subnets and security groups go together',
    ],
    ['security groups alone', { securityGroupIds: PLANT.securityGroupIds }, 'subnetIds: missing'],
    ['what is no subnet', { ...PLANT, subnetIds: ['vpc-0123456789abcdef0'] }, 'subnetIds[0]: expected subnet-'],
    [
      'a subnet twice',
      { ...PLANT, subnetIds: ['subnet-01234567', 'subnet-01234567'] },
      'subnetIds: expected each once',
    ],
    ['more subnets than Lambda takes', { ...PLANT, subnetIds: subnets(17) }, 'subnetIds: Too big'],
    [
      'credentials in the address',
      { proxy: 'http://ada:secret@proxy.acme.example:3128' },
      'proxy: expected http://host:port',
    ],
    ['a proxy of another kind', { proxy: 'socks5://proxy.acme.example:1080' }, 'proxy: expected http://host:port'],
    ['a secret for no proxy', { proxySecret: 'acme/proxy' }, 'proxySecret: expected proxy'],
    ['hosts without a proxy', { noProxy: ['.acme.example'] }, 'noProxy: expected proxy'],
    ['a URL in place of a host', { ...PLANT, noProxy: ['https://acme.example'] }, 'noProxy[0]: expected a host'],
    ['an unknown key', { proxi: 'http://proxy' }, 'proxi: unknown key'],
  ])('%s', (_, network, message) => {
    expect(faultsOf(network)).toContain(message);
    // What is refused is not told again: somebody may have put credentials there.
    expect(faultsOf(network)).not.toContain('ada:secret');
  });

  it('as many subnets as Lambda takes are taken', () => {
    expect(faultsOf({ ...PLANT, subnetIds: subnets(16) })).toBe('');
  });

  test.each([
    ['not there', undefined, 'cannot be read (ENOENT)'],
    ['empty', '', 'expected certificates in PEM, and there is none'],
    ['no PEM', 'hello', 'expected certificates in PEM, and there is none'],
    [
      'cut off',
      () => `${makePrivateAuthority(['x']).certificate.slice(0, 300)}\n-----END CERTIFICATE-----\n`,
      'certificate 1 cannot be parsed',
    ],
    ['with a key', () => makePrivateAuthority(['x']).server.key, 'expected certificates only, and no private key'],
    [
      'that of a server',
      () => makePrivateAuthority(['x']).server.cert,
      'certificate 1 is not that of a certificate authority',
    ],
    ['too long', 'x'.repeat(512 * 1024 + 1), 'expected at most 524288 bytes'],
    ['expired', EXPIRED, 'certificate 1 expired on'],
  ])('a file of certificate authorities that is %s', (name, content, message) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.pem`);
    if (content !== undefined) writeFileSync(path, typeof content === 'string' ? content : content());
    expect(faultsOf({ certificateAuthorities: path })).toContain(`certificateAuthorities: ${path}: ${message}`);
  });

  it('a name that no function could carry, and more than twenty', () => {
    expect(issuesOf({ 'Plant 1': {} })).toContain('lower-case letters');
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, {}]));
    expect(networksSchema.safeParse(many(20)).success).toBe(true);
    expect(issuesOf(many(21))).toContain('expected at most 20 networks');
  });
});

function issuesOf(networks: object): string {
  return findSettingsIssues({ networks })
    .map(
      ({ path, message }) =>
        `${path
          .slice(2)
          .join('.')
          .replaceAll(/\.(\d+)/g, '[$1]')}: ${message}`,
    )
    .join('\n');
}

function faultsOf(network: object): string {
  return issuesOf({ plant: network });
}

function subnets(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `subnet-${String(index).padStart(8, '0')}`);
}

function contextOf(applications: Readonly<Record<string, string>>, settings: object = { networks: { plant: PLANT } }) {
  return { tenure: { accessModel: modelFolder(applications), ...settings } };
}

function modelFolder(applications: Readonly<Record<string, string>>): string {
  const model = mkdtempSync(join(folder, 'model-'));
  mkdirSync(join(model, 'applications'));
  writeFileSync(join(model, 'owners.yaml'), 'owners: [{ id: E1, name: Ada, contact: ada@acme.example }]\n');
  for (const [id, text] of Object.entries(applications)) {
    const rest = 'name: An application\nowner: E1\nentitlements: [{ id: member, name: Member }]';
    writeFileSync(join(model, 'applications', `${id}.yaml`), `${text}\n${rest}\n`);
  }
  return model;
}

function connectorFunctions(): readonly Resource[] {
  return resources.filter(({ Type, Properties }) => {
    return Type === 'AWS::Lambda::Function' && String(Properties['FunctionName']).startsWith(NAME);
  });
}

function nameOf({ Properties }: Resource): string {
  return String(Properties['FunctionName']);
}

function functionOf(key: string): Resource {
  const found = connectorFunctions().find((lambda) => nameOf(lambda) === NAME + key);
  if (found === undefined) throw new Error(`there is no function ${key}`);
  return found;
}

function ec2StatementsOf(key: string) {
  return statementsOf(resources, roleIdOf(functionOf(key))).filter(({ Action }) =>
    listOf(Action).some((action) => String(action).startsWith('ec2:')),
  );
}
