// What is put on record beside what happens to identities, and who may read it.
import { beforeEach, describe, expect, it } from 'vitest';
import { resolvedPseudonymsSchema, subjectAuditPageSchema } from '../../../lambdas/api/audit.ts';
import { ROLES, type Role } from '../../../lambdas/api/roles.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { listAudit } from '../../../lambdas/handlers/audit/list-audit.ts';
import { resolvePseudonyms } from '../../../lambdas/handlers/audit/resolve-pseudonyms.ts';
import { dropHold } from '../../../lambdas/handlers/hr/drop-hold.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { resumeHoldDecisions } from '../../../lambdas/handlers/hr/resume-hold-decisions.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { listIdentities } from '../../../lambdas/handlers/identity/list-identities.ts';
import { redrive } from '../../../lambdas/handlers/identity/redrive.ts';
import { beginReconciliation } from '../../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { finishReconciliation } from '../../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { answer, apiDependencies, NOW_MS, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memoryReconciliations } from '../../support/memory-reconciliations.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { memorySubjects } from '../../support/memory-subjects.ts';

const SETTINGS = massErrorGuardSchema.parse({ maximumIdentities: 2, neverHeld: 1 });

function setUp() {
  const stores = memoryStores();
  const dependencies = {
    ...apiDependencies(),
    ...stores,
    holds: memoryHolds(stores.table),
    subjects: memorySubjects(),
    clock: () => nowMs,
    alert: async () => {},
  };
  const guard = { settings: SETTINGS, holds: dependencies.holds, alert: async () => {} };
  return { ...dependencies, guard, reconciliations: memoryReconciliations(stores.table) };
}

let nowMs = NOW_MS;
let world = setUp();
beforeEach(() => {
  nowMs = NOW_MS;
  world = setUp();
});

const receive = (...events: readonly unknown[]) =>
  answer(receiveHrEvent({ ...world, secretsOf: async () => [SECRET] }), signedRequest(events));
const entriesOf = async (key: string) => (await world.audit.list(key, { limit: 100 })).items;
const listed = async (query: Record<string, string>, role: Role = 'security') => {
  const { status, body } = await answer(listAudit(world), requestAs([role], 'E9', { query }));
  return status === 200 ? subjectAuditPageSchema.parse(body).items : status;
};

describe('a hold', () => {
  async function hold(): Promise<string> {
    const ids = ['E1', 'E2', 'E3', 'E4'];
    await receive(...ids.map((subject) => joinerEvent({}, { id: `j-${subject}`, subject })));
    await receive(...ids.map((subject) => leaverEvent({}, { id: `l-${subject}`, subject })));
    const [opened] = (await world.holds.listHolds({ status: 'open', limit: 10 })).items;
    return opened?.holdId ?? 'there is none';
  }

  it('is on record when it is opened, and once only', async () => {
    const holdId = await hold();
    const entry = {
      subject: { kind: 'hold', id: holdId },
      actor: { type: 'tenure', id: 'mass-error-guard' },
      event: { type: 'hold-opened', holdId, source: 'acme-hr', rule: 'number', count: 4, threshold: 3 },
    };
    expect(await listed({ kind: 'hold', id: holdId })).toMatchObject([entry]);
    await receive(leaverEvent({}, { id: 'l2-E4', subject: 'E4' }));
    expect(await listed({ kind: 'hold', id: holdId })).toHaveLength(1);
  });

  it('is on record with who decided so and why, before it is carried out', async () => {
    const holdId = await hold();
    nowMs += 1_000;
    const sent = { pathParameters: { id: holdId }, body: Buffer.from('{"reason":"a slip"}') };
    const broken = { ...world.facts, recordFact: async () => Promise.reject(new Error('no table')) };
    const refused = await answer(dropHold({ ...world, facts: broken }), requestAs(['security'], 'E9', sent));
    expect(refused.status).toBe(500);
    expect(await listed({ kind: 'hold', id: holdId })).toHaveLength(2);
    expect((await world.holds.listHeld({ holdId, limit: 10 })).items).toHaveLength(4);
    await resumeHoldDecisions(world)();
    expect(await listed({ kind: 'hold', id: holdId })).toMatchObject([
      { event: { type: 'hold-opened' } },
      { actor: { type: 'operator', id: 'E9' }, event: { type: 'hold-decided', decision: 'drop', reason: 'a slip' } },
    ]);
    await resumeHoldDecisions(world)();
    expect(await listed({ kind: 'hold', id: holdId })).toHaveLength(2);
  });
});

describe('a run of reconciliation', () => {
  it('is on record when it begins and when it ends, however often that is said', async () => {
    const input = { applicationId: 'crm', executionId: 'run-1' };
    for (let times = 1; times <= 2; times += 1) await beginReconciliation(world)(input);
    for (let times = 1; times <= 2; times += 1) {
      await finishReconciliation(world)({ applicationId: 'crm', runId: 'run-1', failed: true });
    }
    expect(await listed({ kind: 'application', id: 'crm' })).toMatchObject([
      { event: { type: 'reconciliation-begun', applicationId: 'crm', runId: 'run-1' }, modelHash: world.model().hash },
      { event: { type: 'reconciliation-ended', runId: 'run-1', outcome: 'failed' } },
    ]);
  });
});

describe('messages that were taken back', () => {
  it('are on record of the deployment', async () => {
    await redrive(world)({ Records: [{ body: '{"identityId":"E1"}' }, { body: 'not JSON' }] });
    expect(await listed({ kind: 'deployment', id: 'tenure' })).toMatchObject([
      { actor: { id: 'redrive' }, event: { type: 'redriven', messages: 2, identities: 1 } },
    ]);
  });
});

describe('a delivery that is not signed as it must be', () => {
  const forged = (source: string) =>
    answer(
      receiveHrEvent({ ...world, secretsOf: async (id) => (id === 'acme-hr' ? [SECRET] : undefined) }),
      signedRequest([], { source, secret: `whsec_${Buffer.alloc(32).toString('base64')}` }),
    );

  it('is on record of its source once a minute, and of all sources that are not there together', async () => {
    for (let times = 1; times <= 20; times += 1) {
      expect(await forged('acme-hr')).toMatchObject({ status: 401 });
      expect(await forged(`made-up-${times}`)).toMatchObject({ status: 401 });
    }
    for (const id of ['acme-hr', 'unknown']) {
      expect(await listed({ kind: 'hr-source', id })).toMatchObject([
        {
          at: '2026-11-23T09:00:00.000Z',
          actor: { type: 'unknown', id: '' },
          event: { type: 'authentication-failed', operation: 'receive-hr-event' },
        },
      ]);
    }
    expect(await listed({ kind: 'hr-source', id: 'made-up-1' })).toEqual([]);
    nowMs = NOW_MS + 60_000;
    await forged('acme-hr');
    expect(await listed({ kind: 'hr-source', id: 'acme-hr' })).toHaveLength(2);
  });

  it('is refused though that cannot be put on record', async () => {
    world = { ...world, audit: { ...world.audit, append: async () => Promise.reject(new Error('no table')) } };
    expect(await forged('acme-hr')).toMatchObject({ status: 401 });
  });
});

describe('GET /audit', () => {
  it('is for security and auditors', async () => {
    for (const role of ROLES) {
      const allowed = role === 'security' || role === 'auditor';
      expect(await listed({ kind: 'deployment', id: 'tenure' }, role), role).toEqual(allowed ? expect.any(Array) : 403);
    }
  });

  it('shows who was shown an identity, and counts among that itself', async () => {
    await receive(joinerEvent({}, { id: 'a', subject: 'E1' }));
    await answer(getIdentity(world), requestAs(['hr'], 'E7', { pathParameters: { id: 'E1' } }));
    await answer(listIdentities(world), requestAs(['it'], 'E8'));
    expect(await listed({ kind: 'identity', id: 'E1' })).toMatchObject([{ event: { type: 'fact-recorded' } }]);
    const readers = (await listed({ kind: 'identity', id: 'E1', reads: 'true' })) as readonly {
      actor: { id: string };
      event: object;
    }[];
    expect(readers.map(({ actor, event }) => [actor.id, event])).toEqual([
      ['E7', { type: 'personal-data-read', operation: 'get-identity' }],
      ['E9', { type: 'personal-data-read', operation: 'list-audit' }],
      ['E8', { type: 'personal-data-read', operation: 'list-identities' }],
    ]);
  });

  it('takes no key of anything else for an identity', async () => {
    for (const id of ['DEPLOYMENT#tenure', 'READS#E1', 'OPERATOR#E1']) {
      expect(await listed({ kind: 'identity', id })).toBe(404);
    }
    expect(await listed({ kind: 'somebody', id: 'E1' })).toBe(422);
  });
});

describe('POST /audit/pseudonyms', () => {
  const ask = (body: unknown, role: Role = 'auditor') =>
    answer(resolvePseudonyms(world), requestAs([role], 'E9', { body: Buffer.from(JSON.stringify(body)) }));

  it('says whose a pseudonym is and which somebody has, and who asked is on record', async () => {
    const known = await world.subjects.subjectsOf([
      { kind: 'identity', id: 'E1' },
      { kind: 'operator', id: 'E2' },
      { kind: 'identity', id: 'E3' },
    ]);
    const pseudonymOf = (key: string) => known.get(key)?.pseudonym ?? '';
    const { status, body } = await ask({
      pseudonyms: [pseudonymOf('identity#E1'), 'AAAAAAAAAAAAAAAAAAAAAA'],
      identities: ['E3', 'E4'],
      operators: ['E2', 'E3'],
    });
    expect(status).toBe(200);
    expect(resolvedPseudonymsSchema.parse(body).items).toEqual([
      { kind: 'identity', id: 'E1', pseudonym: pseudonymOf('identity#E1') },
      { kind: 'identity', id: 'E3', pseudonym: pseudonymOf('identity#E3') },
      { kind: 'operator', id: 'E2', pseudonym: pseudonymOf('operator#E2') },
    ]);
    for (const key of ['READS#E1', 'READS#E3', 'READS#OPERATOR#E2', 'READS#OPERATOR#E9']) {
      expect(await entriesOf(key), key).toMatchObject([
        { actor: { id: 'E9' }, event: { operation: 'resolve-pseudonyms' } },
      ]);
    }
    expect(await entriesOf('READS#E4')).toEqual([]);
  });

  it('takes 1 to 100, in all', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `E${index}`);
    for (const [identities, operators, status] of [
      [0, 0, 422],
      [1, 0, 200],
      [60, 40, 200],
      [60, 41, 422],
      [101, 0, 422],
    ] as const) {
      expect((await ask({ identities: ids(identities), operators: ids(operators) })).status).toBe(status);
    }
  });

  it('is for security and auditors', async () => {
    for (const role of ROLES) {
      const { status } = await ask({ identities: ['E1'] }, role);
      expect(status, role).toBe(role === 'security' || role === 'auditor' ? 200 : 403);
    }
  });
});
