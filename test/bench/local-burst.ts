// A burst on the local cloud: joiners, movers and immediate leavers posted at once to the deployed app, against no-op
// workflows of the same states in the same run. What is counted is read where it happened: in the systems, the audit log
// and the executions.
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { CREDENTIALS } from '../../local/emulators.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import {
  immediateLeaver,
  joiner,
  LETS_MANY_LEAVE,
  mover,
  newIdentityId,
  type TestEvent,
} from '../support/local-cloud-events.ts';
import { disabledIn, judge, post, waitForAll } from './burst-cloud.ts';
import { percentile } from './burst-outcome.ts';
import { type Idle, printTable } from './burst-table.ts';
import { cpuSeconds, cpuSecondsSince } from './cpu-seconds.ts';
import { arnOf, ENDED_BADLY, executionsSince } from './executions.ts';
import { deployFloor, type Floor, type Recorded, runFloor } from './no-op-floor.ts';
import { unpacedModel } from './own-capacity.ts';
import { printWhereTimeWent } from './where-time-went.ts';

const STAGES = ['joiner', 'mover', 'leaver'] as const;
type Stage = (typeof STAGES)[number];
type Size = Readonly<Record<Stage, number>>;

/** As if no system set a pace: what is left is what Tenure and the machine take. */
const UNPACED = 'unpaced';
/** What `npm run bench -- burst` posts when it is not told. */
const STANDARD: Size = { joiner: 1_000, mover: 500, leaver: 200 };
/** The API lists 10,000 in the pages that are turned. */
const MOST = 9_000;
const PATIENCE_MS = 60 * 60_000;
/** The first of them warms up, and does not count. */
const IDLE_ROUNDS = 5;
const POLL_MS = 500;
const SHOWN = 12;

/** With accounts in four systems that can be looked into, none of them made by hand. */
const JOINING = { department: 'Marketing', title: 'Campaign Manager' };
const MOVED = { department: 'Support', title: 'Support Engineer' };

/** @param given joiners, movers and leavers, or none for the standard burst, and whether the systems set no pace */
export async function printLocalBurst(given: readonly string[]): Promise<void> {
  const size = burstSize(given.filter((one) => one !== UNPACED));
  // The AWS SDK's advice on Node versions is no figure.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const accessModelFolder = given.includes(UNPACED) ? await unpacedModel() : undefined;
  try {
    const cloud = await startLocalCloud({ plan: planRun({ accessModelFolder, given: { tenure: LETS_MANY_LEAVE } }) });
    try {
      await measure(cloud, size);
    } finally {
      await cloud.stop();
    }
  } finally {
    if (accessModelFolder !== undefined) await rm(accessModelFolder, { recursive: true });
  }
}

export function burstSize(given: readonly string[]): Size {
  if (given.length === 0) return STANDARD;
  const [joiners = 0, movers = 0, leavers = 0] = given.map(Number);
  const sum = joiners + movers + leavers;
  if (given.length !== 3 || !given.every((one) => /^\d+$/.test(one)) || sum < 1 || sum > MOST) {
    throw new Error(
      `expected how many joiners, movers and leavers, at most ${MOST}, and perhaps ${UNPACED}: npm run bench -- burst 300 150 60`,
    );
  }
  return { joiner: joiners, mover: movers, leaver: leavers };
}

async function measure(cloud: LocalCloud, size: Size): Promise<void> {
  const { endpoint, region } = cloud.outputs.aws;
  const connection = { endpoint, region, credentials: CREDENTIALS };
  const stepFunctions = new SFNClient(connection);
  const [lambda, iam] = [new LambdaClient(connection), new IAMClient(connection)];
  const say = (what: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${what}`);
  say('one after the other, while nothing else is going on');
  const { recorded, ...idle } = await measureIdle(cloud, stepFunctions);
  const floor = await deployFloor({ stepFunctions, lambda, iam }, recorded);
  const idleFloor = await measureIdleFloor(stepFunctions, floor);

  const [before, events] = eventsOf(size);
  say(`${before.length} join who will move or leave`);
  const prepared = await post(cloud, before);
  const unprepared = await waitForAll(cloud, prepared.versions, PATIENCE_MS);
  if (unprepared.length > 0) throw new Error(`never converged before the burst: ${unprepared.slice(0, SHOWN)}`);
  say('as many workflows that do nothing');
  const floorRun = await runFloor(stepFunctions, floor, size);
  say(`${events.length} events at once`);
  const computedBefore = cpuSeconds();
  const posted = await post(cloud, events);
  const left = await waitForAll(cloud, posted.versions, PATIENCE_MS);
  const computed = cpuSecondsSince(computedBefore);
  const outcome = await judge(cloud, stepFunctions, before, events, posted);
  printTable(size, { idle, idleFloor, floorRun, left, outcome, posted, computed });
  await printWhereTimeWent(stepFunctions, cloud.outputs.aws.stateMachines, posted.firstPostMs);
}

/** Those who are there before, and then all that comes at once: evenly mixed, so that nobody is first by being posted first. */
function eventsOf(size: Size): readonly [readonly TestEvent[], readonly TestEvent[]] {
  const there = (length: number) => Array.from({ length }, () => newIdentityId('B'));
  const [movers, leavers] = [there(size.mover), there(size.leaver)];
  const burst = [
    there(size.joiner).map((id) => joiner(id, JOINING)),
    movers.map((id) => mover(id, MOVED)),
    leavers.map((id) => immediateLeaver(id)),
  ];
  const placed = burst.flatMap((events) =>
    events.map((event, index) => ({ event, place: (index + 0.5) / events.length })),
  );
  const mixed = placed.sort((a, b) => a.place - b.place).map(({ event }) => event);
  return [[...movers, ...leavers].map((id) => joiner(id, JOINING)), mixed];
}

/** One after the other, from the start of each execution: what comes before is the same for the floor. */
async function measureIdle(cloud: LocalCloud, client: SFNClient) {
  const machines = cloud.outputs.aws.stateMachines;
  const [joinerMs, lockDownMs]: [number[], number[]] = [[], []];
  const recorded: Partial<Record<Stage, Recorded>> = {};
  for (let round = 0; round < IDLE_ROUNDS; round += 1) {
    const subject = newIdentityId('I');
    const steps = { joiner: joiner(subject, JOINING), mover: mover(subject, MOVED), leaver: immediateLeaver(subject) };
    for (const stage of STAGES) {
      const { firstPostMs, versions } = await post(cloud, [steps[stage]]);
      const left = await waitForAll(cloud, versions, PATIENCE_MS);
      if (left.length > 0) throw new Error(`a ${stage} on an idle system did not converge`);
      const stateMachineArn = arnOf(machines[stage], stage);
      const { executionArn, startMs, tookMs } = await onlyExecution(client, stateMachineArn, firstPostMs);
      recorded[stage] = { stateMachineArn, executionArn };
      if (stage === 'joiner') joinerMs.push(tookMs);
      if (stage === 'leaver') lockDownMs.push(((await disabledIn(cloud)).get(subject) ?? Number.NaN) - startMs);
    }
  }
  return {
    joinerMs: percentile(joinerMs.slice(1), 0.5),
    lockDownMs: percentile(lockDownMs.slice(1), 0.5),
    recorded: recorded as Record<Stage, Recorded>,
  };
}

/** An identity converges some milliseconds before its execution ends. */
async function onlyExecution(client: SFNClient, stateMachineArn: string, sinceMs: number) {
  for (;;) {
    const [execution, ...others] = await executionsSince(client, stateMachineArn, sinceMs);
    if (others.length > 0) throw new Error(`${stateMachineArn} was started ${others.length + 1} times for one event`);
    const { executionArn, startDate, stopDate, status } = execution ?? {};
    if (status !== undefined && ENDED_BADLY.includes(status)) throw new Error(`${executionArn} ended as ${status}`);
    if (startDate !== undefined && stopDate !== undefined) {
      const startMs = startDate.getTime();
      return { executionArn: arnOf(executionArn, 'an execution'), startMs, tookMs: stopDate.getTime() - startMs };
    }
    await sleep(POLL_MS);
  }
}

async function measureIdleFloor(client: SFNClient, floor: Floor): Promise<Idle> {
  const [joinerMs, lockDownMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < IDLE_ROUNDS; round += 1) {
    joinerMs.push(...(await runFloor(client, floor, { joiner: 1 })).eachMs);
    const { lockedDownMs } = await runFloor(client, floor, { leaver: 1 });
    lockDownMs.push(...lockedDownMs);
  }
  return { joinerMs: percentile(joinerMs.slice(1), 0.5), lockDownMs: percentile(lockDownMs.slice(1), 0.5) };
}
