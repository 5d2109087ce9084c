// The operators' API over stores in memory: what each role sees, that answers hold to the published schemas, and
// that an attestation is final.
import { beforeEach, describe, expect, it } from 'vitest';
import { auditPageSchema } from '../../../lambdas/api/audit.ts';
import { certificateSchema } from '../../../lambdas/api/certificates.ts';
import { identityPageSchema, identitySchema } from '../../../lambdas/api/identities.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { attestedSchema, taskPageSchema, taskSchema } from '../../../lambdas/api/tasks.ts';
import { timeToRevokeSchema } from '../../../lambdas/api/time-to-revoke.ts';
import { taskIdOf } from '../../../lambdas/core/access/task-id.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import { buildCertificate, type Certificate } from '../../../lambdas/core/removal/certificate.ts';
import { getOpenapi } from '../../../lambdas/handlers/api/get-openapi.ts';
import { listIdentityAudit } from '../../../lambdas/handlers/audit/list-identity-audit.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { listIdentities } from '../../../lambdas/handlers/identity/list-identities.ts';
import { mergeIdentity } from '../../../lambdas/handlers/identity/merge-identity.ts';
import { undoMerge } from '../../../lambdas/handlers/identity/undo-merge.ts';
import { getCertificate } from '../../../lambdas/handlers/removal/get-certificate.ts';
import { getTimeToRevoke } from '../../../lambdas/handlers/removal/get-time-to-revoke.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { attestTask } from '../../../lambdas/handlers/systems/attest-task.ts';
import { getTask } from '../../../lambdas/handlers/systems/get-task.ts';
import { listTasks } from '../../../lambdas/handlers/systems/list-tasks.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import {
  answer,
  apiDependencies,
  NOW_MS,
  requestAs,
  requestWithAccessToken,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { accessGranted } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent, rescindEvent, suspensionEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { mergeByTwo } from '../../support/merging.ts';

let dependencies = apiDependencies();

async function post(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const answered = await answer(receive, signedRequest(events));
  expect(answered).toMatchObject({ status: 202 });
}

interface Asked {
  readonly id?: string;
  readonly as?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function ask(handle: ApiHandler, role: Role | undefined, { id, as = 'E0900', query = {}, body }: Asked = {}) {
  const sent = { pathParameters: { id }, query, body: Buffer.from(body === undefined ? '' : JSON.stringify(body)) };
  return answer(handle, requestAs(role === undefined ? [] : [role], as, sent));
}

// E0001 manages E0007, who manages E1001 and owns svc-1; E0002 is elsewhere.
beforeEach(async () => {
  dependencies = apiDependencies();
  const service = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };
  await post(
    joinerEvent({ manager: null }, { id: 'a', subject: 'E0001' }),
    joinerEvent({ manager: 'E0001' }, { id: 'b', subject: 'E0007' }),
    joinerEvent({ manager: 'E0007', department: 'Sales' }, { id: 'c', subject: 'E1001' }),
    joinerEvent({ ...service, owner: 'E0007', manager: undefined }, { id: 'd', subject: 'svc-1' }),
    joinerEvent({ manager: 'E0009' }, { id: 'e', subject: 'E0002' }),
  );
});

describe('GET /identities', () => {
  it('is paged, each identity once', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const { status, body } = await ask(listIdentities(dependencies), 'auditor', {
        query: { limit: '2', ...(after && { after }) },
      });
      expect(status).toBe(200);
      const { items, next } = identityPageSchema.parse(body);
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ identityId }) => identityId));
      after = next;
    } while (after !== undefined);
    expect(seen.sort()).toEqual(['E0001', 'E0002', 'E0007', 'E1001', 'svc-1']);
  });

  it("shows a manager their own reports, and a report's own", async () => {
    const listed = async (as: string, manager?: string) => {
      const { status, body } = await ask(listIdentities(dependencies), 'manager', {
        as,
        query: manager ? { manager } : {},
      });
      return status === 200 ? identityPageSchema.parse(body).items.map(({ identityId }) => identityId) : status;
    };
    expect(await listed('E0001')).toEqual(['E0007']);
    expect(await listed('E0001', 'E0007')).toEqual(['E1001']);
    expect(await listed('E0007', 'E0001')).toBe(403);
    expect(await listed('E0007', 'E0002')).toBe(403);
  });

  it('shows a manager who has left nobody, and who is a manager by a merged id their reports', async () => {
    const listed = async (as: string, query = {}) => {
      const { status, body } = await ask(listIdentities(dependencies), 'manager', { as, query });
      return status === 200 ? identityPageSchema.parse(body).items.map(({ identityId }) => identityId) : status;
    };
    await post(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007' }));
    expect(await listed('E0007')).toBe(403);
    expect(await listed('E0007', { manager: 'E0007' })).toBe(403);
    expect(await listed('E0001', { manager: 'E0007' })).toEqual(['E1001']);
    expect(await mergeByTwo(dependencies, { identityId: 'E0002', duplicate: 'E0001' })).toMatchObject({ status: 200 });
    for (const as of ['E0001', 'E0002']) {
      expect(await listed(as, { manager: 'E0001' })).toEqual(['E0007']);
      expect(await listed(as, { manager: 'E0007' })).toEqual(['E1001']);
      expect(await ask(getIdentity(dependencies), 'manager', { as, id: 'E1001' })).toMatchObject({ status: 200 });
    }
  });

  it('shows manager and operations together the names of their own reports only', async () => {
    const names = async (handle: ApiHandler, sent: { id?: string; query?: Record<string, string> }) => {
      const overrides = { pathParameters: { id: sent.id }, query: sent.query ?? {} };
      const { status, body } = await answer(handle, requestAs(['manager', 'operations'], 'E0007', overrides));
      expect(status).toBe(200);
      return JSON.stringify(body).includes('Lovelace');
    };
    const [list, get] = [listIdentities(dependencies), getIdentity(dependencies)];
    expect(await names(list, {})).toBe(false);
    expect(await names(list, { query: { manager: 'E0009' } })).toBe(false);
    expect(await names(list, { query: { manager: 'E0007' } })).toBe(true);
    expect(await names(get, { id: 'E0002' })).toBe(false);
    expect(await names(get, { id: 'E1001' })).toBe(true);
    await post(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007' }));
    expect(await names(list, { query: { manager: 'E0007' } })).toBe(false);
    expect(await names(get, { id: 'E1001' })).toBe(false);
  });

  it('keeps names from operations', async () => {
    const { body } = await ask(listIdentities(dependencies), 'operations');
    expect(JSON.stringify(body)).not.toContain('Lovelace');
    expect(JSON.stringify(await ask(listIdentities(dependencies), 'it'))).toContain('Ada Lovelace');
  });

  it.each([{ limit: '0' }, { limit: '101' }, { limit: 'x' }, { after: '!' }, { colour: 'red' }])(
    'refuses %j',
    async (query) => {
      expect(await ask(listIdentities(dependencies), 'auditor', { query })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `/${Object.keys(query)[0]}` }] },
      });
    },
  );
});

describe('GET /identities/{id}', () => {
  it('shows the entitlements with every reason, and whether they are in place', async () => {
    const account = { accountId: 'u1', userName: 'ada@example.com', enabled: true, grants: ['crm-users'] };
    const shown = async () =>
      identitySchema.parse((await ask(getIdentity(dependencies), 'security', { id: 'E1001' })).body);
    const held = {
      entitlement: 'crm:user',
      name: 'CRM user',
      privileged: false,
      enabled: true,
      reasons: [
        {
          type: 'birthright',
          profile: 'sales',
          profileName: 'Sales',
          fact: 'acme-hr:c',
          condition: { department: ['Sales'] },
          since: '2026-10-31T23:00:00.000Z',
          line: 'birthright: profile sales, while department is Sales, since 2026-10-31T23:00:00.000Z',
        },
      ],
    };
    expect((await shown()).entitlements).toEqual([{ ...held, inPlace: false }]);
    await dependencies.accounts.saveAccount({
      identityId: 'E1001',
      account: { applicationId: 'crm', account, readMs: NOW_MS, revision: 1 },
      audit: [],
    });
    expect((await shown()).entitlements).toEqual([{ ...held, inPlace: true }]);
    expect((await shown()).accounts).toMatchObject([{ applicationName: 'Customer records', account }]);
  });

  it('shows what was given for a time beside what a profile gives, and who said so', async () => {
    const endsAt = '2026-12-01T00:00:00.000Z';
    const decided = { recorded: '2026-11-23T08:00:00Z', basis: 'temporary' as const };
    const granted = { ...accessGranted('crm:user', '2026-11-23T08:00:00Z', endsAt, decided), identityId: 'E1001' };
    const operator = { type: 'operator', id: 'E0007' } as const;
    await appendFact(dependencies, granted, { payloadHash: 'x', actor: operator });
    const { body } = await ask(getIdentity(dependencies), 'security', { id: 'E1001' });
    const { entitlements, timeline, pending } = identitySchema.parse(body);
    const since = '2026-11-23T08:00:00.000Z';
    const people = { requestedBy: 'E1', approvedBy: ['E7'] };
    expect(entitlements[0]?.reasons).toMatchObject([
      { type: 'birthright', profile: 'sales' },
      { type: 'temporary', request: granted.requestId, ...people, since, until: endsAt, fact: granted.factId },
    ]);
    expect(timeline.find(({ factId }) => factId === granted.factId)).toMatchObject({
      type: 'access-granted',
      effectiveInstant: since,
      entitlement: 'crm:user',
      basis: 'temporary',
      requestId: granted.requestId,
      ...people,
      startsAt: since,
      endsAt,
    });
    expect(pending).toEqual({ at: endsAt, stage: 'unchanged', status: 'active' });
    const { items } = await dependencies.audit.list('E1001', { limit: 100 });
    expect(items.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ applicationId: 'crm', entitlement: 'user', request: granted.requestId }),
    );
  });

  it('shows the timeline with instants and what was rescinded, and what is to come', async () => {
    await post(
      moverEvent({ department: 'Engineering' }, { id: 'm', subject: 'E1001' }),
      rescindEvent('m', { id: 'r', subject: 'E1001', time: '2026-11-23T09:00:30Z' }),
      leaverEvent({ effectiveAt: '2026-12-24', reason: 'new job' }, { id: 'l', subject: 'E1001' }),
    );
    const { body } = await ask(getIdentity(dependencies), 'hr', { id: 'E1001' });
    const identity = identitySchema.parse(body);
    expect(identity.state).toMatchObject({ status: 'active', attributes: { department: 'Sales' } });
    expect(identity.pending).toEqual({ at: '2026-12-24T23:00:00.000Z', stage: 'leaver', status: 'departed' });
    const facts = identity.timeline.map(({ factId, effectiveInstant, rescindedBy, reason }) => ({
      factId,
      effectiveInstant,
      rescindedBy,
      reason,
    }));
    expect(facts).toEqual([
      { factId: 'acme-hr:c', effectiveInstant: '2026-10-31T23:00:00.000Z' },
      { factId: 'acme-hr:l', effectiveInstant: '2026-12-24T23:00:00.000Z', reason: 'new job' },
      { factId: 'acme-hr:m', effectiveInstant: '2026-11-01T23:00:00.000Z', rescindedBy: 'acme-hr:r' },
      { factId: 'acme-hr:r' },
    ]);
  });

  it('shows names and reasons only to roles that need them', async () => {
    await post(suspensionEvent({ id: 's', subject: 'E1001' }));
    const shown = async (role: Role) =>
      JSON.stringify(await ask(getIdentity(dependencies), role, { id: 'E1001', as: 'E0007' }));
    for (const role of ['hr', 'auditor'] as const) expect(await shown(role)).toContain('parental leave');
    for (const role of ['manager', 'it', 'security', 'operations'] as const) {
      expect(await shown(role)).not.toContain('parental leave');
    }
    for (const role of ['hr', 'manager', 'it', 'security', 'auditor'] as const)
      expect(await shown(role)).toContain('Lovelace');
    expect(await shown('operations')).not.toMatch(/Lovelace|Ada|ada@/);
  });

  it.each([
    ['E0007', 'E1001', 200],
    ['E0001', 'E1001', 200],
    ['E0007', 'svc-1', 200],
    ['E0001', 'svc-1', 200],
    ['E0002', 'E1001', 403],
    ['E1001', 'E0007', 403],
    ['E1001', 'E1001', 403],
  ])('lets the manager %s read %s: %i', async (as, id, status) => {
    expect(await ask(getIdentity(dependencies), 'manager', { as, id })).toMatchObject({ status });
  });

  it('ends a chain of managers that bites its own tail', async () => {
    await post(
      joinerEvent({ manager: 'L2' }, { id: 'l1', subject: 'L1' }),
      joinerEvent({ manager: 'L1' }, { id: 'l2', subject: 'L2' }),
    );
    expect(await ask(getIdentity(dependencies), 'manager', { id: 'L1' })).toMatchObject({ status: 403 });
  });

  it.each(['E9999', 'no such#id', ''])('answers 404 for %j', async (id) => {
    expect(await ask(getIdentity(dependencies), 'hr', { id })).toMatchObject({ status: 404 });
  });
});

describe('GET /identities/{id}/audit', () => {
  it('lists the entries, to those who may', async () => {
    const { body } = await ask(listIdentityAudit(dependencies), 'auditor', { id: 'E1001' });
    expect(auditPageSchema.parse(body).items).toMatchObject([
      { entryId: 'fact:acme-hr:c', event: { type: 'fact-recorded' } },
    ]);
    expect(await ask(listIdentityAudit(dependencies), 'it', { id: 'E1001' })).toMatchObject({ status: 403 });
  });
});

describe('tasks', () => {
  const steps = [{ action: 'create-account' }, { action: 'disable-account' }] as const;
  const task: TaskRecord = {
    taskId: taskIdOf('E1001', 'badge', steps, 0),
    identityId: 'E1001',
    applicationId: 'badge',
    status: 'open',
    steps,
    assignee: 'facilities',
    instructions: 'Make a badge.',
    openedMs: NOW_MS,
    dueMs: NOW_MS + 1,
  };
  const { taskId: id } = task;
  const body = { outcome: 'done', evidence: 'ticket 4711' };

  beforeEach(() => dependencies.tasks.openTask({ task, supersedes: [], audit: [] }));

  it('are listed by status, and overdue when they are', async () => {
    dependencies.nowMs = NOW_MS + 2;
    expect(taskPageSchema.parse((await ask(listTasks(dependencies), 'it')).body).items).toMatchObject([
      { taskId: id, status: 'open', overdue: true },
    ]);
    const done = await ask(listTasks(dependencies), 'it', { query: { status: 'done' } });
    expect(taskPageSchema.parse(done.body).items).toEqual([]);
    expect(taskSchema.parse((await ask(getTask(dependencies), 'it', { id })).body)).toMatchObject({ taskId: id });
    expect(await ask(getTask(dependencies), 'it', { id: 'E1001~badge~000000000000' })).toMatchObject({ status: 404 });
  });

  it('are closed by an attestation, which is a fact with its audit entry', async () => {
    const answered = await ask(attestTask(dependencies), 'it', { id, body });
    expect(answered.status).toBe(200);
    expect(attestedSchema.parse(answered.body)).toEqual({
      taskId: id,
      status: 'done',
      identityId: 'E1001',
      version: 2,
    });
    const record = await dependencies.directory.load('E1001');
    expect(record?.tasks).toMatchObject([{ status: 'done', attestedBy: 'E0900', evidence: 'ticket 4711' }]);
    expect(record?.facts.at(-1)).toMatchObject({
      type: 'task-attested',
      attestedBy: 'E0900',
      steps: [{ action: 'create-account' }, { action: 'disable-account' }],
    });
    const { items } = await dependencies.audit.list('E1001', { limit: 10 });
    expect(items.at(-1)).toMatchObject({
      actor: { type: 'operator', id: 'E0900' },
      event: { factType: 'task-attested' },
    });
  });

  it('are attested once: the same operator is answered the same, another is refused', async () => {
    const first = await ask(attestTask(dependencies), 'it', { id, body });
    await post(moverEvent({ title: 'Lead' }, { id: 'm', subject: 'E1001' }));
    expect(await ask(attestTask(dependencies), 'it', { id, body })).toEqual(first);
    expect(await ask(attestTask(dependencies), 'it', { id, body, as: 'E0901' })).toMatchObject({ status: 409 });
    expect((await dependencies.directory.load('E1001'))?.header.version).toBe(3);
  });

  it('let one of two operators attest at the same time', async () => {
    const answers = await Promise.all(
      ['E0900', 'E0901'].map((as) => ask(attestTask(dependencies), 'it', { id, body, as })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await dependencies.directory.load('E1001'))?.header.version).toBe(2);
  });

  it('cannot be attested once superseded, by whom they concern, or by another role', async () => {
    expect(await ask(attestTask(dependencies), 'it', { id, body, as: 'E1001' })).toMatchObject({ status: 403 });
    expect(await ask(attestTask(dependencies), 'auditor', { id, body })).toMatchObject({ status: 403 });
    await dependencies.tasks.supersedeTasks({ tasks: [task], audit: [] });
    expect(await ask(attestTask(dependencies), 'it', { id, body })).toMatchObject({ status: 409 });
    expect((await dependencies.directory.load('E1001'))?.header.version).toBe(1);
  });

  it('cannot be attested with a token that does not say who that is', async () => {
    const sent = { pathParameters: { id }, body: Buffer.from(JSON.stringify(body)) };
    const answered = await answer(attestTask(dependencies), requestWithAccessToken(['it'], sent));
    expect(answered).toMatchObject({ status: 403, body: { detail: expect.stringContaining('ID token') } });
    expect((await dependencies.directory.load('E1001'))?.header.version).toBe(1);
  });

  it('cannot be attested by whom they concern under another id, merged before or since', async () => {
    const merged = await mergeByTwo(dependencies, { identityId: 'E0002', duplicate: 'E1001' });
    expect(merged).toMatchObject({ status: 200, body: { status: 'released' } });
    for (const as of ['E0002', 'E1001']) {
      expect(await ask(attestTask(dependencies), 'it', { id, body, as })).toMatchObject({ status: 403 });
    }
  });

  it.each([
    [undefined, ''],
    [{}, '/outcome'],
    [{ outcome: 'maybe' }, '/outcome'],
    [{ outcome: 'done', evidence: 'x'.repeat(2_001) }, '/evidence'],
    [{ outcome: 'done', more: 1 }, '/more'],
  ])('refuse the attestation %j', async (wrong, pointer) => {
    expect(await ask(attestTask(dependencies), 'it', { id, body: wrong })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer }] },
    });
  });
});

const CLOSED: Omit<Certificate['applications'][number], 'applicationId'> = {
  accountId: 'u1',
  outcome: 'disabled',
  removed: [],
  truncated: false,
  disabledAt: undefined,
  lastGrantRemovedAt: undefined,
  closedAt: undefined,
  residual: undefined,
  lastAccessAt: undefined,
  verifiedAt: '2026-11-23T09:00:00.000Z',
  verifiedBy: [],
};

describe('GET /certificates/{id}', () => {
  const id = 'E1001.2';

  it('is there once every system was read back clean', async () => {
    const { leases, accounts } = dependencies;
    const removal = { version: 2, startedMs: NOW_MS };
    await leases.fenceOff({ identityId: 'E1001', epoch: 0, removal, audit: [] });
    const notYet = { status: 404, body: { detail: expect.stringContaining('not proven yet') } };
    expect(await ask(getCertificate(dependencies), 'auditor', { id })).toMatchObject(notYet);
    const account = { accountId: 'u1', userName: '<ada>', enabled: false, grants: [] };
    const certificate = buildCertificate({
      identityId: 'E1001',
      removal,
      provenMs: NOW_MS + 9,
      state: { status: 'unknown' },
      facts: [],
      accounts: [{ applicationId: 'crm', account, readMs: NOW_MS + 5, closedMs: NOW_MS + 4 }],
      managed: new Set(['crm']),
      tasks: [],
      entries: [],
    });
    const proven = { ...removal, provenMs: NOW_MS + 9 };
    const saved = await accounts.saveRemoval({ identityId: 'E1001', removal: proven, audit: [], certificate });
    expect(saved).toBe(true);
    const { body } = await ask(getCertificate(dependencies), 'auditor', { id });
    expect(certificateSchema.parse(body)).toMatchObject({
      certificateId: id,
      provenAt: '2026-11-23T09:00:00.009Z',
      applications: [{ applicationId: 'crm', outcome: 'disabled', closedAt: '2026-11-23T09:00:00.004Z' }],
    });
    for (const other of ['E1001.3', 'E1001', '.2', 'E9999.2']) {
      const { status, body } = await ask(getCertificate(dependencies), 'auditor', { id: other });
      expect(status).toBe(404);
      expect(JSON.stringify(body)).not.toContain('not proven yet');
    }
  });
});

describe('GET /time-to-revoke', () => {
  it('tells p50 and p99 by system, beside the deadlines', async () => {
    const { leases, accounts } = dependencies;
    await leases.fenceOff({ identityId: 'E1001', epoch: 0, removal: { version: 2, startedMs: NOW_MS }, audit: [] });
    const certificate: Certificate = {
      certificateId: 'E1001.2',
      identityId: 'E1001',
      version: 2,
      acceptedAt: '2026-11-23T08:59:50.000Z',
      departedAt: '2026-11-23T08:00:00.000Z',
      startedAt: '2026-11-23T08:59:51.000Z',
      provenAt: '2026-11-23T09:00:00.000Z',
      lastAccessAt: undefined,
      applications: [{ ...CLOSED, applicationId: 'crm', disabledAt: '2026-11-23T08:59:52.000Z' }],
      handedOver: [],
      attestations: [],
    };
    const removal = { version: 2, startedMs: NOW_MS, provenMs: NOW_MS };
    await accounts.saveRemoval({ identityId: 'E1001', removal, audit: [], certificate });
    const { status, body } = await ask(getTimeToRevoke(dependencies), 'security', {});
    expect(status).toBe(200);
    expect(timeToRevokeSchema.parse(body)).toMatchObject({
      removals: 1,
      complete: true,
      applications: [
        {
          applicationId: 'crm',
          measures: {
            disabled: { count: 1, p50Seconds: 2, p99Seconds: 2 },
            proven: { count: 1, p50Seconds: 10, p99Seconds: 10 },
          },
          withinDeadline: { ipsie: 1, 'fedramp-high': 1 },
        },
      ],
    });
    expect(await ask(getTimeToRevoke(dependencies), 'hr', {})).toMatchObject({ status: 403 });
  });
});

describe('who is asking', () => {
  const holds = memoryHolds();
  const ROUTES = {
    listIdentities,
    getIdentity,
    listIdentityAudit,
    mergeIdentity,
    undoMerge,
    listTasks,
    getTask,
    attestTask,
    getCertificate,
  };

  it.each(Object.entries(ROUTES))('matters to %s: 401 without a token, 403 without a role', async (_name, route) => {
    const handle: ApiHandler = route({ ...dependencies, holds });
    expect(await answer(handle, { ...requestAs(['hr'], 'E1'), claims: undefined })).toMatchObject({ status: 401 });
    expect(await ask(handle, undefined)).toMatchObject({ status: 403 });
  });

  it('does not matter to the description of the API', async () => {
    expect(await getOpenapi()).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
  });
});
