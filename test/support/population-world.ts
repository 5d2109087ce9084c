// Files of the whole population over memory: from the object's bytes to what lies in the stores and in the reports.
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { compareRecorded, type Fact } from '../../lambdas/core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../lambdas/core/identity/source-precedence.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import { importPopulation } from '../../lambdas/handlers/hr/import-population.ts';
import type { Alert } from '../../lambdas/stores/alerts.ts';
import { apiDependencies, NOW_MS } from './api-requests.ts';
import { memoryHolds } from './memory-holds.ts';

export const HEADER = 'identityId,kind,givenName,familyName,email,department,manager';
export const rowOf = (id: string, department = 'Sales') =>
  `${id},employee,Ada,Lovelace,${id}@acme.example,${department},`;
export const ids = (count: number) => Array.from({ length: count }, (_, index) => `E${1000 + index}`);
export const fileOf = (...rows: readonly string[]) => [HEADER, ...rows].join('\r\n');

interface WrittenReport {
  readonly faulty: number;
  readonly faults: { readonly line: number; readonly faults: unknown[] }[];
  readonly holdId?: string;
  readonly people?: { readonly identityId: string; readonly events: readonly string[] }[];
}

export function populationWorld(neverHeld = 100, precedence: HrSourcePrecedence = {}) {
  const dependencies = apiDependencies();
  const holds = memoryHolds();
  const alerts: Alert[] = [];
  const reports = new Map<string, WrittenReport>();
  let content: string | Buffer = '';
  let chunkBytes = 7;
  let claimedBytes: number | undefined;
  let pages = 1;
  let dieAfter = Number.POSITIVE_INFINITY;
  let writtenMs = NOW_MS - 60_000;
  const facts: typeof dependencies.facts = {
    ...dependencies.facts,
    recordFact: async (input) => {
      dieAfter -= 1;
      if (dieAfter < 0) throw new Error('the function died');
      return await dependencies.facts.recordFact(input);
    },
  };
  const directory: typeof dependencies.directory = {
    ...dependencies.directory,
    async listIdentities(page) {
      const read = page.after === undefined ? 1 : Number(page.after);
      if (read < pages) return { items: [], next: String(read + 1) };
      return await dependencies.directory.listIdentities({ ...page, after: undefined });
    },
  };
  const run = importPopulation({
    ...dependencies,
    facts,
    directory,
    guard: {
      settings: massErrorGuardSchema.parse({ neverHeld }),
      holds,
      alert: async (alert) => void alerts.push(alert),
    },
    hrSources: ['acme-hr'],
    precedence,
    files: {
      async open() {
        const bytes = Buffer.from(content);
        async function* chunks() {
          for (let start = 0; start < bytes.length; start += chunkBytes)
            yield bytes.subarray(start, start + chunkBytes);
        }
        return { sizeBytes: claimedBytes ?? bytes.length, writtenMs, chunks: chunks() };
      },
      async putReport(key, report) {
        reports.set(key, JSON.parse(JSON.stringify(report)));
      },
    },
  });
  return {
    ...dependencies,
    holds,
    alerts,
    reports,
    dieAfter: (writes: number) => {
      dieAfter = writes;
    },
    /** As the bucket says how large the next file is. */
    claimSize: (bytes: number) => {
      claimedBytes = bytes;
    },
    /** DynamoDB may answer with pages of nothing; all are on the last one. */
    spreadDirectory: (count: number) => {
      pages = count;
    },
    later: (ms = 1_000) => {
      writtenMs += ms;
    },
    put: async (text: string | Buffer, version = 'v1', key = 'acme-hr/2026-11-23.csv', bytes = 4_096) => {
      content = text;
      chunkBytes = bytes;
      return await run({ detail: { object: { key, etag: 'etag', 'version-id': version } } });
    },
    stateOf: async (id: string, atMs = NOW_MS) =>
      identityAt(buildTimeline((await dependencies.directory.load(id))?.facts ?? []), atMs),
    /** As recorded, in that order. */
    recordOf: async (id: string): Promise<readonly Fact[]> =>
      [...((await dependencies.directory.load(id))?.facts ?? [])].sort(compareRecorded),
    factsOf: async (id: string) => (await dependencies.directory.load(id))?.facts.map(({ type }) => type),
  };
}
