import { describe, expect, it } from 'vitest';
import { OCSF_CLASS_NAMES, type OcsfClassName } from '../../../lambdas/core/audit/ocsf/classes.ts';
import { toOcsfEvents } from '../../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { readParquet, writeParquet } from '../../../lambdas/stores/lake/parquet.ts';
import { EVENTS, logEntry } from '../../support/log-entries.ts';

function rowsOf(name: OcsfClassName) {
  return [...Object.values(EVENTS), { type: 'api', operation: 'get-identity' }]
    .flatMap((event) => toOcsfEvents({ index: 2 ** 40, entry: logEntry({ event }), leafHash: 'aGFzaA==' }, 'log'))
    .filter(({ className }) => className === name);
}

describe('a Parquet file of the lake', () => {
  it.each(OCSF_CLASS_NAMES)('gives back the rows that were put into it: %s', async (name) => {
    const rows = rowsOf(name);
    const [first] = rows;
    const read = await readParquet(name, first?.eventDay ?? '', writeParquet(name, rows));
    expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(rows)));
  });

  it('holds whatever text there is', async () => {
    const [row] = rowsOf('user_access');
    if (row === undefined) throw new Error('there is no such row');
    const odd = ['', ' ', 'ö', '🙂', '\u0000', "'; DROP TABLE events; --", 'x'.repeat(100_000)];
    const rows = odd.map((text) => ({ ...row, members: { ...row.members, status: text, privileges: [text, text] } }));
    const read = await readParquet('user_access', row.eventDay, writeParquet('user_access', rows));
    expect(read.map(({ members }) => [members['status'], members['privileges']])).toEqual(
      odd.map((text) => [text, [text, text]]),
    );
  });

  it('is refused when it is none', async () => {
    await expect(readParquet('user_access', '20261128', new Uint8Array(100))).rejects.toThrow();
  });
});
