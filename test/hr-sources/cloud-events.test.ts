// What a body is taken for: one event or a batch, all of it or nothing, and no word of it in an error.
import { expect, it } from 'vitest';
import { InvalidInputError } from '../../lambdas/core/errors.ts';
import { BATCH_MEDIA_TYPE, translateCloudEvents } from '../../lambdas/hr-sources/cloud-events.ts';
import { TooManyItemsError } from '../../lambdas/hr-sources/hr-source.ts';
import { joinerEvent } from '../support/hr-events.ts';

const RECEIVED_MS = Date.parse('2026-11-23T12:00:00Z');
const read = (body: string, mediaType = 'application/json') =>
  translateCloudEvents({ source: 'acme-hr', body: Buffer.from(body), mediaType, receivedMs: RECEIVED_MS });
const errorOf = (...input: Parameters<typeof read>): unknown => {
  try {
    return read(...input);
  } catch (error) {
    return error;
  }
};

it('is told where it is wrong, and nothing of what it says', () => {
  for (const body of ['{"name":"Lovelace"', '["Lovelace"]', '{"type":"Lovelace"}', '"Lovelace"']) {
    const error = errorOf(body);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(JSON.stringify([String(error), (error as InvalidInputError).faults])).not.toContain('Lovelace');
    expect(String((error as InvalidInputError).cause ?? '')).toBe('');
  }
});

it('is a batch only when its media type says so, of 100 events at most', () => {
  const batch = (count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, index) => joinerEvent({}, { id: `event-${index}` })));
  expect(read(batch(100), BATCH_MEDIA_TYPE)).toMatchObject({ batch: true, events: { length: 100 } });
  expect(errorOf(batch(101), BATCH_MEDIA_TYPE)).toBeInstanceOf(TooManyItemsError);
  expect(errorOf(batch(1))).toBeInstanceOf(InvalidInputError);
  expect(errorOf(JSON.stringify(joinerEvent()), BATCH_MEDIA_TYPE)).toBeInstanceOf(InvalidInputError);
});

it('is taken whole or not at all, each fault with the place of its event', () => {
  const events = [joinerEvent(), { ...joinerEvent(), subject: 7 }, joinerEvent(), { ...joinerEvent(), id: '' }];
  const { faults } = errorOf(JSON.stringify(events), BATCH_MEDIA_TYPE) as InvalidInputError;
  expect(faults.map(({ pointer }) => pointer)).toEqual(['/1/subject', '/3/id']);
});
