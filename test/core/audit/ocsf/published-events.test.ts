import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeLogEntry } from '../../../../lambdas/core/audit/log-entry.ts';
import {
  MAXIMUM_REQUEST_BYTES,
  MAXIMUM_REQUEST_EVENTS,
  type PublishedEvent,
  publishedEvents,
  requestsOf,
  UNREADABLE,
} from '../../../../lambdas/core/audit/ocsf/published-events.ts';
import { EVENTS, logEntry } from '../../../support/log-entries.ts';

const LOG = 'tenure.tenure/123456789012/eu-west-1';
const event = (bytes: number): PublishedEvent => ({ detailType: 'x', detail: '{}', bytes });

describe('what leaves for a SIEM', () => {
  it('names the class, the place in the log and the hash of the leaf, which anybody can work out again', () => {
    const leaf = encodeLogEntry(logEntry({ event: EVENTS['access-changed'] }));
    const [published, ...others] = publishedEvents(41, [Buffer.from('{}'), leaf].slice(1), LOG);
    expect(others).toEqual([]);
    expect(published?.detailType).toBe('User Access Management');
    const detail = JSON.parse(published?.detail ?? '');
    expect(detail).toMatchObject({ class_uid: 3005, activity_id: 1, metadata: { version: '1.8.0', log_name: LOG } });
    const hash = createHash('sha256').update(Buffer.of(0)).update(leaf).digest('base64');
    expect(detail.unmapped).toMatchObject({ log_index: 41, leaf_hash: hash });
  });

  it('counts on from the first position, in the order of the log', () => {
    const leaves = Object.values(EVENTS).map((each) => encodeLogEntry(logEntry({ event: each })));
    const indexes = publishedEvents(100, leaves, LOG).map(({ detail }) => JSON.parse(detail).unmapped.log_index);
    expect([...new Set(indexes)]).toEqual(leaves.map((_leaf, offset) => 100 + offset));
  });

  it('tells the place alone of a leaf that cannot be read, and all of the others', () => {
    const events = publishedEvents(5, [Buffer.from('{}'), encodeLogEntry(logEntry({ event: EVENTS.converged }))], LOG);
    expect(events.map(({ detailType }) => detailType)).toEqual([UNREADABLE, 'Entity Management']);
    const hash = createHash('sha256').update('\0{}').digest('base64');
    const [unreadable] = events;
    expect(JSON.parse(unreadable?.detail ?? '')).toEqual({
      metadata: { log_name: LOG },
      unmapped: { log_index: 5, leaf_hash: hash },
    });
  });
});

describe('the requests to the bus', () => {
  it('hold as many events as it takes, and not one more', () => {
    const requests = requestsOf(Array.from({ length: MAXIMUM_REQUEST_EVENTS * 2 + 1 }, () => event(1)));
    expect(requests.map(({ length }) => length)).toEqual([MAXIMUM_REQUEST_EVENTS, MAXIMUM_REQUEST_EVENTS, 1]);
  });

  it('hold as many bytes as it takes, and not one more', () => {
    const half = MAXIMUM_REQUEST_BYTES / 2;
    expect(requestsOf([event(half), event(half)])).toHaveLength(1);
    expect(requestsOf([event(half), event(half + 1)])).toHaveLength(2);
    expect(requestsOf([event(half), event(half + 1), event(half - 1)])).toHaveLength(2);
  });

  it('are none for nothing', () => {
    expect(requestsOf([])).toEqual([]);
  });
});
