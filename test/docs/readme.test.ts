import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONNECTORS_README, connectorsReadme, README, withTables } from '../../docs/generators/write-tables.ts';
import { RUNBOOK } from '../../lib/runbook.ts';

const readme = readFileSync(README, 'utf8');

describe('the README', () => {
  it('has current tables: run `npm run docs`', () => {
    expect(withTables(readme)).toBe(readme);
    expect(connectorsReadme()).toBe(readFileSync(CONNECTORS_README, 'utf8'));
  });

  it('has every entry of the runbook that alarms and escalations name', () => {
    for (const title of Object.values(RUNBOOK)) expect(readme).toContain(`### ${title}\n`);
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', README), 'utf8'));
    const named = [...readme.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name as string);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
