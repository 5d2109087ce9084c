// Deploys the CDK app into the emulator as a team deploys it to AWS: the real `cdk synth`, `cdk bootstrap` and
// `cdk deploy`, told where to go by AWS_ENDPOINT_URL and by context, and by nothing else.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCOUNT, awsEnvironment, REGION } from './emulators.ts';
import { baseEnvironment, type Processes } from './processes.ts';
import { LOCAL_FOLDER } from './run-folder.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const ASSEMBLIES = join(LOCAL_FOLDER, 'assemblies');
const KEPT_ASSEMBLIES = 6;
/** Everything that the assembly is made from, beside the settings and the access model. */
const SOURCES = ['bin', 'console', 'lib', 'lambdas', 'statemachines', 'cdk.json', 'package-lock.json'];
/** These say "hung", not "slow": a busy machine takes several times what an idle one does. */
const SYNTH_TIMEOUT_MS = 300_000;
const BOOTSTRAP_TIMEOUT_MS = 180_000;
const DEPLOY_TIMEOUT_MS = 300_000;

/** Keys of the context object `tenure` (lib/config.ts) and their values. */
export type DeploymentSettings = Readonly<Record<string, unknown>>;

export interface Assembly {
  readonly folder: string;
  /** Synthesised by an earlier start, from the same sources and settings. */
  readonly cached: boolean;
}

/**
 * Synthesising takes most of the time of a start, so what it gave is kept, by a hash of all that went in.
 *
 * @param accessModelHash the model's own, since it may be read from anywhere
 * @param root where the app is. @default this repository
 */
export async function synthesise(
  processes: Processes,
  settings: DeploymentSettings,
  accessModelHash: string,
  root = ROOT,
): Promise<Assembly> {
  const folder = join(ASSEMBLIES, await hashOf([settings, accessModelHash], root));
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date());
    return { folder, cached: true };
  }
  await mkdir(ASSEMBLIES, { recursive: true });
  await forgetOldAssemblies();
  const unfinished = `${folder}.${process.pid}`;
  const context = Object.entries(settings).flatMap(([key, value]) => ['-c', `tenure.${key}=${JSON.stringify(value)}`]);
  try {
    await processes.run({
      name: 'cdk synth',
      command: process.execPath,
      arguments: [CDK, 'synth', '--quiet', '--no-notices', '--output', unfinished, ...context],
      environment: cdkEnvironment(),
      folder: root,
      timeoutMs: SYNTH_TIMEOUT_MS,
    });
    // Another start may have been faster.
    await rename(unfinished, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return { folder, cached: false };
}

/** Returns the outputs of every stack, by name. */
export async function deploy(
  processes: Processes,
  assembly: Assembly,
  endpoint: string,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const outputsFile = join(folder, 'stack-outputs.json');
  const environment = { ...cdkEnvironment(), AWS_ENDPOINT_URL: endpoint };
  const app = ['--app', assembly.folder, '--no-notices', '--progress', 'events'];
  await processes.run({
    name: 'cdk bootstrap',
    command: process.execPath,
    arguments: [CDK, 'bootstrap', `aws://${ACCOUNT}/${REGION}`, ...app],
    environment,
    folder,
    timeoutMs: BOOTSTRAP_TIMEOUT_MS,
  });
  await processes.run({
    name: 'cdk deploy',
    command: process.execPath,
    arguments: [
      ...[CDK, 'deploy', '--all', ...app, '--require-approval', 'never', '--outputs-file', outputsFile],
      ...['--concurrency', '4', '--asset-parallelism'],
    ],
    environment,
    folder,
    timeoutMs: DEPLOY_TIMEOUT_MS,
  });
  const outputs: Record<string, Record<string, string>> = JSON.parse(await readFile(outputsFile, 'utf8'));
  return Object.assign({}, ...Object.values(outputs));
}

/** Any other command of the CDK, over a folder that was synthesised. @throws LocalCloudError with the end of its log */
export async function runCdk(
  processes: Processes,
  args: readonly string[],
  { app, endpoint, folder }: { readonly app: string; readonly endpoint: string; readonly folder: string },
): Promise<void> {
  await processes.run({
    name: `cdk ${args[0]}`,
    command: process.execPath,
    arguments: [CDK, ...args, '--app', app, '--no-notices', '--progress', 'events'],
    environment: { ...cdkEnvironment(), AWS_ENDPOINT_URL: endpoint },
    folder,
    timeoutMs: DEPLOY_TIMEOUT_MS,
  });
}

/** No profile and no credentials of whoever starts this: a local deployment must never reach a real account. */
function cdkEnvironment(): Record<string, string> {
  return {
    ...baseEnvironment(),
    ...awsEnvironment(),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    CDK_DISABLE_VERSION_CHECK: '1',
    CDK_DISABLE_CLI_TELEMETRY: '1',
    // JSII asks about Node versions it has not been told of.
    JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
  };
}

async function hashOf(inputs: readonly unknown[], root: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(inputs)).update(process.version);
  for (const source of SOURCES) {
    for (const file of await filesOf(join(root, source))) hash.update(`\0${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function forgetOldAssemblies(): Promise<void> {
  const names = await readdir(ASSEMBLIES);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, usedMs: (await stat(join(ASSEMBLIES, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.usedMs - a.usedMs).slice(KEPT_ASSEMBLIES - 1);
  for (const { name } of old) await rm(join(ASSEMBLIES, name), { recursive: true, force: true });
}
