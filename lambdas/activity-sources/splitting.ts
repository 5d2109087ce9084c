// Files and posts hold many records: a JSON list, an object with a list in it, or one object a line. What cannot be read is
// refused by its place, and its neighbours are not.
import { MAXIMUM_RECORD_BYTES, type RefusedRecord } from '../core/detection/activity.ts';
import { MAXIMUM_RECORDS, type SplitRecords } from './activity-source.ts';

/** @param members where lists of records may be, each by its path: `Records` of CloudTrail's files, `items` of Google's answers */
export function splitJson(body: Buffer, members: readonly string[]): SplitRecords {
  const text = body.toString('utf8').replace(/^\u{FEFF}/u, '');
  const whole = parse(text);
  if (whole === undefined) return splitLines(text);
  return bounded(listIn(whole, members));
}

function listIn(whole: unknown, members: readonly string[]): readonly unknown[] {
  if (Array.isArray(whole)) return whole;
  if (typeof whole === 'object' && whole !== null) {
    for (const member of members) {
      const list = Object.hasOwn(whole, member) ? (whole as Record<string, unknown>)[member] : undefined;
      if (Array.isArray(list)) return list;
    }
  }
  return [whole];
}

function splitLines(text: string): SplitRecords {
  const records: unknown[] = [];
  const refused: RefusedRecord[] = [];
  let line = 0;
  for (const one of text.split('\n')) {
    line += 1;
    if (one.trim() === '') continue;
    if (records.length + refused.length >= MAXIMUM_RECORDS) {
      refused.push({
        where: `line ${line}`,
        why: `expected at most ${MAXIMUM_RECORDS} records: this and what follows is not read`,
      });
      break;
    }
    const isTooLong = one.length > MAXIMUM_RECORD_BYTES || Buffer.byteLength(one) > MAXIMUM_RECORD_BYTES;
    const value = isTooLong ? undefined : parse(one);
    if (value !== undefined) records.push(value);
    else
      refused.push({
        where: `line ${line}`,
        why: isTooLong ? `expected at most ${MAXIMUM_RECORD_BYTES} bytes` : 'expected JSON (RFC 8259)',
      });
  }
  return { records, refused };
}

function bounded(list: readonly unknown[]): SplitRecords {
  if (list.length <= MAXIMUM_RECORDS) return { records: list, refused: [] };
  const why = `expected at most ${MAXIMUM_RECORDS} records: this and what follows is not read`;
  return { records: list.slice(0, MAXIMUM_RECORDS), refused: [{ where: `/${MAXIMUM_RECORDS}`, why }] };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Neither the text nor the error is told: both quote.
    return undefined;
  }
}
