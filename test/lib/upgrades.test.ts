// Deployments after one another, as CloudFormation takes them: stack by stack, and never without an export that another
// stack still imports. What executions, schedules and other systems know by its address stays where it is.
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { type DeployedStack, deploymentOf } from '../releases/deployment.ts';
import { RELEASES, read } from '../releases/releases.ts';

const TIMEOUT_MS = 240_000;
const OIDC = { 'tenure.oidc': '{"issuer":"https://sign-in.acme.example","audience":["tenure"]}' };
const folder = mkdtempSync(join(tmpdir(), 'tenure-upgrades-'));
afterAll(() => rmSync(folder, { recursive: true }));

const asItIs = deploymentOf();

describe('CloudFormation takes', { timeout: TIMEOUT_MS }, () => {
  const withOidc = deploymentOf(OIDC);

  it('an issuer of the operators’ tokens in place of the user pool, and the user pool again', () => {
    expect(withOidc.flatMap(typesIn)).not.toContain('AWS::Cognito::UserPool');
    expect(refusals(asItIs, withOidc)).toEqual([]);
    expect(refusals(withOidc, asItIs)).toEqual([]);
  });

  it.each([
    ['an application', 'an application of a connector that has others', (connector: string) => connector === 'scim', 1],
    ['a connector', 'every application of a connector', (connector: string) => connector === 'scim', 100],
    ['an AWS service', 'Identity Center', (connector: string) => connector === 'identity-center', 100],
  ] as const)('%s that goes and comes back: %s', (_, _what, isGone, count) => {
    const reduced = deploymentOf(modelWithout(isGone, count));
    expect(refusals(asItIs, reduced)).toEqual([]);
    expect(refusals(reduced, asItIs)).toEqual([]);
  });

  it('an application that moves into a network, and out of it', () => {
    const model = newModel();
    appendFileSync(join(model, 'applications/crm.yaml'), 'network: plant\n');
    const networks = '{"plant":{"proxy":"http://proxy.acme.example:3128"}}';
    const within = deploymentOf({ 'tenure.accessModel': model, 'tenure.networks': networks });
    expect(refusals(asItIs, within)).toEqual([]);
    expect(refusals(within, asItIs)).toEqual([]);
  });

  it('an HR system more whose people are fetched, and one less', () => {
    const bamboo = { id: 'bamboo', type: 'bamboohr', settings: { companyDomain: 'acme' } };
    const more = deploymentOf({ 'tenure.hrSources': JSON.stringify(['acme-hr', bamboo]) });
    expect(refusals(asItIs, more)).toEqual([]);
    expect(refusals(more, asItIs)).toEqual([]);
  });

  it('another prefix beside the deployment that there is, which shares no name with it', () => {
    const renamed = deploymentOf({ 'tenure.stackPrefix': 'Access' });
    expect(refusals(asItIs, [...asItIs, ...renamed])).toEqual([]);
    expect(renamed.map(({ name }) => name).filter((name) => asItIs.some((stack) => stack.name === name))).toEqual([]);
  });

  it.each(RELEASES)('this version over %s', (release) => {
    expect(refusals(read(release, 'deployment.json') as readonly DeployedStack[], asItIs)).toEqual([]);
  });
});

/** What must go on working for whatever was started under a version before, for up to 90 days. */
test.each(RELEASES)('%s finds everything that it addresses where it was', (release) => {
  const before = read(release, 'deployment.json') as readonly DeployedStack[];
  const lost = before.flatMap(({ name, resources }) => {
    const now = asItIs.find((stack) => stack.name === name)?.resources ?? {};
    return Object.entries(resources).flatMap(([logicalId, resource]) =>
      JSON.stringify(now[logicalId]) === JSON.stringify(resource) ? [] : [`${name}: ${logicalId}`],
    );
  });
  expect(lost).toEqual([]);
});

describe('the judgement itself', () => {
  const stack = (name: string, parts: Partial<DeployedStack>): DeployedStack => ({
    name,
    exports: {},
    imports: [],
    resources: {},
    ...parts,
  });
  const importing = [stack('A', { exports: { x: '1' } }), stack('B', { imports: ['x'] })];

  it('refuses that an export goes or changes while the stack that imports it is as it was', () => {
    expect(refusals(importing, [stack('A', {}), stack('B', {})])).toEqual(['A: x is in use by B']);
    expect(refusals(importing, [stack('A', { exports: { x: '2' } }), stack('B', { imports: ['x'] })])).toEqual([
      'A: x is in use by B',
    ]);
    expect(refusals(importing, [stack('B', {}), stack('A', {})])).toEqual([]);
  });

  it('refuses that a stack imports what is not exported yet', () => {
    expect(refusals([], [...importing].reverse())).toEqual(['B: there is no export x']);
  });

  it('refuses a name that is taken', () => {
    const named = (logicalId: string) => ({ resources: { [logicalId]: { type: 'T', name: 'n' } } });
    expect(refusals([stack('A', named('one'))], [stack('A', named('other'))])).toEqual([
      'A: other: the name n is taken',
    ]);
    expect(refusals([stack('A', named('one'))], [stack('A', named('one'))])).toEqual([]);
    expect(refusals([stack('A', named('one'))], [stack('A', {}), stack('B', named('one'))])).toEqual([]);
  });
});

/**
 * Of a deployment after another, why CloudFormation would refuse each stack. Stacks that the app no longer has stay as they
 * are: `cdk deploy` deletes none.
 */
function refusals(before: readonly DeployedStack[], after: readonly DeployedStack[]): readonly string[] {
  const deployed = new Map(before.map((stack) => [stack.name, stack]));
  return after.flatMap((stack) => {
    const found = refusalsOf(stack, deployed);
    deployed.set(stack.name, stack);
    return found;
  });
}

function refusalsOf(stack: DeployedStack, deployed: ReadonlyMap<string, DeployedStack>): readonly string[] {
  const others = [...deployed.values()].filter(({ name }) => name !== stack.name);
  const before = deployed.get(stack.name);
  const inUse = Object.entries(before?.exports ?? {})
    .filter(([name, value]) => stack.exports[name] !== value)
    .flatMap(([name]) =>
      others.flatMap((other) => (other.imports.includes(name) ? `${name} is in use by ${other.name}` : [])),
    );
  const missing = stack.imports
    .filter((name) => !others.some(({ exports }) => Object.hasOwn(exports, name)))
    .map((name) => `there is no export ${name}`);
  return [...inUse, ...missing, ...takenNames(stack, before, others)].map((fault) => `${stack.name}: ${fault}`);
}

/** New resources come before old ones go, so a name that moves is taken. */
function takenNames(
  stack: DeployedStack,
  before: DeployedStack | undefined,
  others: readonly DeployedStack[],
): readonly string[] {
  const keyOf = ({ type, name }: { readonly type: string; readonly name?: string }) => `${type} ${name}`;
  const taken = new Set(
    [...others, ...(before ? [before] : [])].flatMap(({ resources }) => Object.values(resources).map(keyOf)),
  );
  return Object.entries(stack.resources).flatMap(([logicalId, resource]) => {
    const own = before?.resources[logicalId];
    const isNew = own === undefined || keyOf(own) !== keyOf(resource);
    if (resource.name === undefined || !isNew || !taken.has(keyOf(resource))) return [];
    return `${logicalId}: the name ${resource.name} is taken`;
  });
}

function typesIn({ resources }: DeployedStack): readonly string[] {
  return Object.values(resources).map(({ type }) => type);
}

/** A copy of the sample's. */
function newModel(): string {
  const model = mkdtempSync(join(folder, 'model-'));
  cpSync('access-model', model, { recursive: true });
  return model;
}

/** The sample's access model without the first so many applications of a connector, and nothing that they would grant. */
function modelWithout(isGone: (connector: string) => boolean, count: number): Readonly<Record<string, unknown>> {
  const model = newModel();
  const files = readdirSync(join(model, 'applications')).map((name) => join(model, 'applications', name));
  const gone = files.filter((file) => isGone(parse(readFileSync(file, 'utf8')).connector)).slice(0, count);
  expect(gone).not.toEqual([]);
  for (const file of gone) rmSync(file);
  rmSync(join(model, 'profiles'), { recursive: true });
  rmSync(join(model, 'baseline.yaml'));
  rmSync(join(model, 'requests.yaml'));
  rmSync(join(model, 'duties.yaml'));
  const hasAws = readdirSync(join(model, 'applications')).includes('aws.yaml');
  return { 'tenure.accessModel': model, ...(!hasAws && { 'tenure.applicationSettings': '{}' }) };
}
