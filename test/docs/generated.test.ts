// What the pages say of the code follows from the code.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GENERATED_PAGES, pageFile, withGeneratedParts } from '../../docs/generators/write-tables.ts';

it.each(GENERATED_PAGES)('%s is current: run `npm run docs`', (page) => {
  const text = readFileSync(pageFile(page), 'utf8');
  expect(withGeneratedParts(page, text)).toBe(text);
});

it.each([
  ['docs/reference/settings.md', 20],
  ['docs/reference/connectors.md', 100],
])('%s describes every setting that must be given', (page, atLeast) => {
  const rows = [...readFileSync(pageFile(page), 'utf8').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(atLeast);
  const undescribed = rows.flatMap(([, name, rest = '']) => (/\| required \|\s*$/.test(rest) ? [name] : []));
  expect(undescribed).toEqual([]);
});
