// How long many at once take, against what the target systems can take themselves: real handlers and state machines in
// virtual time, so that the figures are the same on every machine.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { joiner, leaver } from '../support/facts.ts';
import { CountedWorld, type Counts } from './counted-world.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const SWEEP_MS = MINUTE_MS;
/** To find an account, create it, grant two entitlements, and read back. */
const CALLS_OF_A_JOINER = 5;
/** Facts of one batch arrive together. */
const BATCH = 100;

export interface Burst {
  readonly joiners: number;
  readonly applications: number;
  /** What each application can take. */
  readonly callsPerSecond: number;
  /** Who joined before all others, and leaves when half of what they need is done. @default nobody */
  readonly leavers?: number;
  /** What is given up on. @default 3 hours beyond what the targets can take */
  readonly patienceMs?: number;
}

export interface Drained {
  /** What the target systems themselves need for the calls that must be made. */
  readonly capacityMs: number;
  /** Until the last joiner had settled; undefined: it was given up. */
  readonly drainedMs: number | undefined;
  readonly settled: number;
  readonly counts: Counts;
  /** Calls that the systems got. */
  readonly calls: number;
  readonly refused: number;
  /** From when it was known until the last account was disabled, of each leaver, in order. */
  readonly lockedDownMs: readonly number[];
}

interface Row extends Burst {
  /** Minutes it took at 8aecdff, counted by this file; undefined: it was given up. */
  readonly beforeMinutes: number | undefined;
}

const ROWS: readonly Row[] = [
  { joiners: 60, applications: 8, callsPerSecond: 5, beforeMinutes: 56.8 },
  { joiners: 150, applications: 8, callsPerSecond: 20, beforeMinutes: 3.2 },
  { joiners: 1_000, applications: 2, callsPerSecond: 20, beforeMinutes: undefined },
  { joiners: 20_000, applications: 1, callsPerSecond: 50, beforeMinutes: undefined },
];

export async function printBursts(): Promise<void> {
  const line = (cells: readonly string[]) => cells.map((cell) => cell.padStart(13)).join('');
  console.log(
    '\nHow long until everybody is settled, against what the systems can take themselves? Transitions and calls for each visit,\n  requests to DynamoDB for each joiner.',
  );
  console.log(line(HEADINGS));
  for (const row of ROWS) {
    const { capacityMs, drainedMs, counts, calls, refused } = await drain(row);
    const visits = row.joiners * row.applications;
    const ratioOf = (minutes: number | undefined) =>
      minutes === undefined ? 'never' : `${((minutes * MINUTE_MS) / capacityMs).toFixed(2)} x`;
    console.log(
      line([
        `${row.joiners} x ${row.applications}`,
        `${row.callsPerSecond}/s`,
        ratioOf(row.beforeMinutes),
        ratioOf(drainedMs === undefined ? undefined : drainedMs / MINUTE_MS),
        (counts.transitions / visits).toFixed(1),
        ((counts.reads + counts.writes) / row.joiners).toFixed(1),
        (calls / visits).toFixed(1),
        String(refused),
      ]),
    );
  }
}

const HEADINGS = ['joiners x in', 'each takes', 'before', 'now', 'transitions', 'requests', 'calls', 'answered 429'];

export async function drain(burst: Burst): Promise<Drained> {
  const { joiners, applications, callsPerSecond, leavers = 0 } = burst;
  const capacityMs = ((joiners * CALLS_OF_A_JOINER) / callsPerSecond) * SECOND_MS;
  const counted = new CountedWorld({ startMs: START, model: modelOf(applications, callsPerSecond), callsPerSecond });
  const { time, counts } = counted;
  try {
    const early = Array.from({ length: leavers }, (_, index) => `L${index}`);
    await settleAll(counted, early, START + 24 * 60 * MINUTE_MS);
    Object.assign(counts, NOTHING);
    const begunMs = time.nowMs;
    const callsBefore = callsOf(counted);
    const everybody = Array.from({ length: joiners }, (_, index) => `J${index}`);
    const leftMs = new Map<string, number>();
    setTimeout(() => void leaveAll(counted, early, leftMs), capacityMs / 2);
    const drainedMs = await settleAll(counted, everybody, begunMs + capacityMs + (burst.patienceMs ?? 180 * MINUTE_MS));
    const settled = await Promise.all(everybody.map((id) => isSettled(counted, id)));
    if (leavers > 0) await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    return {
      capacityMs,
      drainedMs: drainedMs === undefined ? undefined : drainedMs - begunMs,
      settled: settled.filter(Boolean).length,
      counts,
      calls: callsOf(counted) - callsBefore,
      refused: [...counted.systems.values()].reduce((sum, { refused }) => sum + refused, 0),
      lockedDownMs: early
        .map((id) => (counted.disabledMs.get(id) ?? Number.POSITIVE_INFINITY) - (leftMs.get(id) ?? 0))
        .sort((a, b) => a - b),
    };
  } finally {
    time.uninstall();
  }
}

const NOTHING: Counts = {
  transitions: 0,
  reads: 0,
  writes: 0,
  rateLimits: 0,
  invocations: 0,
  invokedMs: 0,
  failed: 0,
  executions: 0,
};

/** @returns when the last of them had settled (epoch ms) */
async function settleAll(counted: CountedWorld, ids: readonly string[], untilMs: number): Promise<number | undefined> {
  const { world, time } = counted;
  for (let from = 0; from < ids.length; from += BATCH) {
    void tell(counted, ids.slice(from, from + BATCH).map(joins));
    await time.runUntil(time.nowMs + SECOND_MS);
  }
  let left: readonly string[] = ids;
  let sweptMs = time.nowMs;
  while (left.length > 0 && time.nowMs < untilMs) {
    await time.runUntil(time.nowMs + SECOND_MS);
    if (time.nowMs - sweptMs >= SWEEP_MS) {
      sweptMs = time.nowMs;
      world.sweep();
    }
    const [first] = left;
    // Only once the first has, since asking of all each time would cost more than the world itself.
    if (first === undefined || !(await isSettled(counted, first))) continue;
    const settled = await Promise.all(left.map((id) => isSettled(counted, id)));
    left = left.filter((_, index) => !settled[index]);
  }
  return left.length > 0 ? undefined : time.nowMs;
}

async function isSettled({ world }: CountedWorld, identityId: string): Promise<boolean> {
  const header = (await world.stores.directory.load(identityId))?.header;
  return header !== undefined && header.settledVersion === header.version && header.lease === undefined;
}

async function leaveAll(counted: CountedWorld, ids: readonly string[], leftMs: Map<string, number>): Promise<void> {
  const facts = ids.map(
    (identityId): Fact => ({ ...leaver(new Date().toISOString(), { immediate: true }), identityId }),
  );
  for (const id of ids) leftMs.set(id, Date.now());
  await tell(counted, facts);
}

async function tell({ world }: CountedWorld, facts: readonly Fact[]): Promise<void> {
  await Promise.all(facts.map((fact) => world.record(fact)));
}

function joins(identityId: string): Fact {
  const email = `${identityId}@acme.example`;
  return { ...joiner('2026-11-01T00:00:00Z', { email, department: 'Sales' }), identityId };
}

function callsOf({ systems }: CountedWorld): number {
  return [...systems.values()].reduce((sum, { calls }) => sum + calls, 0);
}

function modelOf(count: number, callsPerSecond: number): AccessModel {
  const ids = Array.from({ length: count }, (_, index) => `system-${index}`);
  const grants = ['users', 'sales'];
  return {
    hash: 'bench',
    applications: ids.map((id) => ({
      id,
      name: id,
      connector: 'suspending',
      owner: 'E0',
      settings: {},
      rateLimit: { callsPerSecond, concurrentCalls: 10 },
      entitlements: grants.map((grant) => ({ id: grant, name: grant, grant, privileged: false })),
    })),
    profiles: [
      {
        id: 'all',
        name: 'All',
        when: { kind: [{ exists: true }] },
        entitlements: ids.flatMap((id) => grants.map((grant) => `${id}:${grant}`)),
      },
    ],
  };
}
