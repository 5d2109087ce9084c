// npm run bench -- cost: what each of the things that happen in a company costs, and a year of a large one. The figures are
// counts, the same on every machine; costs.json holds them, costs.test.ts compares, and `-- cost --write` writes them anew.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { RequestRule } from '../../lambdas/core/access-model/request-rules.ts';
import { noticeSettingsSchema } from '../../lambdas/core/requests/notice-settings.ts';
import { decideByLink } from '../../lambdas/handlers/requests/decide-by-link.ts';
import { showDecision } from '../../lambdas/handlers/requests/show-decision.ts';
import { submitRequest } from '../../lambdas/handlers/requests/submit-request.ts';
import { tellOfRequests } from '../../lambdas/handlers/requests/tell-of-requests.ts';
import { chatsOf } from '../../lambdas/stores/chats.ts';
import type { Mailing } from '../../lambdas/stores/mailbox.ts';
import { readSecret } from '../../lambdas/stores/secrets.ts';
import { answer, request, requestAs } from '../support/api-requests.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../support/hr-events.ts';
import { COUNTED, CostMeter, priceOf, type Usage } from './cost-meter.ts';

const FILE = join(import.meta.dirname, 'costs.json');
const APPLICATIONS = 8;
/** As many as the requests to DynamoDB are counted for. */
const FEW_APPLICATIONS = 4;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
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
  return {
    ...(await ofOnePerson(APPLICATIONS)),
    ...Object.fromEntries(few),
    ...(await ofReconciling()),
    ...(await ofRequesting()),
  };
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

/**
 * Somebody asks for access for three days, two decide on it by the links in their mails, and it ends: with all that is looked
 * at, mailed, granted and revoked meanwhile.
 */
async function ofRequesting(): Promise<Costs> {
  const rule: RequestRule = {
    id: 'both',
    entitlements: ['system-0:support'],
    by: ['self'],
    expiresDays: 7,
    stages: [{ anyOf: ['manager', 'application-owner'], quorum: 2, fallback: [] }],
  };
  const meter = new CostMeter({ ...modelOf(1), requests: [rule] });
  const mails: Mailing[] = [];
  const tell = () =>
    meter.run((dependencies) =>
      tellOfRequests({
        ...dependencies,
        notices: meter.notices,
        settings: noticeSettingsSchema.parse({ sender: 'tenure@acme.example' }),
        decisionsUrl: 'https://tenure.example',
        chats: chatsOf(noticeSettingsSchema.parse({}), readSecret),
        sendMail: async (mail) => {
          mails.push(mail);
          return 'sent';
        },
        newSecret: () => randomBytes(32).toString('base64url'),
      })(),
    );
  const decideAll = async () => {
    for (const { text } of [...mails]) {
      const [, token] = /\/decisions\/(\S+)/.exec(text) ?? [];
      const sent = request({ pathParameters: { token }, body: Buffer.from('decision=approve') });
      await meter.call((dependencies) => showDecision({ ...dependencies, notices: meter.notices })(sent));
      await meter.call((dependencies) => decideByLink({ ...dependencies, notices: meter.notices })(sent));
    }
  };
  try {
    const people = [
      ['E0', null],
      ['E7', null],
      ['E1001', 'E7'],
    ] as const;
    for (const [subject, manager] of people) {
      const attributes = { manager, email: `${subject}@acme.example`, department: 'Sales' };
      await meter.usageOf(() => meter.post(joinerEvent(attributes, { subject, id: `wd-${subject}` })), HOUR_MS);
    }
    const idle = await meter.usageOf(tell, 30 * SECOND_MS);
    const usage = await meter.usageOf(async () => {
      await meter.call(async (dependencies) => {
        const endsAt = new Date(dependencies.clock() + 3 * DAY_MS).toISOString();
        const body = { entitlement: 'system-0:support', reason: 'the quarter ends', endsAt };
        const sent = requestAs(['employee'], 'E1001', { body: Buffer.from(JSON.stringify(body)) });
        const { status } = await answer(
          submitRequest({ ...dependencies, activity: { noteEmergency: async () => {} }, alert: async () => {} }),
          sent,
        );
        if (status !== 202) throw new Error(`the request was answered ${status}`);
      });
      for (const [afterMs, next] of [
        [2 * SECOND_MS, tell],
        [DAY_MS, tell],
        [SECOND_MS, decideAll],
        [2 * SECOND_MS, tell],
        [DAY_MS, tell],
      ] as const) {
        await pause(afterMs);
        await next();
      }
    }, 5 * DAY_MS);
    const record = await meter.ask(() => meter.world.stores.directory.load('E1001'));
    const given = record?.facts.filter(({ type }) => type === 'access-granted').length;
    const grants = record?.accounts.flatMap(({ account }) => account?.grants ?? []);
    if (given !== 1 || grants?.includes('support')) throw new Error('the access was not given, or did not end');
    if (mails.length < 3) throw new Error(`${mails.length} mails went out`);
    return { 'request, two approvers': usage, 'requests, nobody to tell': idle };
  } finally {
    meter.end();
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
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
  const clocks = ['sweep, nobody due', 'walk, model unchanged', 'requests, nobody to tell'].map(price);
  const minutes = YEAR.minutes * clocks.reduce((sum, one) => sum + one, 0);
  return events + YEAR.days * RECONCILED * run + minutes;
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
  console.log(
    '  Not in the year: the sealing of the log (npm run bench -- sealing), activity (-- activity), requests and reviews, and each' +
      ' other clock\n  that looks once a minute whether there is anything to do, which costs what "requests, nobody to tell" does.',
  );
}

function minus(usage: Usage, other: Usage): Usage {
  return Object.fromEntries(
    COUNTED.map((name) => [name, Math.round((usage[name] - other[name]) * 10_000) / 10_000]),
  ) as Usage;
}

export function modelOf(count: number): AccessModel {
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
