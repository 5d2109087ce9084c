// Each named query over the sample feed, held against what the operators' API and the target systems say.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import type { Outputs } from '../../local/outputs.ts';
import { askLake, Company, type Row } from './lake-answers.ts';

/** Rounding, and the moments between an entry and the certificate that tells of the same. */
const TOLERANCE_SECONDS = 0.5;

/** Queries whose features are not there: nothing answers them, and the API has no route of theirs. */
const WITHOUT_FEATURE = {
  'break-glass-uses': /break-?glass/i,
  'dormant-non-human': /dormant/i,
} as const;

type Judge = (ask: (...query: readonly string[]) => Promise<readonly Row[]>, company: Company) => Promise<void>;

const told = (rows: readonly Row[], ...columns: readonly string[]) =>
  rows.map((row) => columns.map((column) => row[column] ?? '').join(' ')).sort();

/** By the query's name. */
export const JUDGES: Readonly<Record<string, Judge>> = {
  'access-at': async (ask, company) => {
    const answers = await Promise.all(
      company.read.map(async (applicationId) => {
        const rows = await ask('access-at', '--application', applicationId);
        for (const { grant_name: grant, privileged, basis } of rows) {
          expect(basis).toBe('read back');
          if (grant !== '(account)')
            expect([grant, privileged]).toEqual([
              grant,
              company.entitlementOf(applicationId, String(grant))?.privileged,
            ]);
        }
        return [applicationId, told(rows, 'subject', 'grant_name', 'account_enabled')] as const;
      }),
    );
    const expected = company.read.map((applicationId) => [applicationId, company.accessTo(applicationId)] as const);
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(expected));
    expect(expected.flatMap(([, accounts]) => accounts).length).toBeGreaterThan(100);
  },

  'access-outside-tenure': async (ask, company) => {
    expect(told(await ask('access-outside-tenure'), 'subject', 'application', 'grant_name')).toEqual(company.outside());
  },

  approvals: async (ask, company) => {
    const decided = await company.decisions();
    expect(told(await ask('approvals'), 'what', 'subject', 'application')).toEqual(decided);
    expect(decided.length).toBeGreaterThan(0);
  },

  // Nobody of the sample has one: no exception is written into its rules.
  'duty-exceptions': async (ask) => {
    expect(await ask('duty-exceptions')).toEqual([]);
  },

  'failed-removals': async (ask, company) => {
    const rows = await ask('failed-removals');
    expect(told(rows, 'subject', 'application', 'action', 'grant_name')).toEqual(await company.owed());
  },

  'grants-without-review': async (ask, company) => {
    // Nobody has reviewed anything, so by tomorrow every grant counts; and none of today is old enough without being asked.
    const rows = await ask('grants-without-review', '--since', new Date(Date.now() + 3_600_000).toISOString());
    const read = rows.filter(({ application }) => company.read.includes(String(application)));
    expect(told(read, 'subject', 'application', 'grant_name')).toEqual(company.grants());
    expect(rows.every(({ reviewed_at }) => reviewed_at === null)).toBe(true);
    expect(await ask('grants-without-review')).toEqual([]);
  },

  'identity-history': async (ask, company) => {
    const departed = company.identities.find(({ removal }) => removal?.provenAt !== undefined);
    const moved = company.identities.find(({ timeline }) => timeline.some(({ type }) => type === 'mover'));
    for (const identityId of [departed?.identityId ?? '', moved?.identityId ?? '']) {
      const rows = await ask('identity-history', '--identity', identityId);
      const entries = new Map(rows.map((row) => [row['log_index'], `${row['at']} ${row['event']}`]));
      const told = [...entries.values()].filter((entry) => !entry.endsWith(' personal-data-read'));
      const known = (await company.api.listAudit(identityId)).map(({ at, event }) => `${at} ${event.type}`);
      expect(told.sort()).toEqual(known.sort());
      expect(told.length).toBeGreaterThan(5);
    }
  },

  'leavers-time-to-revoke': async (ask, company) => {
    const rows = await ask('leavers-time-to-revoke');
    const certified = await company.timesToRevoke();
    expect(told(rows, 'subject', 'application')).toEqual([...certified.keys()].sort());
    expect(certified.size).toBeGreaterThan(3);
    for (const row of rows) {
      const key = `${row['subject']} ${row['application']}`;
      for (const [name, seconds] of Object.entries(certified.get(key) ?? {})) {
        const column = { disabled: 'disabled_seconds', lastGrantRemoved: 'last_grant_removed_seconds' }[name];
        const answered = row[column ?? 'proven_seconds'];
        const differs = Math.abs(Number(answered ?? Number.NaN) - (seconds ?? Number.NaN));
        const agrees = seconds === undefined ? answered === null : differs <= TOLERANCE_SECONDS;
        expect([key, name, answered, seconds, agrees]).toEqual([key, name, answered, seconds, true]);
      }
    }
  },

  'movers-kept-privileged': async (ask, company) => {
    const rows = await ask('movers-kept-privileged');
    expect(told(rows, 'subject', 'application', 'grant_name')).toEqual(await company.keptByMovers());
  },

  ...Object.fromEntries(
    Object.entries(WITHOUT_FEATURE).map(([name, feature]): [string, Judge] => [
      name,
      async (ask, company) => {
        expect(await ask(name)).toEqual([]);
        expect(company.routes.filter((path) => feature.test(path))).toEqual([]);
      },
    ]),
  ),
};

/** Each that disagrees is told, not the first alone. */
export async function expectQueriesAgree(outputs: Outputs, model: AccessModel, folder: string): Promise<void> {
  vi.stubEnv('AWS_ENDPOINT_URL', outputs.aws.endpoint);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  const tokenFile = join(folder, 'auditor.token');
  try {
    writeFileSync(tokenFile, outputs.tokens.auditor, { mode: 0o600 });
    const company = await Company.of(outputs, model);
    const wrong: unknown[] = [];
    for (const [name, judge] of Object.entries(JUDGES))
      await judge((...query) => askLake(outputs, tokenFile, query), company).catch((error: unknown) => {
        wrong.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      });
    expect(wrong).toEqual([]);
  } finally {
    rmSync(tokenFile, { force: true });
    vi.unstubAllEnvs();
  }
}
