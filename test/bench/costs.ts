// npm run bench -- cost: what each of the things that happen in a company costs, and a year of a large one. The figures are
// counts, the same on every machine; costs.json holds them, costs.test.ts compares, and `-- cost --write` writes them anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../support/hr-events.ts';
import { COUNTED, CostMeter, priceOf, type Usage } from './cost-meter.ts';

const FILE = join(import.meta.dirname, 'costs.json');
const APPLICATIONS = 8;
/** As many as the requests to DynamoDB are counted for. */
const FEW_APPLICATIONS = 4;
const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
/** Of a year's events in a company, everybody with accounts in each of so many applications. */
const EMPLOYEES = 100_000;
const RECONCILED = 15;
const PER_PAGE = 200;
const YEAR = { joiners: 20_000, movers: 30_000, leavers: 20_000, days: 365, minutes: 525_600 };

/** What happens to somebody, of all that is counted about one person. */
const PEOPLE: ReadonlySet<string> = new Set(['joiner', 'mover', 'leaver']);

export type Costs = Readonly<Record<string, Usage>>;

/** Measured at 8aecdff by the review that found what was to be mended, in dollars. */
const BEFORE: Readonly<Record<string, number>> = { joiner: 0.000_65, leaver: 0.001_5, year: 1_150 };
/** By the same: requests to DynamoDB. */
const REQUESTS_BEFORE: Readonly<Record<string, number>> = {
  [`joiner, ${FEW_APPLICATIONS} applications`]: 58,
  [`leaver, ${FEW_APPLICATIONS} applications`]: 109,
};
const GOALS: Readonly<Record<string, number>> = { joiner: 0.000_4, leaver: 0.000_8, year: 300 };

export async function measureCosts(): Promise<Costs> {
  const few = Object.entries(await ofOnePerson(FEW_APPLICATIONS))
    .filter(([name]) => PEOPLE.has(name))
    .map(([name, usage]) => [`${name}, ${FEW_APPLICATIONS} applications`, usage] as const);
  return { ...(await ofOnePerson(APPLICATIONS)), ...Object.fromEntries(few), ...(await ofReconciling()) };
}

export function committedCosts(): Costs {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Costs;
}

/** Somebody joins, moves and leaves, alone on an idle system. */
async function ofOnePerson(applications: number): Promise<Costs> {
  const meter = new CostMeter(modelOf(applications));
  try {
    const told = { subject: 'E1001' };
    const mover = { subject: 'E1001', id: 'wd-2' };
    const leaver = { subject: 'E1001', id: 'wd-3' };
    const sales = { department: 'Sales' };
    // One before, so that nothing is counted that only happens once.
    await meter.usageOf(
      () => meter.post(joinerEvent({ ...sales, email: 'first@acme.example' }, { subject: 'E1', id: 'wd-0' })),
      HOUR_MS,
    );
    await meter.usageOf(() => meter.world.walk(), HOUR_MS);
    const usage = {
      joiner: await meter.usageOf(() => meter.post(joinerEvent(sales, told)), HOUR_MS),
      mover: await meter.usageOf(() => meter.post(moverEvent({ department: 'Support' }, mover)), HOUR_MS),
      leaver: await meter.usageOf(() => leaveAndSweep(meter, leaver), 2 * HOUR_MS),
      'sweep, nobody due': await meter.usageOf(() => meter.world.sweep(), 30 * SECOND_MS),
      'walk, model unchanged': await meter.usageOf(() => meter.world.walk(), 30 * SECOND_MS),
    };
    const record = await meter.ask(() => meter.world.stores.directory.load('E1001'));
    if (record?.header.removal?.provenMs === undefined) throw new Error('the removal was not proven');
    return usage;
  } finally {
    meter.end();
  }
}

/** What the sweep still does about somebody who left belongs to what leaving costs; what it costs itself does not. */
async function leaveAndSweep(meter: CostMeter, envelope: { readonly subject: string; readonly id: string }) {
  await meter.post(leaverEvent({}, envelope));
  setTimeout(() => meter.world.isAnythingDue() && meter.world.sweep(), HOUR_MS);
}

/** Of what a run costs, the part that each page of accounts, and of identities, adds. */
async function ofReconciling(): Promise<Costs> {
  const meter = new CostMeter(modelOf(1));
  const runAfter = async (first: number): Promise<Usage> => {
    for (let index = first; index < first + PER_PAGE; index += 1) {
      const envelope = { subject: `E${index}`, id: `wd-${index}` };
      void meter.post(joinerEvent({ email: `e${index}@acme.example`, department: 'Sales' }, envelope));
      await meter.wait(SECOND_MS);
    }
    await meter.wait(HOUR_MS);
    return await meter.usageOf(() => meter.reconcile('system-0'), HOUR_MS);
  };
  try {
    const [one, two] = [await runAfter(0), await runAfter(PER_PAGE)];
    return { 'reconciliation, one page': one, 'reconciliation, each further page': minus(two, one) };
  } finally {
    meter.end();
  }
}

/** Of the company above: the events, daily reconciliation, and what runs by the clock. */
export function yearOf(costs: Costs): number {
  const price = (name: string) => priceOf(costs[name] as Usage);
  const pages = EMPLOYEES / PER_PAGE;
  const run = price('reconciliation, one page') + (pages - 1) * price('reconciliation, each further page');
  const events = YEAR.joiners * price('joiner') + YEAR.movers * price('mover') + YEAR.leavers * price('leaver');
  const clocks = YEAR.minutes * (price('sweep, nobody due') + price('walk, model unchanged'));
  return events + YEAR.days * RECONCILED * run + clocks;
}

export async function printCosts(write: boolean): Promise<void> {
  const costs = await measureCosts();
  if (write) writeFileSync(FILE, `${JSON.stringify(costs, undefined, 2)}\n`);
  const line = (name: string, cells: readonly string[]) =>
    console.log(`  ${name.padEnd(36)}${cells.map((cell) => cell.padStart(12)).join('')}`);
  console.log('\nWhat is billed, and what it comes to in dollars?');
  line('', [
    'transitions',
    'Express',
    'reads',
    'writes',
    'invocations',
    'GB-s',
    'log bytes',
    'requests',
    'before',
    'dollars',
    'before',
    'goal',
  ]);
  const dollars = (value: number | undefined) => (value === undefined ? '' : value.toPrecision(3));
  for (const [name, usage] of Object.entries(costs)) {
    const { transition, expressRequest, readUnit, writeUnit, invocation, gigabyteSecond, logByte } = usage;
    const counts = [
      ...[transition, expressRequest, readUnit, writeUnit, invocation, gigabyteSecond, logByte],
      usage.databaseRequest,
    ].map((count) => String(Math.round(count * 100) / 100));
    const requestsBefore = REQUESTS_BEFORE[name];
    line(name, [
      ...counts,
      String(requestsBefore ?? ''),
      dollars(priceOf(usage)),
      dollars(BEFORE[name]),
      dollars(GOALS[name]),
    ]);
  }
  const year = [
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
    dollars(yearOf(costs)),
    dollars(BEFORE['year']),
    dollars(GOALS['year']),
  ];
  line(`a year, ${EMPLOYEES} employees`, year);
}

function minus(usage: Usage, other: Usage): Usage {
  return Object.fromEntries(
    COUNTED.map((name) => [name, Math.round((usage[name] - other[name]) * 10_000) / 10_000]),
  ) as Usage;
}

function modelOf(count: number): AccessModel {
  const ids = Array.from({ length: count }, (_, index) => `system-${index}`);
  const grants = ['users', 'sales', 'support'];
  return {
    hash: 'bench',
    applications: ids.map((id) => ({
      id,
      name: id,
      connector: 'suspending',
      owner: 'E0',
      settings: {},
      entitlements: grants.map((grant) => ({ id: grant, name: grant, grant, privileged: false })),
    })),
    profiles: [
      profile('all', { kind: [{ exists: true }] }, ids, 'users'),
      profile('sales', { department: ['Sales'] }, ids, 'sales'),
      profile('support', { department: ['Support'] }, ids, 'support'),
    ],
  };
}

function profile(id: string, when: AccessModel['profiles'][number]['when'], ids: readonly string[], grant: string) {
  return { id, name: id, when, entitlements: ids.map((each) => `${each}:${grant}`) };
}
