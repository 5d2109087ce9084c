// The way into the sealed log: the audit table's stream. Every entry that was written there in the transaction of its effect
// gets its place here, once, however often the stream tells of it.
import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { toAuditEntry } from '../../stores/audit/audit-items.ts';
import { type PublishLogMetrics, publishLogMetrics } from '../../stores/log/log-metrics.ts';
import { type SetAside, sqsSetAside } from '../../stores/log/log-queues.ts';
import { unpacked } from '../../stores/packed-items.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import { type CommitDependencies, commitEntries, type Outcome } from './commit-entries.ts';
import { withoutErased } from './erased-entries.ts';
import { liveCommitDependencies } from './live-commit-dependencies.ts';

export interface SequenceDependencies extends CommitDependencies {
  readonly subjects: Pick<SubjectStore, 'findForgotten'>;
  readonly setAside: SetAside;
  readonly publish: PublishLogMetrics;
}

const logger = new Logger({ serviceName: 'tenure' });
/** Lambda's own bound on a batch of a stream. */
const MAXIMUM_RECORDS = 10_000;
/** Of faults that are logged; the metric has the count. */
const MAXIMUM_LOGGED = 20;

const attributes = z.record(
  z.string(),
  z.custom<AttributeValue>((value) => typeof value === 'object'),
);
const recordSchema = z.looseObject({
  eventName: z.string(),
  dynamodb: z.looseObject({ SequenceNumber: z.string().min(1), Keys: attributes, NewImage: attributes.optional() }),
});
const eventSchema = z.looseObject({ Records: z.array(recordSchema).max(MAXIMUM_RECORDS) });
export type StreamRecord = z.infer<typeof recordSchema>;

/** As much of an audit entry as everything here rests on; what else it says, redaction looks at. */
const entrySchema = z.looseObject({
  identityId: z.string().min(1),
  entryId: z.string().min(1),
  at: z.string().min(1),
  actor: z.looseObject({ type: z.string(), id: z.string() }),
  event: z.looseObject({ type: z.string().min(1) }),
});

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

interface Read {
  readonly record: StreamRecord;
  readonly entry?: AuditEntry;
  readonly fault?: string;
}

export const sequenceEntries =
  (dependencies: SequenceDependencies) =>
  async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<Failures> => {
    const altering = await withoutErased(
      dependencies,
      Records.filter(({ eventName }) => eventName !== 'INSERT'),
    );
    const read = Records.filter(({ eventName }) => eventName === 'INSERT').map(readRecord);
    const readable = read.filter(({ entry }) => entry !== undefined);
    const outcome = await commitEntries(
      dependencies,
      readable.flatMap(({ entry }) => entry ?? []),
    );
    const stoppedAt = outcome.stopped && readable[outcome.stopped.at]?.record;
    // Those behind come again, and are set aside then.
    const reached = before(read, stoppedAt);
    const refused = reached.flatMap((one) => {
      const reason = one.fault ?? outcome.refused.get(readable.indexOf(one));
      return reason === undefined ? [] : [{ record: one.record, reason }];
    });
    report(dependencies, { outcome, refused: refused.length, altering });
    for (const { record, reason } of refused) await dependencies.setAside({ ...keyOf(record), reason });
    // Lambda goes on from the first that is named, with all that came after it.
    const itemIdentifier = stoppedAt?.dynamodb.SequenceNumber;
    return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  };

/** All of them when there is no such record. */
function before(read: readonly Read[], stoppedAt: StreamRecord | undefined): readonly Read[] {
  const place = read.findIndex(({ record }) => record === stoppedAt);
  return place === -1 ? read : read.slice(0, place);
}

function readRecord(record: StreamRecord): Read {
  const image = record.dynamodb.NewImage;
  if (image === undefined) return { record, fault: 'the stream does not tell what was written' };
  const parsed = entrySchema.safeParse(written(image));
  if (parsed.success) return { record, entry: toAuditEntry(parsed.data) };
  return { record, fault: `no audit entry: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}` };
}

/** Undefined: it cannot be read. */
function written(image: Parameters<typeof unmarshall>[0]): Record<string, unknown> | undefined {
  try {
    return unpacked(unmarshall(image));
  } catch {
    return undefined;
  }
}

interface Report {
  readonly outcome: Outcome;
  readonly refused: number;
  readonly altering: readonly StreamRecord[];
}

/**
 * The table is only ever added to: whatever changed or left it, other than with somebody who was erased, was altered past
 * its policy. The log has it as it was.
 */
function report({ publish, warn }: SequenceDependencies, { outcome, refused, altering }: Report): void {
  publish({ sequenced: outcome.added, refused, tampered: altering.length });
  if (outcome.stopped !== undefined) warn('entries wait to be sequenced', outcome.stopped.cause);
  for (const record of altering.slice(0, MAXIMUM_LOGGED)) {
    logger.error('an audit entry was altered', { eventName: record.eventName, ...keyOf(record) });
  }
}

function keyOf({ dynamodb: { Keys } }: StreamRecord): { readonly pk: string; readonly sk: string } {
  return { pk: Keys['pk']?.S ?? '', sk: Keys['sk']?.S ?? '' };
}

let live: ReturnType<typeof sequenceEntries> | undefined;

export const handler = serveTask('sequence-entries', eventSchema, (input) => {
  live ??= sequenceEntries({
    ...liveCommitDependencies(),
    subjects: dynamoSubjectStore(),
    setAside: sqsSetAside,
    publish: publishLogMetrics,
  });
  return live(input);
});
