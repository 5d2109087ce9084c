// What the access model asks for beside somebody's word that a task was carried out: over the API and stores in memory.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  attestedSchema,
  confirmedSchema,
  evidenceSchema,
  MAXIMUM_EVIDENCE_BYTES,
  taskSchema,
} from '../../../lambdas/api/tasks.ts';
import { taskIdOf } from '../../../lambdas/core/access/task-id.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { findIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
import { addEvidence } from '../../../lambdas/handlers/systems/add-evidence.ts';
import { attestTask } from '../../../lambdas/handlers/systems/attest-task.ts';
import { getTask } from '../../../lambdas/handlers/systems/get-task.ts';
import { attestResolved } from '../../../lambdas/handlers/systems/mirror-tickets.ts';
import {
  answer,
  apiDependencies,
  MODEL,
  NOW_MS,
  requestAs,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { joinerEvent, moverEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';

const SAFE: Application = {
  id: 'safe',
  name: 'Safe',
  connector: 'manual',
  owner: 'E0001',
  settings: {},
  entitlements: [
    { id: 'key', name: 'Key', grant: 'key', privileged: true },
    { id: 'door', name: 'Door', grant: 'door', privileged: false },
  ],
  attestation: { secondPerson: 'privileged' },
};
const WITH_SAFE: AccessModel = { ...MODEL, applications: [...MODEL.applications, SAFE] };

let model = WITH_SAFE;
let dependencies = { ...apiDependencies(), model: () => model };

async function post(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(events))).toMatchObject({ status: 202 });
}

function taskFor(grant: 'key' | 'door', more: Partial<TaskRecord> = {}): TaskRecord {
  const steps = [{ action: 'revoke', grant, entitlement: grant, privileged: grant === 'key' }] as const;
  return {
    taskId: taskIdOf('E1001', 'safe', steps, 0),
    identityId: 'E1001',
    applicationId: 'safe',
    status: 'open',
    steps,
    assignee: 'it',
    instructions: 'Take it back.',
    openedMs: NOW_MS,
    dueMs: NOW_MS + 1,
    ...more,
  };
}

const KEY = taskFor('key');

function attest(as: string, { taskId: id } = KEY, body: object = { outcome: 'done' }) {
  const sent = { pathParameters: { id }, body: Buffer.from(JSON.stringify(body)) };
  return answer(attestTask(dependencies), requestAs(['it'], as, sent));
}

async function kept(taskId = KEY.taskId) {
  const record = await dependencies.directory.load('E1001');
  return record?.tasks.find((task) => task.taskId === taskId);
}

beforeEach(async () => {
  model = WITH_SAFE;
  dependencies = { ...apiDependencies(), model: () => model };
  await post(
    ...['E1001', 'E0800', 'E0801', 'E0802'].map((subject) =>
      joinerEvent({ email: `${subject}@acme.example` }, { id: subject, subject }),
    ),
  );
  await dependencies.tasks.openTask({ task: KEY, supersedes: [], audit: [] });
});

describe('a task that takes a second person', () => {
  it('is open until somebody else has confirmed it, and names both', async () => {
    const first = await attest('E0800', KEY, { outcome: 'done', evidence: 'ticket 1' });
    expect(first.status).toBe(202);
    expect(confirmedSchema.parse(first.body)).toMatchObject({ status: 'open', awaits: 'second-person' });
    expect(await kept()).toMatchObject({ status: 'open', first: { by: 'E0800', evidence: 'ticket 1' } });
    const second = await attest('E0801');
    expect(second.status).toBe(200);
    expect(attestedSchema.parse(second.body)).toMatchObject({ status: 'done' });
    const record = await dependencies.directory.load('E1001');
    const both = { attestedBy: 'E0800', confirmedBy: 'E0801', evidence: 'ticket 1' };
    expect(record?.tasks).toMatchObject([{ status: 'done', ...both }]);
    expect(record?.facts.at(-1)).toMatchObject({ type: 'task-attested', ...both });
    const { items } = await dependencies.audit.list('E1001', { limit: 10 });
    expect(items.map(({ actor, event }) => [actor.id, event.type]).filter(([id]) => id?.startsWith('E'))).toEqual([
      ['E0801', 'fact-recorded'],
      ['E0800', 'task-stated'],
    ]);
  });

  it('answers both the same when they say so again', async () => {
    await attest('E0800');
    expect(await attest('E0800')).toMatchObject({ status: 202 });
    const done = await attest('E0801');
    expect(await attest('E0800')).toEqual(done);
    expect(await attest('E0801')).toEqual(done);
    expect(await attest('E0802')).toMatchObject({ status: 409 });
  });

  it('says that it does, who was first, and is not done by either alone', async () => {
    await attest('E0800');
    const shown = await answer(
      getTask(dependencies),
      requestAs(['it'], 'E0802', { pathParameters: { id: KEY.taskId } }),
    );
    expect(taskSchema.parse(shown.body)).toMatchObject({ secondPerson: true, first: { by: 'E0800' }, status: 'open' });
    expect((await dependencies.directory.load('E1001'))?.facts.map(({ type }) => type)).toEqual(['joiner']);
  });

  it('refuses whom it is about, first or second, and puts that on record', async () => {
    expect(await attest('E1001')).toMatchObject({ status: 403 });
    await attest('E0800');
    expect(await attest('E1001')).toMatchObject({ status: 403 });
    expect(await kept()).toMatchObject({ status: 'open', first: { by: 'E0800' } });
    const { items } = await dependencies.audit.list('OPERATOR#E1001', { limit: 10 });
    expect(items).toMatchObject([{ event: { type: 'access-denied', operation: 'attest-task' } }]);
  });

  it('refuses the first under another id of theirs, also when the two were merged since', async () => {
    await attest('E0800');
    const merged = await mergeByTwo(dependencies, { identityId: 'E0800', duplicate: 'E0801' });
    expect(merged).toMatchObject({ status: 200 });
    expect(await attest('E0801')).toMatchObject({ status: 409, body: { detail: expect.stringContaining('second') } });
    const { items } = await dependencies.audit.list('OPERATOR#E0801', { limit: 10 });
    expect(items.at(-1)).toMatchObject({ event: { type: 'operation-refused', problem: 'conflict' } });
    expect(await attest('E0802')).toMatchObject({ status: 200 });
  });

  it('takes two others once the first turns out to be whom it is about', async () => {
    await attest('E0800');
    await mergeByTwo(dependencies, { identityId: 'E1001', duplicate: 'E0800' });
    expect(await attest('E0801')).toMatchObject({ status: 202 });
    expect(await kept()).toMatchObject({ first: { by: 'E0801' }, status: 'open' });
    expect(await attest('E0802')).toMatchObject({ status: 200 });
  });

  it('lets one of two be first at the same time, and both together', async () => {
    const answers = await Promise.all(['E0800', 'E0801'].map((as) => attest(as)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(await kept()).toMatchObject({ status: 'open', revision: 1 });
  });

  it('keeps what it was opened under, and takes on what the model asks for since', async () => {
    const door = taskFor('door', { needs: { secondPerson: true } });
    await dependencies.tasks.openTask({ task: door, supersedes: [], audit: [] });
    model = { ...WITH_SAFE, applications: [{ ...SAFE, attestation: undefined }] };
    expect(await attest('E0800', door)).toMatchObject({ status: 202 });
    expect(await attest('E0800')).toMatchObject({ status: 200 });
  });

  it.each<['required' | 'privileged' | undefined, 'key' | 'door', number]>([
    ['required', 'door', 202],
    ['privileged', 'door', 200],
    ['privileged', 'key', 202],
    [undefined, 'key', 200],
  ])('where it is %s, %s is answered with %i', async (secondPerson, grant, status) => {
    model = { ...WITH_SAFE, applications: [{ ...SAFE, attestation: { secondPerson } }] };
    const task = taskFor(grant);
    await dependencies.tasks.openTask({ task, supersedes: [], audit: [] });
    expect(await attest('E0800', task)).toMatchObject({ status });
  });

  it('is confirmed no more once it was superseded', async () => {
    await attest('E0800');
    const task = await kept();
    if (task === undefined) throw new Error('there is no task');
    await dependencies.tasks.supersedeTasks({ tasks: [task], audit: [] });
    expect(await attest('E0801')).toMatchObject({ status: 409 });
  });
});

describe('a task that takes evidence', () => {
  const kept = new Map<string, Uint8Array>();
  const evidenceFiles = {
    put: async ({ sha256, bytes }: { readonly sha256: string; readonly bytes: Uint8Array }) =>
      void kept.set(sha256, bytes),
  };
  const add = (as: string, bytes: Buffer, headers: Readonly<Record<string, string>> = {}, id = KEY.taskId) =>
    answer(
      addEvidence({ ...dependencies, evidenceFiles }),
      requestAs(['it'], as, {
        pathParameters: { id },
        body: bytes,
        headers: { 'content-type': 'image/png', ...headers },
      }),
    );
  const PHOTO = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]);
  const HASH = createHash('sha256').update(PHOTO).digest('hex');

  beforeEach(() => {
    kept.clear();
    model = { ...WITH_SAFE, applications: [{ ...SAFE, attestation: { evidence: 'privileged' } }] };
  });

  it('is not attested without a file, and says which one showed it', async () => {
    const refused = await attest('E0800');
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('/evidence') } });
    const added = await add('E0800', PHOTO, { 'x-content-sha256': HASH.toUpperCase() });
    expect(added.status).toBe(200);
    expect(evidenceSchema.parse(added.body)).toEqual({ taskId: KEY.taskId, sha256: HASH, bytes: 5 });
    expect(kept.get(HASH)).toEqual(PHOTO);
    expect(await attest('E0800')).toMatchObject({ status: 200 });
    const record = await dependencies.directory.load('E1001');
    expect(record?.facts.at(-1)).toMatchObject({ type: 'task-attested', files: [HASH] });
    const { items } = await dependencies.audit.list('E1001', { limit: 10 });
    expect(items.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'evidence-added', sha256: HASH, bytes: 5 }),
        expect.objectContaining({ type: 'fact-recorded', factType: 'task-attested', files: [HASH] }),
      ]),
    );
  });

  it('is first word and confirmation on the same file, where it takes two people', async () => {
    model = {
      ...WITH_SAFE,
      applications: [{ ...SAFE, attestation: { evidence: 'required', secondPerson: 'required' } }],
    };
    expect(await attest('E0800')).toMatchObject({ status: 409 });
    await add('E0800', PHOTO);
    expect(await attest('E0800')).toMatchObject({ status: 202 });
    const shown = await answer(
      getTask(dependencies),
      requestAs(['it'], 'E0802', { pathParameters: { id: KEY.taskId } }),
    );
    expect(taskSchema.parse(shown.body)).toMatchObject({ evidenceRequired: true, files: [{ sha256: HASH, bytes: 5 }] });
    expect(await attest('E0801')).toMatchObject({ status: 200 });
  });

  it('is no ticket’s word alone', async () => {
    const loaded = await findIdentity(dependencies, 'E1001');
    if (loaded === undefined) throw new Error('there is no identity');
    const application = { ...SAFE, attestation: { evidence: 'privileged' } } as const;
    const ticket = { ticketId: '7', status: 'resolved', resolvedBy: 'E0800' } as const;
    expect(await attestResolved(dependencies, { ...loaded, application }, KEY, ticket)).toBe('waits');
  });

  it('takes the same file once, and ten others', async () => {
    for (let round = 0; round < 2; round += 1) expect(await add('E0800', PHOTO)).toMatchObject({ status: 200 });
    for (let file = 1; file < 10; file += 1)
      expect(await add('E0800', Buffer.from([file]))).toMatchObject({ status: 200 });
    expect(await add('E0800', Buffer.from([10]))).toMatchObject({ status: 409 });
    expect(await add('E0800', PHOTO)).toMatchObject({ status: 200 });
    expect(kept.size).toBe(10);
  });

  it.each<[string, number, () => ReturnType<typeof add>]>([
    ['whom it is about', 403, () => add('E1001', PHOTO)],
    ['nothing', 422, () => add('E0800', Buffer.alloc(0))],
    ['what is not what was sent', 422, () => add('E0800', PHOTO, { 'x-content-sha256': 'a'.repeat(64) })],
    ['a page', 415, () => add('E0800', PHOTO, { 'content-type': 'text/html' })],
    ['what is too large', 413, () => add('E0800', Buffer.alloc(MAXIMUM_EVIDENCE_BYTES + 1))],
    ['what is of no task', 404, () => add('E0800', PHOTO, {}, 'E1001~safe~000000000000')],
  ])('takes nothing from or of %s: %i', async (_, status, ask) => {
    expect(await ask()).toMatchObject({ status });
    expect(kept.size).toBe(0);
  });

  it('takes as much as there may be, and nothing once it is closed', async () => {
    expect(await add('E0800', Buffer.alloc(MAXIMUM_EVIDENCE_BYTES))).toMatchObject({ status: 200 });
    expect(await attest('E0800')).toMatchObject({ status: 200 });
    expect(await add('E0800', PHOTO)).toMatchObject({ status: 409 });
    expect(kept.size).toBe(1);
  });
});

describe('the ticket of a task that takes a second person', () => {
  const resolve = async (resolvedBy: string) => {
    const loaded = await findIdentity(dependencies, 'E1001');
    const task = await kept();
    if (loaded === undefined || task === undefined) throw new Error('there is no task');
    const ticket = { ticketId: '7', status: 'resolved', resolvedBy } as const;
    return await attestResolved(dependencies, { ...loaded, application: SAFE }, task, ticket);
  };

  it('is the first word, which an operator confirms', async () => {
    expect(await resolve('E0800@acme.example')).toBe('waits');
    expect(await resolve('E0800@acme.example')).toBe('waits');
    expect(await attest('E0800')).toMatchObject({ status: 409 });
    expect(await attest('E0801')).toMatchObject({ status: 200 });
    expect(await kept()).toMatchObject({ attestedBy: 'manual:E0800@acme.example', confirmedBy: 'E0801' });
  });

  it('confirms what an operator said first, when it is another person that resolved it', async () => {
    await attest('E0800');
    expect(await resolve('E0800@acme.example')).toBe('waits');
    expect(await kept()).toMatchObject({ status: 'open', first: { by: 'E0800' } });
    expect(await resolve('E0801')).toBe('attested');
    expect(await kept()).toMatchObject({ status: 'done', confirmedBy: 'manual:E0801' });
  });

  it('counts for nothing by whom nobody here knows, be they first or second', async () => {
    expect(await resolve('nobody-knows')).toBe('waits');
    expect(await kept()).not.toHaveProperty('first.by');
    await attest('E0800');
    expect(await resolve('nobody-knows')).toBe('waits');
    expect(await kept()).toMatchObject({ status: 'open', first: { by: 'E0800' } });
    expect(await attest('E0801')).toMatchObject({ status: 200 });
  });

  it('counts for nothing by whom it is about, under another id too', async () => {
    await mergeByTwo(dependencies, { identityId: 'E1001', duplicate: 'E0802' });
    await post(moverEvent({ title: 'Lead' }, { id: 'm', subject: 'E1001' }));
    expect(await resolve('E0802')).toBe('refused');
    expect(await kept()).not.toHaveProperty('first.by');
  });
});
