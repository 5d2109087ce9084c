// BambooHR's deliveries: who sent them, and whom they name. What is then asked is in test/handlers/hr/fetch-people.test.ts.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lambdas/core/errors.ts';
import { bambooHr } from '../../lambdas/hr-sources/bamboohr.ts';
import { MAXIMUM_CHANGED, TooManyItemsError } from '../../lambdas/hr-sources/hr-source.ts';
import { employeeEvent, fieldBasedEvent, signedByBambooHr } from '../support/bamboohr-server.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const BODY = JSON.stringify(employeeEvent('updated', '7'));
const secretOf = (...webhookKeys: readonly string[]) => JSON.stringify({ apiKey: 'k', webhookKeys });

function verify({ body = BODY, headers = {}, secrets = [secretOf('key-a')], nowMs = NOW_MS, key = 'key-a' } = {}) {
  const sent = { ...signedByBambooHr(BODY, key, NOW_MS), ...headers };
  return bambooHr.authenticate({ body: Buffer.from(body), headers: sent }, secrets, nowMs);
}

describe('a signature', () => {
  it('is taken by any of the keys that are valid at once, and by no other', () => {
    expect(verify()).toBe(true);
    expect(verify({ secrets: [secretOf('key-b', 'key-a')] })).toBe(true);
    expect(verify({ secrets: [secretOf('key-b'), secretOf('key-a')] })).toBe(true);
    expect(verify({ key: 'another-tenants-key' })).toBe(false);
    expect(verify({ secrets: [] })).toBe(false);
  });

  it('is hex of HMAC-SHA256 over the body and then the timestamp', () => {
    const timestamp = String(NOW_MS / 1_000);
    const signature = createHmac('sha256', 'key-a')
      .update(Buffer.from(BODY + timestamp))
      .digest('hex');
    expect(verify({ headers: { 'x-bamboohr-signature': signature } })).toBe(true);
    const other = createHmac('sha256', 'key-a')
      .update(Buffer.from(timestamp + BODY))
      .digest('hex');
    expect(verify({ headers: { 'x-bamboohr-signature': other } })).toBe(false);
  });

  it('is too old, or too new, past five minutes', () => {
    for (const way of [-1, 1]) {
      expect(verify({ nowMs: NOW_MS + way * 5 * MINUTE_MS })).toBe(true);
      expect(verify({ nowMs: NOW_MS + way * (5 * MINUTE_MS + 1) })).toBe(false);
    }
  });

  it.each([
    ['no signature', { 'x-bamboohr-signature': undefined }],
    ['no timestamp', { 'x-bamboohr-timestamp': undefined }],
    ['another timestamp, as of a replay', { 'x-bamboohr-timestamp': String(NOW_MS / 1_000 + 1) }],
    ['a timestamp that is none', { 'x-bamboohr-timestamp': '2026-11-23T09:00:00Z' }],
    ['an empty signature', { 'x-bamboohr-signature': '' }],
    ['a signature in capitals', { 'x-bamboohr-signature': 'A'.repeat(64) }],
  ])('is refused with %s', (_what, headers) => {
    expect(verify({ headers: headers as unknown as Record<string, string> })).toBe(false);
  });

  it('is over the bytes as they came', () => {
    expect(verify({ body: ` ${BODY}` })).toBe(false);
  });

  it('is refused while nobody has put in what BambooHR issued', () => {
    for (const secret of ['{"notYetSet":"x"}', 'x', '', secretOf(), secretOf(...Array(11).fill('key-a'))]) {
      expect(verify({ secrets: [secret] })).toBe(false);
    }
    expect(verify({ secrets: [secretOf(...Array(10).fill('key-a'))] })).toBe(true);
  });
});

describe('a delivery', () => {
  const settings = bambooHr.settings.parse({ companyDomain: 'acme' });
  const read = (value: unknown) => {
    const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    return bambooHr.read({ source: 'bamboo', body, mediaType: 'application/json', receivedMs: NOW_MS }, settings);
  };

  it.each(['created', 'updated', 'deleted'] as const)('of the type employee.%s names one employee', (type) => {
    expect(read(employeeEvent(type, '67890'))).toEqual({ kind: 'changed', personIds: ['67890'] });
  });

  it('with fields names each employee once, whatever their values', () => {
    expect(read(fieldBasedEvent('12', '13', '12'))).toEqual({ kind: 'changed', personIds: ['12', '13'] });
    expect(read({ employees: [{ id: 14 }] })).toEqual({ kind: 'changed', personIds: ['14'] });
  });

  it('holds so many employees and no more', () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
    expect(read(fieldBasedEvent(...ids(MAXIMUM_CHANGED)))).toMatchObject({ personIds: { length: MAXIMUM_CHANGED } });
    expect(() => read(fieldBasedEvent(...ids(MAXIMUM_CHANGED + 1)))).toThrow(TooManyItemsError);
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['another type', { ...employeeEvent('updated', '7'), type: 'company.updated' }],
    ['no employee', { type: 'employee.updated', data: {} }],
    ['the id 0, which is the owner of the key', employeeEvent('updated', '0')],
    ['an id that leads elsewhere', employeeEvent('updated', '../7')],
    ['an id of 13 digits', employeeEvent('updated', '1'.repeat(13))],
    ['no employees at all', { employees: [] }],
    ['an employee without an id', { employees: [{ action: 'Updated' }] }],
  ])('is refused with %s, and its values are not repeated', (_what, value) => {
    try {
      read(value);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(JSON.stringify((error as InvalidInputError).faults)).not.toContain('company.updated');
    }
  });

  it('may have an id of 12 digits', () => {
    expect(read(employeeEvent('updated', '1'.repeat(12)))).toMatchObject({ personIds: ['1'.repeat(12)] });
  });
});
