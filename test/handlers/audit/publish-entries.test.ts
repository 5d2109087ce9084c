import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { encodeLogEntry } from '../../../lambdas/core/audit/log-entry.ts';
import type { PublishedEvent } from '../../../lambdas/core/audit/ocsf/published-events.ts';
import { publishEntries } from '../../../lambdas/handlers/audit/publish-entries.ts';
import { EVENTS, logEntry } from '../../support/log-entries.ts';

function batch(from: number, leaves: readonly Uint8Array[], eventName: 'INSERT' | 'MODIFY' = 'INSERT'): DynamoDBRecord {
  return {
    eventName,
    dynamodb: {
      SequenceNumber: `sequence-${from}`,
      Keys: { pk: { S: `BATCH#${String(from).padStart(20, '0')}` } },
      // As Lambda is given binary values.
      NewImage: { leaves: { L: leaves.map((leaf) => ({ B: Buffer.from(leaf).toString('base64') })) } },
    },
  } as DynamoDBRecord;
}

const leafOf = (type: keyof typeof EVENTS) => encodeLogEntry(logEntry({ event: EVENTS[type] }));

/** Refuses as many of its first calls as it is told to, each but for the first event. */
function busThatRefuses(calls: number) {
  const sent: PublishedEvent[] = [];
  const waits: number[] = [];
  let left = calls;
  const run = publishEntries({
    logName: 'tenure.tenure/1/eu-west-1',
    wait: async (ms) => void waits.push(ms),
    bus: {
      async send(events) {
        const refused = left > 0 ? events.slice(1) : [];
        left -= 1;
        sent.push(...events.filter((event) => !refused.includes(event)));
        return refused;
      },
    },
  });
  return { run, sent, waits };
}

const indexesIn = (sent: readonly PublishedEvent[]) => sent.map(({ detail }) => JSON.parse(detail).unmapped.log_index);

describe('publish-entries', () => {
  it('sends every entry of a batch, and nothing of the other items of the table', async () => {
    const { run, sent } = busThatRefuses(0);
    const head = { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: 'HEAD' } } } } as DynamoDBRecord;
    const records = [
      head,
      batch(5, [leafOf('converged'), leafOf('took-effect')]),
      batch(9, [leafOf('converged')], 'MODIFY'),
    ];
    expect(await run({ Records: records })).toEqual({ batchItemFailures: [] });
    expect(indexesIn(sent)).toEqual([5, 6]);
  });

  it('sends again what the bus refused, and that alone', async () => {
    const { run, sent, waits } = busThatRefuses(1);
    const leaves = [leafOf('converged'), leafOf('took-effect'), leafOf('work-fenced-off')];
    expect(await run({ Records: [batch(0, leaves)] })).toEqual({ batchItemFailures: [] });
    expect(indexesIn(sent)).toEqual([0, 1, 2]);
    expect(waits).toEqual([200]);
  });

  it('leaves a batch to the stream that is refused again and again, and what comes after it too', async () => {
    const { run, sent, waits } = busThatRefuses(Number.POSITIVE_INFINITY);
    const records = [
      batch(0, [leafOf('converged')]),
      batch(1, [
        leafOf('converged'),
        leafOf('took-effect'),
        leafOf('took-effect'),
        leafOf('took-effect'),
        leafOf('took-effect'),
        leafOf('took-effect'),
      ]),
      batch(7, [leafOf('converged')]),
    ];
    expect(await run({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'sequence-1' }] });
    expect(indexesIn(sent)).toEqual([0, 1, 2, 3, 4]);
    expect(waits).toEqual([200, 400, 800]);
  });
});
