// An upgrade of Tenure while removals are under way: the state machines of a version before are deployed, executions of them
// wait for people and for time, this version is deployed over it, and they come to their end.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CREDENTIALS } from '../../local/emulators.ts';
import { postBatch } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { LOCAL_FOLDER } from '../../local/run-folder.ts';
import { definitionsOf, RELEASES } from '../releases/releases.ts';
import {
  convergedAt,
  eventually,
  joiner,
  LETS_MANY_LEAVE,
  leaver,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 900_000;
/** In Munich people hand out badges, which nobody but they can take back. */
const WITH_BADGE = { department: 'Sales', title: 'Account Executive', location: 'Munich' };
const WITHOUT = { department: 'Sales', title: 'Account Executive' };

let app: string;
let cloud: LocalCloud;
beforeAll(async () => {
  app = appOf(RELEASES.at(-1) ?? '');
  cloud = await startLocalCloud({ app, plan: planRun({ given: { tenure: LETS_MANY_LEAVE } }) });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await cloud?.stop();
  rmSync(app, { recursive: true });
});

describe('executions of the version before', { timeout: TEST_TIMEOUT_MS }, () => {
  it('that wait for people or for time come to their end under this one', async () => {
    const [forPeople, forTime] = [newIdentityId(), newIdentityId()];
    await postBatch(cloud.hr, [joiner(forPeople, WITH_BADGE), joiner(forTime, WITHOUT)]);
    await attestTaskOf(forPeople);
    await Promise.all([convergedAt(cloud, forPeople, 2), convergedAt(cloud, forTime)]);
    await postBatch(cloud.hr, [leaver(forPeople), leaver(forTime)]);
    const started = await Promise.all([startedFor(forPeople), startedFor(forTime)]);
    await eventually('a task to take the badge back', () => openTaskOf(forPeople));
    expect(await Promise.all(started.map(statusOf))).toEqual(['RUNNING', 'RUNNING']);

    await cloud.redeploy(planRun({ accessModelFolder: changedModel(), given: { tenure: LETS_MANY_LEAVE } }));
    expect(await statusOf(started[0])).toBe('RUNNING');
    await attestTaskOf(forPeople);

    const proven = await Promise.all([convergedAt(cloud, forPeople, 4), convergedAt(cloud, forTime, 2)]);
    expect(proven.map(({ removal }) => removal?.certificateId)).toEqual([expect.any(String), expect.any(String)]);
    await eventually('the executions that were started before ending well', async () => {
      const statuses = await Promise.all(started.map(statusOf));
      return statuses.every((status) => status === 'SUCCEEDED') ? true : undefined;
    });
    // Nobody took over from them.
    expect(await Promise.all([startedFor(forPeople), startedFor(forTime)])).toEqual(started);
  });
});

/** This version with the state machines of another: what its executions keep while everything beneath them is replaced. */
function appOf(release: string): string {
  const folder = mkdtempSync(join(resolve(LOCAL_FOLDER), 'app-'));
  for (const copied of ['bin', 'lib']) cpSync(copied, join(folder, copied), { recursive: true });
  for (const linked of [
    'lambdas',
    'console',
    'access-model',
    'node_modules',
    'cdk.json',
    'package.json',
    'package-lock.json',
  ]) {
    symlinkSync(resolve(linked), join(folder, linked));
  }
  // State machines that have come since are deployed, and nobody calls them.
  for (const from of ['statemachines', definitionsOf(release)]) {
    cpSync(from, join(folder, 'statemachines'), { recursive: true });
  }
  // What definitions have come to name since is given to these in vain.
  edit(join(folder, 'lib/constructs/workflow.ts'), /^ *if \(unused\.length > 0\) throw .*$/m, '');
  return folder;
}

/** So that the code of every function that decides is another. */
function changedModel(): string {
  const folder = join(cloud.folder, 'changed-model');
  cpSync('access-model', folder, { recursive: true });
  edit(join(folder, 'profiles/commercial.yaml'), / {6}- crm:sales-user\n/, '');
  return folder;
}

function edit(file: string, found: RegExp, replacement: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(found);
  writeFileSync(file, text.replace(found, replacement));
}

async function openTaskOf(identityId: string) {
  return (await cloud.api.listOpenTasks()).find((open) => open.identityId === identityId);
}

async function attestTaskOf(identityId: string): Promise<void> {
  const { taskId } = await eventually(`a task for ${identityId}`, () => openTaskOf(identityId));
  await cloud.api.attest(taskId, 'ticket 4711');
}

/** The one execution of the leaver for this identity. */
function startedFor(identityId: string): Promise<string> {
  return eventually(`the removal of ${identityId}`, async () => {
    const { executions = [] } = await stepFunctions().send(
      new ListExecutionsCommand({ stateMachineArn: cloud.outputs.aws.stateMachines['leaver'] }),
    );
    const own: string[] = [];
    for (const { executionArn } of executions) {
      const { input = '' } = await stepFunctions().send(new DescribeExecutionCommand({ executionArn }));
      if (executionArn !== undefined && input.includes(identityId)) own.push(executionArn);
    }
    return own.length === 1 ? own[0] : undefined;
  });
}

async function statusOf(executionArn: string | undefined) {
  return (await stepFunctions().send(new DescribeExecutionCommand({ executionArn }))).status;
}

function stepFunctions(): SFNClient {
  const { endpoint, region } = cloud.outputs.aws;
  return new SFNClient({ endpoint, region, credentials: CREDENTIALS });
}
