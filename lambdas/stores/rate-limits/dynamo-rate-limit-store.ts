// The rate limit of target systems in DynamoDB: one item per application. Its state is replaced only by who has read it;
// turns are given away by counting on, which needs no reading. The table's time to live takes away what nobody has called
// for a day.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { RetryableError } from '../../core/errors.ts';
import type { Lane, Queue, Turn } from '../../core/systems/queue.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { KeptRateLimit, RateLimitStore, ReserveTurn } from './rate-limit-store.ts';

/** The attribute that the table's time to live reads, in seconds. */
export const RATE_LIMIT_EXPIRY_ATTRIBUTE = 'expiresSeconds';

const KEPT_SECONDS = 86_400;
/** Whether a queue is there is found out by trying: it changes twice at most while one turn is asked for. */
const MAXIMUM_TRIES = 6;

type Values = Readonly<Record<string, unknown>>;

export function dynamoRateLimitStore(): RateLimitStore {
  return {
    async load(applicationId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: { applicationId }, ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      const state = Item['state'] as KeptRateLimit['state'];
      return { state, revision: (Item['revision'] as number | undefined) ?? 0, queue: toQueue(Item) };
    },

    async save({ applicationId, state, expectedRevision, nowMs }) {
      const saved = await change(applicationId, nowMs, {
        set: '#state = :state, revision = :revision',
        names: { '#state': 'state' },
        values: {
          ':state': state,
          ':revision': expectedRevision + 1,
          ...(expectedRevision > 0 && { ':expected': expectedRevision }),
        },
        condition: expectedRevision === 0 ? 'attribute_not_exists(revision)' : 'revision = :expected',
      });
      return saved !== undefined;
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
        if (item !== undefined) return toTurn(lane, toQueue(item));
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

/** The item afterwards; undefined when the condition failed. */
async function change(
  applicationId: string,
  nowMs: number,
  { set, names, values, condition }: Change,
): Promise<Values | undefined> {
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
      }),
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
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
