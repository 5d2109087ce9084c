// npm run bench -- activity-cost: what a million records of activity cost, and how many a second one function judges. The real
// functions take, queue and judge them, over tables that count what DynamoDB bills; what they compute is measured in seconds of
// the processor, which hardly depend on what else the machine does. How long they wait for tables is an estimate.

import { detectionSettingsSchema } from '../../lambdas/core/detection/detection-settings.ts';
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';
import { clueKey, cluesOfAccount } from '../../lambdas/core/detection/join.ts';
import { judgeRecord } from '../../lambdas/core/detection/judge.ts';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { judgeActivity } from '../../lambdas/handlers/detection/judge-activity.ts';
import { receiveActivity } from '../../lambdas/handlers/detection/receive-activity.ts';
import { writeActivityLake } from '../../lambdas/handlers/detection/write-activity-lake.ts';
import { receiveHrEvent } from '../../lambdas/handlers/hr/receive-hr-event.ts';
import { packActivity } from '../../lambdas/stores/activity/activity-queue.ts';
import { dynamoActivityStore } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoHoldStore } from '../../lambdas/stores/holds/dynamo-hold-store.ts';
import { answer, MODEL, SECRET, signedRequest } from '../support/api-requests.ts';
import { dynamoStores } from '../support/dynamo-stores.ts';
import { joinerEvent } from '../support/hr-events.ts';
import { MeteredTables, TABLE_NAMES } from '../support/metered-tables.ts';
import { PRICES } from './prices.ts';

const PEOPLE = 2_000;
const RECORDS = 40_000;
/** SQS: $0.40 per million requests, each of up to 64 KB. */
const QUEUE_REQUEST = 0.000_000_4;
const QUEUE_BYTES = 65_536;
/** API Gateway counts every 512 KB. */
const API_BYTES = 524_288;
/** What Lambda gives of a processor: one vCPU for every 1,769 MB. */
const MB_OF_A_PROCESSOR = 1_769;
const MEMORY_MB = { receiving: 512, judging: 1_024, writing: 1_769 };
/** Messages that a call puts into the lake, in a company of some ten records a second: what comes within five minutes, or 200. */
const MESSAGES_OF_A_WRITE = 40;
/** S3: $5 per million PUTs, $0.023 per GB and month, for the days that activity is kept. */
const PUT = 0.000_005;
const KEPT_BYTE = ((0.023 / 1_000_000_000) * 90) / 30;
/** Waited for one request of the tables, of which so many are on their way at a time. */
const TABLE_MS = 5;
const TABLES_AT_ONCE = 10;
const LOG_BYTES = 900;
/** Of one call: waking up, and passing on. */
const OWN_MS = 5;

interface Shape {
  readonly name: string;
  /** Records of one post, which becomes a message or a few. */
  readonly ofPost: number;
  /** Records that one call judges: what comes within five seconds, or 6 MB. */
  readonly ofCall: number;
}

const SHAPES: readonly Shape[] = [
  { name: 'posts of 250, 5,000 in a call', ofPost: 250, ofCall: 5_000 },
  { name: 'posts of 100, 1,000 in a call', ofPost: 100, ofCall: 1_000 },
  { name: 'posts of 10, 1,000 in a call', ofPost: 10, ofCall: 1_000 },
  { name: 'one by one, 1,000 in a call', ofPost: 1, ofCall: 1_000 },
];

const PARTS = ['API', 'calls', 'logs', 'compute', 'queue', 'tables', 'lake'] as const;

export interface ActivityFigures {
  readonly perMillion: number;
  /** Of that, by what it is paid for. */
  readonly parts: Readonly<Record<(typeof PARTS)[number], number>>;
  /** What one function at a time judges, by what it computes and waits for. */
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly reads: number;
  readonly writes: number;
  readonly alerts: number;
}

export async function printActivityCosts(): Promise<void> {
  console.log('\nWhat do a million records of activity cost, and how many a second does one function judge?');
  const head = ['$ a million', 'a second', 'CPU, µs', 'read units', 'write units', 'alerts'];
  console.log(`  ${''.padEnd(34)}${head.map((one) => one.padStart(13)).join('')}`);
  for (const shape of SHAPES) {
    const figures = await measureActivity(shape, RECORDS);
    const { perMillion, parts, perSecond, cpuMicroseconds, reads, writes, alerts } = figures;
    const cells = [
      perMillion.toFixed(2),
      Math.round(perSecond),
      Math.round(cpuMicroseconds),
      reads.toFixed(2),
      writes.toFixed(2),
      alerts,
    ];
    console.log(`  ${shape.name.padEnd(34)}${cells.map((one) => String(one).padStart(13)).join('')}`);
    console.log(`    of which $ ${PARTS.map((part) => `${part} ${parts[part].toFixed(3)}`).join(', ')}`);
  }
  console.log(
    '  From a record to its alert: at most 5 s in the queue, the call that judges it, and 1 s of the stream.',
  );
}

/** Of each record, but for the price. */
export async function measureActivity({ ofPost, ofCall }: Shape, count: number): Promise<ActivityFigures> {
  const tables = new MeteredTables();
  for (const [name, table] of [
    [ENVIRONMENT.identitiesTable, TABLE_NAMES.identities],
    [ENVIRONMENT.auditTable, TABLE_NAMES.audit],
    [ENVIRONMENT.activityTable, TABLE_NAMES.activity],
    ['AWS_REGION', 'us-east-1'],
  ] as const) {
    process.env[name] = table;
  }
  tables.install();
  try {
    const world = worldOf();
    await settle(world);
    const messages: string[] = [];
    const kept: string[] = [];
    const judgingWorld = {
      ...world,
      kept: {
        send: async (records: Parameters<typeof packActivity>[0]) => void kept.push(...packActivity(records)),
      },
    };
    const queue = {
      send: async (records: Parameters<typeof packActivity>[0]) => void messages.push(...packActivity(records)),
    };
    let apiRequests = 0;
    const receiving = await measured(tables, async () => {
      for (let start = 0; start < count; start += ofPost) {
        const records = Array.from({ length: Math.min(ofPost, count - start) }, (_, at) => recordOf(start + at));
        const body = JSON.stringify(records);
        apiRequests += Math.ceil(body.length / API_BYTES);
        const sent = signedRequest(body, { source: 'crm-log', atMs: world.clock(), contentType: 'application/json' });
        const { status } = await answer(receiveActivity({ ...world, queue }), sent);
        if (status !== 202) throw new Error(`the records were answered ${status}`);
      }
    });
    const posts = Math.ceil(count / ofPost);
    const queueRequests = messages.reduce((sum, message) => sum + Math.ceil(message.length / QUEUE_BYTES), 0);
    const messagesOfCall = Math.max(1, Math.floor((ofCall * messages.length) / count));
    const judging = await measured(tables, async () => {
      for (let start = 0; start < messages.length; start += messagesOfCall) {
        const Records = messages
          .slice(start, start + messagesOfCall)
          .map((body, at) => ({ messageId: String(at), body }));
        const { batchItemFailures } = await judgeActivity(judgingWorld)({ Records });
        if (batchItemFailures.length > 0) throw new Error('some could not be judged');
      }
    });
    const calls = Math.ceil(messages.length / messagesOfCall);
    const keeping = await measureKeeping(tables, kept);
    const receivingMs = durationOf(receiving, MEMORY_MB.receiving, posts);
    const judgingMs = durationOf(judging, MEMORY_MB.judging, calls);
    const ofMillion = (dollars: number) => (dollars / count) * 1_000_000;
    const gigabyteSeconds = (receivingMs * MEMORY_MB.receiving + judgingMs * MEMORY_MB.judging) / 1_024 / 1_000;
    const parts = {
      API: ofMillion(apiRequests * PRICES.apiRequest),
      calls: ofMillion((posts + calls) * PRICES.invocation),
      logs: ofMillion((posts + calls) * LOG_BYTES * PRICES.logByte),
      compute: ofMillion(gigabyteSeconds * PRICES.gigabyteSecond),
      // Sent and received by their size; ten are received and deleted together.
      queue: ofMillion((queueRequests + queueRequests / 10 + messages.length / 10) * QUEUE_REQUEST),
      tables: ofMillion(
        (receiving.reads + judging.reads) * PRICES.readUnit + (receiving.writes + judging.writes) * PRICES.writeUnit,
      ),
      lake: ofMillion(keeping.dollars),
    };
    return {
      perMillion: PARTS.reduce((sum, part) => sum + parts[part], 0),
      parts,
      perSecond: count / (judgingMs / 1_000),
      cpuMicroseconds: ((receiving.cpuMs + judging.cpuMs + keeping.cpuMs) * 1_000) / count,
      reads: (receiving.reads + judging.reads) / count,
      writes: (receiving.writes + judging.writes) / count,
      alerts: tables.everything().filter(([, { sk }]) => String(sk).startsWith('ALERT#')).length,
    };
  } finally {
    tables.uninstall();
  }
}

/** To be put into the lake, and to lie there until it is over. */
async function measureKeeping(
  tables: MeteredTables,
  kept: readonly string[],
): Promise<{ readonly dollars: number; readonly cpuMs: number }> {
  let puts = 0;
  let bytes = 0;
  const lake = {
    replace: async (_path: string, content: Uint8Array) => {
      puts += 1;
      bytes += content.length;
      return true;
    },
  };
  const write = writeActivityLake({ lake, clock: Date.now, log: () => {} });
  const writing = await measured(tables, async () => {
    for (let start = 0; start < kept.length; start += MESSAGES_OF_A_WRITE) {
      const some = kept.slice(start, start + MESSAGES_OF_A_WRITE);
      const { batchItemFailures } = await write({
        Records: some.map((body, at) => ({ messageId: `${start + at}`, body })),
      });
      if (batchItemFailures.length > 0) throw new Error('some could not be kept');
    }
  });
  const calls = Math.ceil(kept.length / MESSAGES_OF_A_WRITE);
  const requests = kept.reduce((sum, message) => sum + Math.ceil(message.length / QUEUE_BYTES), 0);
  const dollars =
    calls * (PRICES.invocation + LOG_BYTES * PRICES.logByte) +
    ((durationOf(writing, MEMORY_MB.writing, calls) * MEMORY_MB.writing) / 1_024 / 1_000) * PRICES.gigabyteSecond +
    (requests + requests / 10 + kept.length / 10) * QUEUE_REQUEST +
    puts * PUT +
    bytes * KEPT_BYTE;
  return { dollars, cpuMs: writing.cpuMs };
}

function worldOf() {
  const nowMs = Date.parse('2026-11-23T12:00:00Z');
  return {
    ...dynamoStores(),
    activity: dynamoActivityStore(),
    clock: () => nowMs,
    model: () => MODEL,
    policy: detectionSettingsSchema.parse({}),
    judge: (...[record, context]: Parameters<Parameters<typeof judgeActivity>[0]['judge']>) =>
      judgeRecord(record, context, DETECTIONS),
    sourceOf: () => ({ id: 'crm-log', type: 'ocsf', settings: { application: 'crm' } }),
    secretsOf: async () => [SECRET],
    log: () => {},
    pause: async () => {},
  };
}

/** Everybody has joined, and has an account that is known. */
async function settle(world: ReturnType<typeof worldOf>): Promise<void> {
  const guard = { settings: massErrorGuardSchema.parse({}), holds: dynamoHoldStore(), alert: async () => {} };
  const receive = receiveHrEvent({ ...world, sourceOf: undefined, guard });
  for (let start = 0; start < PEOPLE; start += 100) {
    const events = Array.from({ length: 100 }, (_, at) => {
      const subject = idOf(start + at);
      const email = `${subject.toLowerCase()}@example.com`;
      const department = `Sales ${(start + at) % 40}`;
      return joinerEvent({ manager: null, department, email }, { id: `joins-${subject}`, subject });
    });
    const { status } = await answer(receive, signedRequest(events, { atMs: world.clock() }));
    if (status !== 202) throw new Error(`the joiners were answered ${status}`);
  }
  for (let index = 0; index < PEOPLE; index += 1) {
    const account = { accountId: `crm-${index}`, userName: `user-${index}`, enabled: true, grants: ['crm-users'] };
    const record = { applicationId: 'crm', account, readMs: world.clock(), revision: 1 };
    await world.accounts.saveAccount({ identityId: idOf(index), account: record, audit: [] });
    await world.activity.saveClues(idOf(index), 'crm', cluesOfAccount(record).map(clueKey));
  }
}

function idOf(index: number): string {
  return `E${10_000 + index}`;
}

/** Some use much of what there is, and most a little. The same on every machine. */
function recordOf(index: number) {
  const spread = ((index * 2_654_435_761) % 4_294_967_296) / 4_294_967_296;
  const person = Math.floor(spread ** 2 * PEOPLE);
  const isSignIn = index % 5 === 0;
  return {
    class_uid: isSignIn ? 3002 : 6003,
    activity_id: isSignIn ? 1 : 2,
    time: Date.parse('2026-11-23T11:00:00Z') + index * 50,
    status_id: 1,
    metadata: { version: '1.8.0', uid: `r-${index}`, product: { name: 'CRM', vendor_name: 'Acme' } },
    ...(isSignIn ? { user: userOf(person) } : { actor: { user: userOf(person) }, api: { operation: 'records.read' } }),
    service: { name: 'crm' },
    src_endpoint: { ip: `203.0.${person % 200}.${index % 250}`, location: { country: 'DE' } },
    http_request: { user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36' },
  };
}

function userOf(person: number) {
  return { uid: `crm-${person}`, name: `user-${person}`, type_id: 1 };
}

interface Measured {
  readonly cpuMs: number;
  readonly reads: number;
  readonly writes: number;
  readonly requests: number;
}

async function measured(tables: MeteredTables, run: () => Promise<void>): Promise<Measured> {
  const before = { ...tables.units };
  const started = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(started);
  const { reads, writes, requests } = tables.units;
  return {
    cpuMs: (user + system) / 1_000,
    reads: reads - before.reads,
    writes: writes - before.writes,
    requests: requests - before.requests,
  };
}

/** Billed: what is computed on the part of a processor that the memory brings, and what is waited for. */
function durationOf({ cpuMs, requests }: Measured, memoryMb: number, calls: number): number {
  return cpuMs * (MB_OF_A_PROCESSOR / memoryMb) + (requests * TABLE_MS) / TABLES_AT_ONCE + calls * OWN_MS;
}
