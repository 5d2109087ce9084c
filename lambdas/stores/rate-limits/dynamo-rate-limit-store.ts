// The rate limit of target systems in DynamoDB: one item per application. Its state is replaced only by who has read it;
// turns are given away by counting on, which needs no reading. The table's time to live takes away what nobody has called
// for a day.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { RetryableError } from '../../core/errors.ts';
import { EMPTY_QUEUE, type Lane, type Queue, type Turn } from '../../core/systems/queue.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { KeptRateLimit, RateLimitStore, ReserveTurn } from './rate-limit-store.ts';

/** The attribute that the table's time to live reads, in seconds. */
export const RATE_LIMIT_EXPIRY_ATTRIBUTE = 'expiresSeconds';

const KEPT_SECONDS = 86_400;
/** Whether a queue is there is found out by trying: it changes twice at most while one turn is asked for. */
const MAXIMUM_TRIES = 6;
const NOTHING: KeptRateLimit = { state: undefined, revision: 0, queue: EMPTY_QUEUE };

type Values = Readonly<Record<string, unknown>>;

export function dynamoRateLimitStore(): RateLimitStore {
  return {
    load,

    async save({ applicationId, state, expectedRevision, expectedQueue, nowMs }) {
      const queue = expectedQueue && unchanged(expectedQueue);
      const revision = expectedRevision === 0 ? 'attribute_not_exists(revision)' : 'revision = :expected';
      const saved = await change(applicationId, nowMs, {
        set: '#state = :state, revision = :revision',
        names: { '#state': 'state' },
        values: {
          ':state': state,
          ':revision': expectedRevision + 1,
          ...(expectedRevision > 0 && { ':expected': expectedRevision }),
          ...queue?.values,
        },
        condition: [revision, ...(queue?.conditions ?? [])].join(' AND '),
      });
      if (saved.changed) return undefined;
      // A refusal shows the item as it is; one that shows nothing says no more than that.
      return saved.item === undefined ? ((await load(applicationId)) ?? NOTHING) : toKept(saved.item);
    },

    async reserve(input) {
      const { applicationId, lane, costMs, fromMs, nowMs } = input;
      for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
        // In a rush there is a queue, as a rule: the first try counts on from its end.
        const isBehind = attempt % 2 === 1;
        const until = `${lane}UntilMs`;
        const item = await change(applicationId, nowMs, {
          set: [isBehind ? `${until} = ${until} + :cost` : `${until} = :first`, ...puttingOff(input)].join(', '),
          values: { ':from': fromMs, ...(isBehind ? {} : { ':first': fromMs + costMs }), ...costOf(input, isBehind) },
          condition: isBehind ? `${until} > :from` : `attribute_not_exists(${until}) OR ${until} <= :from`,
        });
        if (item.changed) return toTurn(lane, toQueue(item.item));
      }
      throw new RetryableError(`the queue of ${applicationId} is changing all the time`);
    },

    async delay({ applicationId, byMs, nowMs }) {
      const set = (['leavers', 'others'] as const).flatMap((lane) => puttingOffLane(lane)).join(', ');
      await change(applicationId, nowMs, { set, values: { ':cost': byMs, ':zero': 0 } });
    },
  };
}

function table(): string {
  return fromEnvironment('rateLimitsTable');
}

async function load(applicationId: string): Promise<KeptRateLimit | undefined> {
  const { Item } = await dynamoClient().send(
    new GetCommand({ TableName: table(), Key: { applicationId }, ConsistentRead: true }),
  );
  return Item && toKept(Item);
}

function toKept(item: Values): KeptRateLimit {
  const state = item['state'] as KeptRateLimit['state'];
  return { state, revision: (item['revision'] as number | undefined) ?? 0, queue: toQueue(item) };
}

/** A lane that nobody was ever given a turn in has no attributes. */
function unchanged(queue: Queue): { readonly conditions: readonly string[]; readonly values: Values } {
  const members = (['leavers', 'others'] as const).flatMap((lane) =>
    (['untilMs', 'shiftMs'] as const).map((member) => ({
      name: `${lane}${member === 'untilMs' ? 'UntilMs' : 'ShiftMs'}`,
      value: queue[lane][member],
    })),
  );
  return {
    conditions: members.map(({ name, value }) =>
      value === 0 ? `(attribute_not_exists(${name}) OR ${name} = :${name})` : `${name} = :${name}`,
    ),
    values: Object.fromEntries(members.map(({ name, value }) => [`:${name}`, value])),
  };
}

/** What a leaver takes is pushed in before all others. */
function puttingOff({ lane }: ReserveTurn): readonly string[] {
  return lane === 'leavers' ? puttingOffLane('others') : [];
}

function puttingOffLane(lane: Lane): readonly string[] {
  return [`${lane}UntilMs`, `${lane}ShiftMs`].map((name) => `${name} = if_not_exists(${name}, :zero) + :cost`);
}

function costOf({ lane, costMs }: ReserveTurn, isBehind: boolean): Values {
  if (lane === 'leavers') return { ':cost': costMs, ':zero': 0 };
  return isBehind ? { ':cost': costMs } : {};
}

interface Change {
  readonly set: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values: Values;
  readonly condition?: string;
}

/** `item`: as it is afterwards; where the condition failed, as it is, if that is told. */
type Changed =
  | { readonly changed: true; readonly item: Values }
  | { readonly changed: false; readonly item: Values | undefined };

async function change(
  applicationId: string,
  nowMs: number,
  { set, names, values, condition }: Change,
): Promise<Changed> {
  try {
    const { Attributes = {} } = await dynamoClient().send(
      new UpdateCommand({
        TableName: table(),
        Key: { applicationId },
        UpdateExpression: `SET ${set}, ${RATE_LIMIT_EXPIRY_ATTRIBUTE} = :expires`,
        ...(names && { ExpressionAttributeNames: names }),
        ExpressionAttributeValues: { ...values, ':expires': Math.ceil(nowMs / 1_000) + KEPT_SECONDS },
        ...(condition !== undefined && { ConditionExpression: condition }),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { changed: true, item: Attributes };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The document client leaves what an error shows as it came.
    return { changed: false, item: error.Item && unmarshall(error.Item) };
  }
}

function toQueue(item: Values): Queue {
  const lane = (name: Lane) => ({
    untilMs: (item[`${name}UntilMs`] as number | undefined) ?? 0,
    shiftMs: (item[`${name}ShiftMs`] as number | undefined) ?? 0,
  });
  return { leavers: lane('leavers'), others: lane('others') };
}

function toTurn(lane: Lane, queue: Queue): Turn {
  const { untilMs, shiftMs } = queue[lane];
  return { lane, startsMs: untilMs, shiftMs };
}
