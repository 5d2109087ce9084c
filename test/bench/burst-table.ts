// What a burst on the local cloud came to, beside what it was at 8aecdff and what it is to be.
import type { Outcome, Posted } from './burst-cloud.ts';
import { percentile } from './burst-outcome.ts';
import type { FloorRun } from './no-op-floor.ts';

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

const SHOWN = 12;

/** From the start of an execution, while nothing else is going on. */
export interface Idle {
  readonly joinerMs: number;
  readonly lockDownMs: number;
}

export interface Measured {
  readonly idle: Idle;
  readonly idleFloor: Idle;
  readonly floorRun: FloorRun;
  /** Who was given up on. */
  readonly left: readonly string[];
  readonly outcome: Outcome;
  readonly posted: Posted;
  /** CPU seconds of the burst, by who computed. */
  readonly computed: ReadonlyMap<string, number>;
}

/** What it is, before, now, and the goal. */
type Row = readonly [string, string, string, string?];

export function printTable(size: Readonly<Record<'joiner' | 'mover' | 'leaver', number>>, measured: Measured): void {
  const { joiner, mover, leaver } = size;
  console.log(
    `\n${joiner} joiners, ${mover} movers and ${leaver} leavers at once. "Before": 300 of one kind alone, at 8aecdff.`,
  );
  print('', 'before', 'now', 'goal');
  for (const row of [
    ...ofAll(measured),
    ...ofLeavers(measured, leaver),
    ...ofMistakes(measured),
    ...ofIdle(measured),
  ]) {
    print(...row);
  }
  const { faults, twice, failed } = measured.outcome;
  for (const wrong of [...faults, ...twice, ...failed, ...measured.left].slice(0, SHOWN)) console.log(`  ${wrong}`);
  const events = joiner + mover + leaver;
  console.log('\nWho computed during the burst: CPU seconds, and milliseconds for each event.');
  const most = [...measured.computed].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  for (const [name, took] of most) print(name, took.toFixed(1), ((took * 1_000) / events).toFixed(0));
}

function ofAll({ posted, floorRun, outcome, computed }: Measured): readonly Row[] {
  const { convergedMs, capacityMs, joinersMs, provenMs } = outcome;
  const [sum, floor] = [sumOf(computed), sumOf(floorRun.computed)];
  return [
    ['accepted in', seconds(BEFORE.acceptedMs), seconds(posted.lastAcceptedMs - posted.firstPostMs)],
    ['no-op workflows of the same states', seconds(BEFORE.floorMs), seconds(floorRun.tookMs)],
    ['until everybody converged', seconds(BEFORE.convergedMs), seconds(convergedMs)],
    [
      '  against the no-op workflows',
      times(BEFORE.convergedMs / BEFORE.floorMs),
      times(convergedMs / floorRun.tookMs),
      '<= 5 x',
    ],
    ['what the busiest system’s own rate allows', '', seconds(capacityMs)],
    ['  everybody converged, against that', '', times(convergedMs / capacityMs, 2), '<= 1.2 x'],
    ['joiners converged, p50', '', seconds(percentile(joinersMs, 0.5))],
    ['until every removal was proven', '', seconds(provenMs)],
    ['CPU seconds of the local cloud', String(BEFORE.cpuSeconds), sum.toFixed(0)],
    ['  of the no-op workflows', '', floor.toFixed(1)],
    ['  against them', '', times(sum / floor)],
  ];
}

function ofLeavers({ outcome, floorRun }: Measured, leavers: number): readonly Row[] {
  const { lockedDownMs, fencedOffMs, joinersMs, fences } = outcome;
  if (leavers === 0) return [];
  const p95Ms = percentile(lockedDownMs, 0.95);
  const first: readonly Row[] =
    joinersMs.length === 0
      ? []
      : [['leavers (p95) before joiners (p50)', '', p95Ms < percentile(joinersMs, 0.5) ? 'yes' : 'no', 'yes']];
  return [
    ['leavers fenced off, p95', '', seconds(percentile(fencedOffMs, 0.95))],
    ['locked down, p50', seconds(BEFORE.lockDownP50Ms), seconds(percentile(lockedDownMs, 0.5))],
    ['locked down, p95', seconds(BEFORE.lockDownP95Ms), seconds(p95Ms), '<= 15 s'],
    ['locked down, max', '', seconds(percentile(lockedDownMs, 1))],
    ['  p95 against that of the no-op workflows', '', times(p95Ms / percentile(floorRun.lockedDownMs, 0.95))],
    ['fences for each leaver', BEFORE.fences.toFixed(2), (fences / leavers).toFixed(2), '1'],
    ...first,
  ];
}

function ofMistakes({ outcome, left }: Measured): readonly Row[] {
  const { faults, twice, failed, escalated } = outcome;
  return [
    ['not converged or proven when given up', String(BEFORE.left), String(left.length), '0'],
    ['differences from what each should have', '', String(faults.length), '0'],
    ['converged twice at one version', String(BEFORE.twice), String(twice.length), '0'],
    ['executions failed', String(BEFORE.failed), String(failed.length), '0'],
    ['escalated', '', String(escalated), '0'],
  ];
}

function ofIdle({ idle, idleFloor }: Measured): readonly Row[] {
  const { idleJoinerMs, idleJoinerRatio, idleLockDownMs, idleLockDownRatio } = BEFORE;
  return [
    ['idle: a joiner', seconds(idleJoinerMs), seconds(idle.joinerMs)],
    ['  against the no-op workflow', times(idleJoinerRatio), times(idle.joinerMs / idleFloor.joinerMs), '<= 2 x'],
    ['idle: a lock-down', seconds(idleLockDownMs), seconds(idle.lockDownMs)],
    [
      '  against the no-op workflow',
      times(idleLockDownRatio),
      times(idle.lockDownMs / idleFloor.lockDownMs),
      '<= 1.5 x',
    ],
  ];
}

function print(what: string, ...cells: readonly (string | undefined)[]): void {
  console.log(`  ${what.padEnd(42)}${cells.map((cell = '') => cell.padStart(11)).join('')}`);
}

function sumOf(computed: ReadonlyMap<string, number>): number {
  return [...computed.values()].reduce((total, each) => total + each, 0);
}

/** Nothing where nothing of the kind was posted. */
function seconds(ms: number): string {
  if (Number.isNaN(ms) || ms === Number.NEGATIVE_INFINITY) return '';
  return Number.isFinite(ms) ? `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s` : 'never';
}

function times(ratio: number, digits = 1): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(digits)} x` : '';
}
