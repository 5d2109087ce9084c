// npm run bench: what grows, and how. Times are of this machine at this moment, so each question is answered by a ratio
// to its own first row, measured in turn within one run. `npm run bench -- bursts` counts instead, in virtual time: those
// figures are the same everywhere. `npm run bench -- cost` counts what is billed, `-- requests` who asks DynamoDB for what, and `npm run bench -- reconciliation` what a
// run over a large system costs; `npm run bench -- sweep` when the sweep comes to each of a hundred thousand;
// `npm run bench -- search` how long it takes to find one of a hundred thousand;
// `npm run bench -- sealing` what it costs to seal an entry of the audit log, and `queries` to query it (`queries 1000000` asks). `npm run bench
// -- everybody` decides for a million identities, and is all it prints; `timelines` adds up histories of up to 10,000 facts. `npm run bench -- burst 300 150 60` posts that many
// joiners, movers and leavers to the local cloud, which takes minutes; `burst 300 0 0 unpaced` as if no system set a pace. `npm run bench -- audit` seals and verifies logs of
// up to a million entries, or of the sizes that are named. `npm run bench -- detections` judges labelled records,
// `activity` a day of a simulated company, and `activity-cost` tells what a million records cost. `npm run bench -- campaign`
// opens a review of a hundred thousand people, or of as many as are named.
import '../support/node-20.ts';
import '../support/quiet-logs.ts';
import { Bench } from 'tinybench';
import { printActivity } from './activity.ts';
import { printActivityCosts } from './activity-costs.ts';
import { printBursts } from './bursts.ts';
import { printCampaigns } from './campaigns.ts';
import { printCosts } from './costs.ts';
import { printDecidingForEverybody } from './deciding-for-everybody.ts';
import { decisions } from './decisions.ts';
import { printDetections } from './detections.ts';
import { printLocalBurst } from './local-burst.ts';
import { lockDowns } from './lock-downs.ts';
import { printQueryCosts } from './query-costs.ts';
import { printReconciliations } from './reconciliations.ts';
import { printRequests } from './requests.ts';
import { printSealedLogs } from './sealed-logs.ts';
import { printSealing } from './sealing.ts';
import { printAges } from './sealing-age.ts';
import { printSearches } from './searches.ts';
import { printSweeps } from './sweeps.ts';
import { printRoleInsight, printWhatIf } from './what-if.ts';

/** A question, and what is compared to answer it: the first row is 1. */
export interface Question {
  readonly ask: string;
  readonly rows: readonly Row[];
  /** By what the process computed rather than by the clock: of rows that take tens of milliseconds. */
  readonly inCpuTime?: true;
}

export interface Row {
  readonly name: string;
  /** Anything that must not count, before each run. */
  readonly prepare?: () => Promise<void>;
  readonly run: () => unknown;
}

const ROUNDS = 5;

const [named, ...options] = process.argv.slice(2);
/** What is printed when it is asked for by name. */
const NAMED: Readonly<Record<string, () => Promise<void>>> = {
  activity: () => printActivity(options),
  'activity-cost': printActivityCosts,
  audit: () => printSealedLogs(options),
  burst: () => printLocalBurst(options),
  campaign: () => printCampaigns(options),
  bursts: printBursts,
  cost: () => printCosts(options.includes('--write')),
  detections: printDetections,
  everybody: printDecidingForEverybody,
  queries: () => printQueryCosts(options),
  reconciliation: printReconciliations,
  requests: printRequests,
  sealing: async () => {
    await printSealing();
    await printAges();
  },
  search: printSearches,
  sweep: printSweeps,
  timelines: () => answer(decisions()),
  insight: printRoleInsight,
  'what-if': printWhatIf,
};
if (named !== undefined && !Object.hasOwn(NAMED, named)) {
  throw new Error(`there is no bench "${named}": name ${Object.keys(NAMED).join(', ')}, or nothing`);
}
if (named === undefined) {
  await answer([...decisions(), ...lockDowns()]);
  await printDecidingForEverybody();
} else {
  await NAMED[named]?.();
}

async function answer(questions: readonly Question[]): Promise<void> {
  for (const question of questions) await answerOne(question);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function answerOne({ ask, rows, inCpuTime }: Question): Promise<void> {
  const medians = new Map<string, number[]>();
  // Round by round rather than row by row: what slows the machine down for a while slows all rows.
  for (let round = 0; round < ROUNDS; round += 1) {
    const bench = new Bench({
      time: 200,
      iterations: 3,
      warmupTime: 50,
      warmupIterations: 1,
      ...(inCpuTime && { now: cpuMs }),
    });
    for (const { name, prepare, run } of rows) {
      bench.add(name, async () => void (await run()), prepare === undefined ? {} : { beforeEach: prepare });
    }
    await bench.warmup();
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (result === undefined || result.error !== undefined) throw result?.error ?? new Error(`${name} did not run`);
      medians.set(name, [...(medians.get(name) ?? []), middleOf(result.samples)]);
    }
  }
  const median = ({ name }: Row) => middleOf(medians.get(name) ?? []);
  const [first] = rows;
  if (first === undefined) return;
  console.log(`\n${ask}`);
  for (const row of rows) {
    const ratio = (median(row) / median(first)).toFixed(2).padStart(8);
    console.log(`  ${row.name.padEnd(44)} ${ratio} x   (${median(row).toFixed(3)} ms)`);
  }
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
