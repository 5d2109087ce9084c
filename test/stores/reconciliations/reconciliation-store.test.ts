// The reconciliation store, and the lookups of the identity store, in DynamoDB (moto) and in memory: one behaviour.
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../lambdas/core/reconciliation/reconciliation.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { dynamoAuditStore } from '../../../lambdas/stores/audit/dynamo-audit-store.ts';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import { dynamoIdentityStore, IDENTITY_INDEXES } from '../../../lambdas/stores/identities/dynamo-identity-store.ts';
import { dynamoReconciliationStore } from '../../../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationRun } from '../../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';
import { memoryReconciliations } from '../../support/memory-reconciliations.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { type Moto, startMoto } from '../../support/moto.ts';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };
let moto: Moto;

beforeAll(async () => {
  moto = await startMoto();
  const variables = {
    ...CREDENTIALS,
    AWS_ENDPOINT_URL: moto.url,
    [ENVIRONMENT.identitiesTable]: 'identities',
    [ENVIRONMENT.auditTable]: 'audit',
  };
  Object.assign(process.env, variables);
  const client = new DynamoDBClient({});
  for (const table of ['identities', 'audit']) {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk', 'lookupKey'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: IDENTITY_INDEXES.lookup,
            KeySchema: [{ AttributeName: 'lookupKey', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
  }
});
afterAll(() => moto?.stop());

function inMemory() {
  const stores = memoryStores();
  return { ...stores, reconciliations: memoryReconciliations(stores.audit) };
}
const inDynamo = () => ({
  identities: dynamoIdentityStore(),
  audit: dynamoAuditStore(),
  reconciliations: dynamoReconciliationStore(),
});
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

describe.each([
  ['in DynamoDB', inDynamo],
  ['in memory', inMemory],
])('%s', (name, stores) => {
  const { identities, audit, reconciliations } = stores();
  const application = `chat-${name.length}`;

  it('one run is under way at a time, until it is silent for too long', async () => {
    expect(await reconciliations.find(application)).toBeUndefined();
    expect(await reconciliations.begin(application, run(), 500)).toBe(true);
    expect(await reconciliations.begin(application, run({ runId: 'run-2' }), 500)).toBe(false);
    expect(await reconciliations.begin(application, run({ runId: 'run-2' }), 1_001)).toBe(true);
    expect(await reconciliations.find(application)).toMatchObject({ run: { runId: 'run-2' } });
    expect(await reconciliations.begin(application, run(), 1_001)).toBe(true);
  });

  it('a page counts once, and only for the run that is under way', async () => {
    expect(await reconciliations.advance(application, run({ step: 1, cursor: 'next' }))).toBe(true);
    expect(await reconciliations.advance(application, run({ step: 1 }))).toBe(false);
    expect(await reconciliations.advance(application, run({ step: 2, runId: 'run-2' }))).toBe(false);
    expect(await reconciliations.find(application)).toMatchObject({ run: { step: 1, cursor: 'next' } });
  });

  it('a run that ended gives way to the next, and its report stays', async () => {
    expect(await reconciliations.finish(application, run({ runId: 'run-2' }), undefined)).toBe(false);
    expect(await reconciliations.finish(application, run({ status: 'finished' }), report)).toBe(true);
    expect(await reconciliations.begin(application, run({ runId: 'run-3' }), 0)).toBe(true);
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

  it('who was seen is known for that run', async () => {
    await reconciliations.markSeen('run-1', ['E1', 'E2'], 1_000);
    expect(await reconciliations.wasSeen('run-1', 'E1')).toBe(true);
    expect(await reconciliations.wasSeen('run-1', 'E3')).toBe(false);
    expect(await reconciliations.wasSeen('run-2', 'E1')).toBe(false);
  });

  it('an account and an address lead to their identity, as they are now', async () => {
    const now = { clock: () => Date.parse('2026-11-23T12:00:00Z') };
    const know = (fact: Parameters<typeof appendFact>[1]) =>
      appendFact(
        { identities, ...now },
        { ...fact, identityId: 'E1' },
        {
          payloadHash: fact.factId,
          actor: { type: 'hr-source', id: 'acme-hr' },
        },
      );
    await know(joiner('2026-11-01', { email: 'Ada@acme.example' }, { id: `${name}-joins` }));
    expect(await identities.findByEmail('aDA@acme.example')).toEqual(['E1']);
    await know(mover('2026-11-02', { email: 'lovelace@acme.example' }, { id: `${name}-moves` }));
    expect(await identities.findByEmail('ada@acme.example')).toEqual([]);
    expect(await identities.findByEmail('lovelace@acme.example')).toEqual(['E1']);
    await know(leaver('2026-11-03', { id: `${name}-leaves` }));
    expect(await identities.findByEmail('lovelace@acme.example')).toEqual(['E1']);

    const accountId = `cn=${'x'.repeat(3_000)}`;
    const account = { accountId, userName: 'ada', enabled: true, grants: [] };
    const record = { applicationId: application, account, readMs: 1, revision: 1, unreviewed: ['everyone'] };
    expect(await identities.saveAccount({ identityId: 'E1', account: record, audit: [] })).toBe(true);
    expect(await identities.findLinked(application, accountId)).toEqual(['E1']);
    expect(await identities.findLinked('crm', accountId)).toEqual([]);
    expect((await identities.load('E1'))?.accounts).toEqual([record]);
    const gone = { applicationId: application, readMs: 2, revision: 2 };
    expect(await identities.saveAccount({ identityId: 'E1', account: gone, audit: [] })).toBe(true);
    expect(await identities.findLinked(application, accountId)).toEqual([]);
  });
});
