// An entry is in the write of its effect, so whoever writes one alone says why there is no such write.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

const ALONE: Readonly<Record<string, string>> = {
  'lambdas/middleware/access-entries.ts': 'what was read or refused changes nothing',
  'lambdas/handlers/reconciliation/start-reconciliation.ts':
    'who wants a run, before it is asked for: a state machine is started by no transaction',
  'lambdas/handlers/systems/converge-target.ts': 'what a system did, once another call knows the account better',
  'lambdas/handlers/audit/erase-personal-data.ts': 'before anything is destroyed, in many writes',
  'lambdas/stores/accounts/dynamo-account-store.ts': 'what one transaction has no room for, before it',
};

it('puts no entry beside its effect', () => {
  const folder = join(ROOT, 'lambdas');
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = all
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `lambdas/${file}`)
    .sort();
  expect(files.length).toBeGreaterThan(300);
  const writing = files.filter((file) =>
    /(audit|AuditStore\(\))\.append\(/.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  expect(writing).toEqual(Object.keys(ALONE).sort());
});
