// From the log's table to the bus of the SIEM: the stream brings what was committed together, and brings it again when
// anything of it was refused. Whoever listens knows what came twice by its `metadata.uid`.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { type PublishedEvent, publishedEvents, requestsOf } from '../../core/audit/ocsf/published-events.ts';
import { RetryableError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type AuditBus, eventBridgeAuditBus } from '../../stores/audit/audit-bus.ts';
import { fromEnvironment } from '../../stores/environment.ts';

export interface PublishDependencies {
  readonly bus: AuditBus;
  readonly logName: string;
  readonly wait: (ms: number) => Promise<void>;
}

/** Of the table's keys: `BATCH#` and the position of the first entry. */
const BATCH_KEY = /^BATCH#(\d{1,20})$/;
/** The waits between them come to 1.4 s; after that the stream brings the batch again. */
const TRIES = 4;
const FIRST_WAIT_MS = 200;

const eventSchema = z.looseObject({ Records: z.array(z.custom<DynamoDBRecord>()).max(10_000) });

interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What came before a record that failed is not brought again. */
export const publishEntries =
  (dependencies: PublishDependencies) =>
  async ({ Records }: { readonly Records: readonly DynamoDBRecord[] }): Promise<BatchResponse> => {
    for (const record of Records) {
      try {
        await publishBatch(dependencies, record);
      } catch (error) {
        const itemIdentifier = record.dynamodb?.SequenceNumber;
        if (itemIdentifier === undefined) throw error;
        return { batchItemFailures: [{ itemIdentifier }] };
      }
    }
    return { batchItemFailures: [] };
  };

async function publishBatch({ bus, logName, wait }: PublishDependencies, { eventName, dynamodb }: DynamoDBRecord) {
  const [, from] = BATCH_KEY.exec(dynamodb?.Keys?.['pk']?.S ?? '') ?? [];
  if (eventName !== 'INSERT' || from === undefined) return;
  const leaves = (dynamodb?.NewImage?.['leaves']?.L ?? []).map(({ B = '' }) => Buffer.from(B, 'base64'));
  for (const request of requestsOf(publishedEvents(Number(from), leaves, logName))) {
    await sendAll(bus, request, wait);
  }
}

async function sendAll(bus: AuditBus, events: readonly PublishedEvent[], wait: PublishDependencies['wait']) {
  let left = events;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    if (attempt > TRIES) throw new RetryableError(`the audit bus refused ${left.length} of ${events.length} events`);
    if (attempt > 1) await wait(FIRST_WAIT_MS * 2 ** (attempt - 2));
    left = await bus.send(left);
  }
}

let live: ReturnType<typeof publishEntries> | undefined;

export const handler = serveTask('publish-entries', eventSchema, (input) => {
  live ??= publishEntries({
    bus: eventBridgeAuditBus(),
    logName: fromEnvironment('logOrigin'),
    wait: async (ms) => void (await sleep(ms)),
  });
  return live(input);
});
