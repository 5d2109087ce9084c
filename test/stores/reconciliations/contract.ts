// What every reconciliation store promises.
import { beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../../lambdas/core/reconciliation/reconciliation.ts';
import type { AuditStore } from '../../../lambdas/stores/audit/audit-store.ts';
import type {
  ReconciliationRun,
  ReconciliationStore,
} from '../../../lambdas/stores/reconciliations/reconciliation-store.ts';

interface Stores {
  readonly audit: AuditStore;
  readonly reconciliations: ReconciliationStore;
}

const run = (changes: Partial<ReconciliationRun> = {}): ReconciliationRun => ({
  runId: 'run-1',
  status: 'running',
  startedMs: 1_000,
  touchedMs: 1_000,
  phase: 'accounts',
  step: 0,
  pages: 0,
  accounts: 0,
  matched: 0,
  ...changes,
});
const report = {
  runId: 'run-1',
  startedMs: 1_000,
  finishedMs: 2_000,
  accounts: 1,
  matched: 0,
  counts: { orphan: 1, ambiguous: 0, dormant: 0, extra: 0, missing: 0 },
  newOrphans: 1,
};

export function describeReconciliations(open: () => Promise<Stores>): void {
  const application = 'chat';
  let audit: AuditStore;
  let reconciliations: ReconciliationStore;
  // One life of an application's runs, told in the tests' order.
  beforeAll(async () => {
    ({ audit, reconciliations } = await open());
  });

  it('one run is under way at a time, until it is silent for too long', async () => {
    expect(await reconciliations.find(application)).toBeUndefined();
    expect(await reconciliations.begin(application, run(), 500, [])).toBe(true);
    expect(await reconciliations.begin(application, run({ runId: 'run-2' }), 500, [])).toBe(false);
    expect(await reconciliations.begin(application, run({ runId: 'run-2' }), 1_001, [])).toBe(true);
    expect(await reconciliations.find(application)).toMatchObject({ run: { runId: 'run-2' } });
    expect(await reconciliations.begin(application, run(), 1_001, [])).toBe(true);
  });

  it('a page counts once, and only for the run that is under way', async () => {
    expect(await reconciliations.advance(application, run({ step: 1, cursor: 'next' }))).toBe(true);
    expect(await reconciliations.advance(application, run({ step: 1 }))).toBe(false);
    expect(await reconciliations.advance(application, run({ step: 2, runId: 'run-2' }))).toBe(false);
    expect(await reconciliations.find(application)).toMatchObject({ run: { step: 1, cursor: 'next' } });
  });

  it('a run that ended gives way to the next, and its report stays', async () => {
    expect(await reconciliations.finish(application, run({ runId: 'run-2' }), undefined, [])).toBe(false);
    expect(await reconciliations.finish(application, run({ status: 'finished' }), report, [])).toBe(true);
    expect(await reconciliations.begin(application, run({ runId: 'run-3' }), 0, [])).toBe(true);
    expect(await reconciliations.find(application)).toMatchObject({ run: { runId: 'run-3' }, report });
    expect((await reconciliations.list()).filter((one) => one.applicationId === application)).toHaveLength(1);
  });

  it('a decision is about the report that is there, and in the audit log', async () => {
    const decision = { answer: 'repair', reason: 'seen', decidedBy: 'E9', decidedMs: 3_000, runId: 'run-1' } as const;
    const entry = {
      identityId: `APPLICATION#${application}`,
      entryId: 'decided',
      at: '2026-11-23T12:00:00.000Z',
      actor: { type: 'operator', id: 'E9' },
      event: {
        type: 'reconciliation-decided',
        applicationId: application,
        answer: 'repair',
        reason: 'seen',
        runId: 'run-1',
      },
    } as const;
    expect(await reconciliations.decide(application, { ...decision, runId: 'run-0' }, [entry])).toBe(false);
    expect((await audit.list(entry.identityId, { limit: 10 })).items).toEqual([]);
    expect(await reconciliations.decide(application, decision, [entry])).toBe(true);
    expect((await audit.list(entry.identityId, { limit: 10 })).items).toEqual([entry]);
    expect(await reconciliations.find(application)).toMatchObject({ decision });
  });

  it('findings are kept once however often they are seen, and left out once they are not', async () => {
    const finding = (kind: Finding['kind'], subject: string): Finding => ({ kind, subject, grants: ['everyone'] });
    const save = (findings: readonly Finding[], seenMs: number) =>
      reconciliations.saveFindings(application, findings, { seenMs, expiresMs: seenMs + 1_000 });
    await save([finding('orphan', 'a'), finding('orphan', 'b'), finding('extra', 'c')], 10);
    await save([finding('orphan', 'a'), finding('orphan', 'd')], 20);
    expect(await reconciliations.countFindings(application, 10)).toMatchObject({ counts: { orphan: 3, extra: 1 } });
    expect(await reconciliations.countFindings(application, 20)).toMatchObject({
      counts: { orphan: 2 },
      newOrphans: 1,
    });
    const read = async (kind: Finding['kind'] | undefined, sinceMs: number) => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await reconciliations.listFindings({ applicationId: application, kind, sinceMs, limit: 1, after });
        found.push(...page.items.map((item) => `${item.subject} ${item.firstSeenMs} ${item.seenMs} ${item.grants}`));
        after = page.next;
      } while (after !== undefined);
      return found.sort();
    };
    expect(await read(undefined, 20)).toEqual(['a 10 20 everyone', 'd 20 20 everyone']);
    expect(await read('extra', 10)).toEqual(['c 10 10 everyone']);
  });

  it('what was seen is kept for that run, page by page under their names', async () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    await reconciliations.saveSightings('run-1', '00000002#a#0', bytes(3), 1_000);
    await reconciliations.saveSightings('run-1', '00000001#b#0', bytes(0, 255), 1_000);
    await reconciliations.saveSightings('run-2', '00000001#c#0', bytes(9), 1_000);
    const read = async (runId: string) => (await reconciliations.readSightings(runId)).map((page) => [...page]);
    expect(await read('run-1')).toEqual([[0, 255], [3]]);
    await reconciliations.saveSightings('run-1', '00000002#a#0', bytes(4), 1_000);
    expect(await read('run-1')).toEqual([[0, 255], [4]]);
    expect(await read('run-3')).toEqual([]);
  });
}
