// A burst on the local cloud: joiners, movers and immediate leavers posted at once to the deployed app, against no-op
// workflows of the same states in the same run. What is counted is read where it happened: in the systems, the audit log
// and the executions.
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
import { disabledIn, judge, type Outcome, type Posted, post, waitForAll } from './burst-cloud.ts';
import { percentile } from './burst-outcome.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { arnOf, ENDED_BADLY, executionsSince } from './executions.ts';
import { deployFloor, type Floor, type FloorRun, type Recorded, runFloor } from './no-op-floor.ts';
import { printWhereTimeWent } from './where-time-went.ts';

const STAGES = ['joiner', 'mover', 'leaver'] as const;
type Stage = (typeof STAGES)[number];
type Size = Readonly<Record<Stage, number>>;

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

/** At 8aecdff: 300 joiners or 300 immediate leavers on two cores, as the review that found it slow measured. */
const BEFORE = {
  acceptedMs: 15_000,
  floorMs: 7_400,
  convergedMs: 304_000,
  left: 6,
  cpuSeconds: 378,
  lockDownP50Ms: 95_000,
  lockDownP95Ms: 360_000,
  twice: 121,
  failed: 107,
  fences: 459 / 300,
  idleLockDownRatio: 2.2,
  idleLockDownMs: 396,
  idleJoinerRatio: 2.6,
  idleJoinerMs: 876,
};

/** @param given joiners, movers and leavers; none: the standard burst */
export async function printLocalBurst(given: readonly string[]): Promise<void> {
  const size = burstSize(given);
  // The AWS SDK's advice on Node versions is no figure.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const cloud = await startLocalCloud({ plan: planRun({ given: { tenure: LETS_MANY_LEAVE } }) });
  try {
    await measure(cloud, size);
  } finally {
    await cloud.stop();
  }
}

export function burstSize(given: readonly string[]): Size {
  if (given.length === 0) return STANDARD;
  const [joiners = 0, movers = 0, leavers = 0] = given.map(Number);
  const sum = joiners + movers + leavers;
  if (given.length !== 3 || !given.every((one) => /^\d+$/.test(one)) || sum < 1 || sum > MOST) {
    throw new Error(
      `expected how many joiners, movers and leavers, at most ${MOST}: npm run bench -- burst 300 150 60`,
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
  const computed = differenceOf(cpuSeconds(), computedBefore);
  const outcome = await judge(cloud, stepFunctions, before, events, posted);
  print(size, { idle, idleFloor, floorRun, left, outcome, posted, computed });
  printComputed(computed, events.length);
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

interface Idle {
  readonly joinerMs: number;
  readonly lockDownMs: number;
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
    joinerMs.push((await runFloor(client, floor, { joiner: 1 })).tookMs);
    const { lockedDownMs } = await runFloor(client, floor, { leaver: 1 });
    lockDownMs.push(...lockedDownMs);
  }
  return { joinerMs: percentile(joinerMs.slice(1), 0.5), lockDownMs: percentile(lockDownMs.slice(1), 0.5) };
}

interface Measured {
  readonly idle: Idle;
  readonly idleFloor: Idle;
  readonly floorRun: FloorRun;
  readonly left: readonly string[];
  readonly outcome: Outcome;
  readonly posted: Posted;
  readonly computed: ReadonlyMap<string, number>;
}

function print(size: Size, { idle, idleFloor, floorRun, left, outcome, posted, computed }: Measured): void {
  const { joiner: joiners, mover: movers, leaver: leavers } = size;
  const { convergedMs, provenMs, joinersMs, lockedDownMs, faults, twice, failed, fences, escalated } = outcome;
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => percentile(lockedDownMs, share)) as [number, number, number];
  const joinersMedian = percentile(joinersMs, 0.5);
  const floorP95 = percentile(floorRun.lockedDownMs, 0.95);
  console.log(
    `\n${joiners} joiners, ${movers} movers and ${leavers} leavers at once. "Before" is 8aecdff with 300 of one kind alone.`,
  );
  row(['', 'before', 'now', 'goal']);
  row(['accepted in', seconds(BEFORE.acceptedMs), seconds(posted.lastAcceptedMs - posted.firstPostMs)]);
  row(['no-op workflows of the same states', seconds(BEFORE.floorMs), seconds(floorRun.tookMs)]);
  row(['until everybody converged', seconds(BEFORE.convergedMs), seconds(convergedMs)]);
  row([
    '  against the no-op workflows',
    times(BEFORE.convergedMs / BEFORE.floorMs),
    times(convergedMs / floorRun.tookMs),
    '<= 5 x',
  ]);
  row(['until every removal was proven', '', seconds(provenMs)]);
  row(['not converged or proven when given up', String(BEFORE.left), String(left.length), '0']);
  row(['CPU seconds of the local cloud', String(BEFORE.cpuSeconds), sumOf(computed).toFixed(0)]);
  row(['locked down, p50', seconds(BEFORE.lockDownP50Ms), seconds(p50)]);
  row(['locked down, p95', seconds(BEFORE.lockDownP95Ms), seconds(p95), '<= 15 s']);
  row(['locked down, max', '', seconds(max)]);
  row(['  p95 against that of the no-op workflows', '', times(p95 / floorP95)]);
  row(['joiners converged, p50', '', seconds(joinersMedian)]);
  row([
    'leavers (p95) before joiners (p50)',
    '',
    p95 < joinersMedian ? 'yes' : joinersMs.length * lockedDownMs.length === 0 ? '' : 'no',
    'yes',
  ]);
  row(['differences from what each should have', '', String(faults.length), '0']);
  row(['converged twice at one version', String(BEFORE.twice), String(twice.length), '0']);
  row(['executions failed', String(BEFORE.failed), String(failed.length), '0']);
  row(['fences for each leaver', BEFORE.fences.toFixed(2), (fences / leavers).toFixed(2)]);
  row(['escalated', '', String(escalated), '0']);
  row(['idle: a joiner', seconds(BEFORE.idleJoinerMs), seconds(idle.joinerMs)]);
  row([
    '  against the no-op workflow',
    times(BEFORE.idleJoinerRatio),
    times(idle.joinerMs / idleFloor.joinerMs),
    '<= 2 x',
  ]);
  row(['idle: a lock-down', seconds(BEFORE.idleLockDownMs), seconds(idle.lockDownMs)]);
  row([
    '  against the no-op workflow',
    times(BEFORE.idleLockDownRatio),
    times(idle.lockDownMs / idleFloor.lockDownMs),
    '<= 1.5 x',
  ]);
  for (const wrong of [...faults, ...twice, ...failed, ...left].slice(0, SHOWN)) console.log(`  ${wrong}`);
}

function printComputed(computed: ReadonlyMap<string, number>, events: number): void {
  console.log('\nWho computed during the burst: CPU seconds, and milliseconds for each event.');
  const most = [...computed].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  for (const [name, took] of most) row([name, took.toFixed(1), ((took * 1_000) / events).toFixed(0)]);
}

function differenceOf(now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>) {
  return new Map([...now].map(([name, took]) => [name, took - (before.get(name) ?? 0)]));
}

function sumOf(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((sum, each) => sum + each, 0);
}

function row([what = '', ...cells]: readonly string[]): void {
  console.log(`  ${what.padEnd(42)}${cells.map((cell) => cell.padStart(11)).join('')}`);
}

function seconds(ms: number): string {
  if (Number.isNaN(ms)) return '';
  return Number.isFinite(ms) ? `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s` : 'never';
}

function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(1)} x` : '';
}
