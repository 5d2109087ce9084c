// Every kind of row has a verdict on what becomes of it when somebody is erased: read from the source of the stores, so that
// a new one is not forgotten.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SUBJECT_KINDS } from '../../../lambdas/core/audit/subject.ts';
import { ROW_VERDICTS } from '../../../lambdas/stores/erasures/row-verdicts.ts';

const STORES = join(import.meta.dirname, '..', '..', '..', 'lambdas', 'stores');
/** Texts in capitals that are no keys. */
const NO_KEYS = new Set([
  'AWSCURRENT',
  'AWSPREVIOUS',
  'BOOLEAN',
  'CANCELLED',
  'DELETE',
  'DIGEST',
  'FAILED',
  'GZIP',
  'LIST',
  'NONE',
  'OPTIONAL',
  'QUEUED',
  'REPEATED',
  'RUNNING',
  'SUCCEEDED',
  'ZSTD',
]);

function textsIn(file: string): readonly string[] {
  const source = readFileSync(file, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '');
  return [...source.matchAll(/['`]([^'`\n]*)['`]/g)].map(([, text = '']) => text);
}

/** What a key begins with. */
function kindsIn(text: string): readonly string[] {
  const [, prefixed] = /^([A-Za-z][A-Za-z-]*#(?:[A-Z]{4,}$)?)/.exec(text) ?? [];
  if (prefixed !== undefined) return [prefixed];
  return /^[A-Z][A-Z-]{3,}$/.test(text) && !NO_KEYS.has(text) ? [text] : [];
}

const files = readdirSync(STORES, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('environment.ts') && !file.endsWith('row-verdicts.ts'),
);
const kinds = new Set(files.flatMap((file) => textsIn(join(STORES, file)).flatMap(kindsIn)));

it('each kind of row that a store writes has one', () => {
  expect(kinds.size).toBeGreaterThan(25);
  expect([...kinds].filter((kind) => ROW_VERDICTS[kind] === undefined)).toEqual([]);
});

it('each kind of subject of the audit log has one', () => {
  const partitions = SUBJECT_KINDS.filter((kind) => kind !== 'identity').map((kind) => `${kind.toUpperCase()}#`);
  expect(partitions.filter((one) => ROW_VERDICTS[one] === undefined)).toEqual([]);
});

it('a kind that is not there is found, in whichever way its key is written', () => {
  expect(['NICKNAME#', 'NICKNAME#x', 'NICKNAME'].flatMap(kindsIn)).toEqual(['NICKNAME#', 'NICKNAME#', 'NICKNAME']);
});
