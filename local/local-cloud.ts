// One local cloud: the emulators, the deployed CDK app, the target systems and the operators, from start to stop.
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import type { AccessModel } from '../lambdas/core/access-model/access-model.ts';
import { noticeSettingsSchema } from '../lambdas/core/requests/notice-settings.ts';
import { consoleServer } from './console-server.ts';
import { deploy, synthesise } from './deploy.ts';
import { CREDENTIALS, type Emulators, REGION, startEmulators } from './emulators.ts';
import type { HrSource } from './hr-client.ts';
import { OperatorsApi } from './operators-api.ts';
import { hrSourceOf, type Outputs, writeOutputs } from './outputs.ts';
import { deploymentSettings, IDENTITY_STORE_ID, loadPlannedModel, type Plan, planRun } from './plan.ts';
import { type ClaimedPorts, claimPorts } from './ports.ts';
import { Processes } from './processes.ts';
import { ensurePythonEnvironment } from './python-environment.ts';
import { createRunFolder } from './run-folder.ts';
import { type StackOutputs, stackOutputsSchema } from './stack-outputs.ts';
import { startTargets, type Targets } from './targets.ts';
import { createOperators, type Operators } from './tokens.ts';

/** Tokens are valid for an hour. */
const RENEW_TOKENS_MS = 40 * 60_000;

export interface LocalCloudOptions {
  /** What is run, and what is called where. @default the sample's access model, with sample servers for all of it */
  readonly plan?: Plan;
  /** The folder of the app that is deployed first, with the packages of this one. @default this repository */
  readonly app?: string | undefined;
  /** The first of four ports in a row. @default 4566, or the first after it where four are free */
  readonly firstPort?: number | undefined;
  /** Told as each step of the start ends; of a long one, also when it begins. */
  readonly onStep?: (step: StartStep) => void;
  /** Told when something that should run has ended. */
  readonly onLost?: (error: Error) => void;
  /** Where else to write the outputs, beside the run's own folder. */
  readonly outputsFile?: string;
}

export interface StartStep {
  readonly title: string;
  /** How long it took, for those that have ended; steps overlap. */
  readonly tookMs?: number;
}

export interface LocalCloud {
  readonly plan: Plan;
  readonly outputs: Outputs;
  readonly stacks: StackOutputs;
  readonly accessModel: AccessModel;
  /** Throws where no HR source posts events as the public contract says. */
  readonly hr: HrSource;
  readonly api: OperatorsApi;
  readonly targets: Targets;
  /** Logs, the outputs and the emulators' data. */
  readonly folder: string;
  /**
   * Deploys this repository once more, with another access model over the same applications: as a team does that has
   * changed who gets what, or that upgrades. The systems go on running.
   */
  redeploy(plan: Plan): Promise<void>;
  stop(): Promise<void>;
}

/** @throws LocalCloudError, with nothing left running */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const run = await beginRun(options);
  try {
    return await build(run);
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** What one start has to itself. */
interface Run {
  readonly plan: Plan;
  readonly app: string | undefined;
  readonly ports: ClaimedPorts;
  readonly folder: string;
  readonly processes: Processes;
  readonly onLost: (error: Error) => void;
  readonly outputsFiles: readonly string[];
  readonly say: (title: string) => void;
  /** Waits for a step, and tells how long it took. */
  readonly timed: <Result>(title: (result: Result) => string, step: Promise<Result>) => Promise<Result>;
  stop(): Promise<void>;
}

async function beginRun(options: LocalCloudOptions): Promise<Run> {
  const { plan = planRun(), app, firstPort, onStep, onLost = () => {}, outputsFile } = options;
  const ports = await claimPorts(firstPort);
  const folder = await createRunFolder(new Date());
  const processes = new Processes(join(folder, 'logs'), onLost);
  return {
    plan,
    app,
    ports,
    folder,
    processes,
    onLost,
    outputsFiles: [join(folder, 'outputs.json'), ...(outputsFile === undefined ? [] : [outputsFile])],
    say: (title) => onStep?.({ title }),
    timed: async (title, step) => {
      const startedMs = performance.now();
      const result = await step;
      onStep?.({ title: title(result), tookMs: performance.now() - startedMs });
      return result;
    },
    stop: async () => {
      await processes.stop();
      await ports.release();
    },
  };
}

/** SES mails from nowhere that nobody has shown to be theirs; here whatever the settings name is. */
async function verifySender({ settings }: Plan, endpoint: string): Promise<void> {
  const { sender } = noticeSettingsSchema.parse(settings['notices'] ?? {});
  if (sender === undefined) return;
  const client = new SESv2Client({ region: REGION, endpoint, credentials: CREDENTIALS });
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: sender }));
  client.destroy();
}

async function build(run: Run): Promise<LocalCloud> {
  const { plan, app, ports, processes, folder, timed, onLost, outputsFiles } = run;
  const accessModel = loadPlannedModel(plan, ports.scim);
  const [{ emulators, targets }, assembly] = await Promise.all([
    startSystems(run, accessModel),
    timed(
      ({ cached }) => `cdk synth${cached ? ': nothing has changed since the last one' : ''}`,
      synthesise(processes, deploymentSettings(plan, ports.scim), accessModel.hash, app),
    ),
  ]);
  const stacks = stackOutputsSchema.parse(
    await timed(() => 'cdk bootstrap, cdk deploy --all', deploy(processes, assembly, emulators.endpoint, folder)),
  );
  const [hrSources, operators] = await Promise.all([
    exchangeSecrets(stacks, plan, targets, emulators.endpoint),
    createOperators({
      endpoint: emulators.endpoint,
      userPoolId: stacks.UserPoolId,
      clientId: stacks.UserPoolClientId,
    }),
    verifySender(plan, emulators.endpoint),
  ]);
  const outputs = await describe(stacks, emulators, targets, hrSources, operators);
  serveConsole(run, stacks, outputs);
  for (const file of outputsFiles) writeOutputs(file, outputs);
  const renewing = setInterval(() => {
    void renewTokens(operators, outputs, outputsFiles).catch(onLost);
  }, RENEW_TOKENS_MS);
  return {
    plan,
    outputs,
    stacks,
    accessModel,
    get hr() {
      return hrSourceOf(outputs);
    },
    api: new OperatorsApi(outputs.apiUrl, () => outputs.tokens),
    targets,
    folder,
    redeploy: async (changed) => {
      const { hash } = loadPlannedModel(changed, ports.scim);
      const next = await synthesise(processes, deploymentSettings(changed, ports.scim), hash);
      await deploy(processes, next, emulators.endpoint, folder);
    },
    stop: async () => {
      clearInterval(renewing);
      await run.stop();
    },
  };
}

/** On the one port of the block that this process holds itself. */
function serveConsole({ ports }: Run, { ConsoleBucketName: bucket }: StackOutputs, outputs: Outputs): void {
  if (bucket === undefined) return;
  const origin = `http://127.0.0.1:${ports.console}`;
  const { apiUrl, aws } = outputs;
  ports.serve(consoleServer({ origin, apiUrl, endpoint: aws.endpoint, bucket, tokens: () => outputs.tokens }));
  outputs.consoleUrl = origin;
}

async function startSystems({ plan, processes, ports, folder, say, timed }: Run, accessModel: AccessModel) {
  const python = await ensurePythonEnvironment(processes, {
    onInstall: () => say('installing the emulators into .local/python: once, for about half a minute'),
  });
  const emulators = await timed(
    ({ endpoint, identityStoreEndpoint }) =>
      `MiniStack on ${hostOf(endpoint)}, with IAM enforced; moto for Identity Center on ${hostOf(identityStoreEndpoint)}`,
    startEmulators(processes, python, ports, folder),
  );
  const targets = await timed(
    ({ scim }) => describeServers(plan, Object.keys(scim), ports.scim),
    startTargets(processes, accessModel, plan, ports, emulators.identityStoreEndpoint, folder),
  );
  return { emulators, targets };
}

function describeServers({ applications }: Plan, scim: readonly string[], port: number): string {
  const own = applications.flatMap(({ id, server }) => (server === 'own' ? id : []));
  const parts = [
    ...(scim.length > 0 ? [`SCIM server on 127.0.0.1:${port}: ${scim.join(', ')}`] : []),
    ...(own.length > 0 ? [`called where they are: ${own.join(', ')}`] : []),
  ];
  return parts.join('; ') || 'no application needs a server';
}

/** Gives each connector its secret, as an administrator would, and returns what each HR source signs with. */
async function exchangeSecrets(
  stacks: StackOutputs,
  { applications, hrSources: posting }: Plan,
  { scim }: Targets,
  endpoint: string,
): Promise<Outputs['hrSources']> {
  const client = new SecretsManagerClient({ region: REGION, endpoint, credentials: CREDENTIALS });
  for (const [id, SecretId] of Object.entries(stacks.ApplicationSecrets)) {
    const given = applications.find((application) => application.id === id)?.secret;
    const SecretString = JSON.stringify(given ?? { token: scim[id]?.token });
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  }
  const hrSources: Outputs['hrSources'] = {};
  for (const [id, SecretId] of Object.entries(stacks.HrSourceSecrets)) {
    if (!posting.includes(id)) continue;
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
    hrSources[id] = { secret: SecretString.startsWith('whsec_') ? SecretString : `whsec_${SecretString}` };
  }
  return hrSources;
}

async function describe(
  stacks: StackOutputs,
  { endpoint, identityStoreEndpoint }: Emulators,
  { scim }: Targets,
  hrSources: Outputs['hrSources'],
  operators: Operators,
): Promise<Outputs> {
  // MiniStack's own way to an API without a host name that only it can resolve.
  const apiId = /^https?:\/\/([^.]+)\./.exec(stacks.ApiUrl)?.[1];
  return {
    apiUrl: `${endpoint}/_aws/execute-api/${apiId}/$default`,
    hrSources,
    tokens: await operators.issueTokens(),
    aws: {
      endpoint,
      identityStoreEndpoint,
      identityStoreId: IDENTITY_STORE_ID,
      region: REGION,
      stateMachines: stacks.StateMachines,
      tables: { identities: stacks.IdentitiesTableName, audit: stacks.AuditTableName },
      buckets: { population: stacks.PopulationBucketName, log: stacks.LogBucketName },
    },
    targets: { ...scim },
  };
}

async function renewTokens(operators: Operators, outputs: Outputs, files: readonly string[]): Promise<void> {
  outputs.tokens = await operators.issueTokens();
  for (const file of files) writeOutputs(file, outputs);
}

function hostOf(url: string): string {
  return new URL(url).host;
}
