// The inventory of applications, over stores in memory.
import { beforeEach, expect, it } from 'vitest';
import { applicationListSchema } from '../../../lambdas/api/applications.ts';
import { taskIdOf } from '../../../lambdas/core/access/task-id.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { listApplications } from '../../../lambdas/handlers/systems/list-applications.ts';
import {
  answer,
  apiDependencies,
  MODEL,
  NOW_MS,
  requestAs,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';

const BADGE: Application = {
  id: 'badge',
  name: 'Badge',
  connector: 'manual',
  owner: 'E0002',
  settings: { assignee: 'it', instructions: 'at the desk', dueHours: 8 },
  entitlements: [{ id: 'vault', name: 'Vault', grant: 'zone-1', privileged: true }],
  attestation: { secondPerson: 'privileged' },
};
const LEDGER: Application = {
  ...BADGE,
  id: 'ledger',
  owner: 'E0003',
  settings: { dueHours: 2 },
  attestation: undefined,
};

const REPORT = {
  runId: 'r',
  startedMs: NOW_MS - 2_000,
  finishedMs: NOW_MS - 1_000,
  accounts: 1,
  matched: 1,
  counts: { orphan: 0, ambiguous: 0, dormant: 0, extra: 0, missing: 0 },
  newOrphans: 0,
};

let dependencies = inventory();

function inventory() {
  return {
    ...apiDependencies(),
    model: () => ({ ...MODEL, applications: [...MODEL.applications, BADGE, LEDGER] }),
    reconciliations: { list: async () => [{ applicationId: 'crm', report: REPORT }] },
    manualConnectors: ['manual'],
  };
}

async function open(count: number, dueMs: (index: number) => number) {
  for (let index = 0; index < count; index += 1) {
    const steps = [{ action: 'revoke', grant: `zone-${index}`, privileged: true }] as const;
    const task = {
      taskId: taskIdOf('E1', 'badge', steps, 0),
      identityId: 'E1',
      applicationId: 'badge',
      status: 'open',
      steps,
      assignee: 'it',
      instructions: 'at the desk',
      openedMs: NOW_MS,
      dueMs: dueMs(index),
    } as const;
    await dependencies.tasks.openTask({ task, supersedes: [], audit: [] });
  }
}

async function list() {
  const { status, body } = await answer(listApplications(dependencies), requestAs(['auditor'], 'E9'));
  expect(status).toBe(200);
  return applicationListSchema.parse(body);
}

beforeEach(async () => {
  dependencies = inventory();
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const events = [
    joinerEvent({}, { id: 'a', subject: 'E0001' }),
    joinerEvent({}, { id: 'b', subject: 'E0002' }),
    leaverEvent({ immediate: true }, { id: 'c', subject: 'E0002' }),
  ];
  expect(await answer(receive, signedRequest(events))).toMatchObject({ status: 202 });
});

it('tells of each application who answers for it, how it is provisioned, and when its tasks are due', async () => {
  const { items, incomplete } = await list();
  expect(incomplete).toBeUndefined();
  expect(items).toMatchObject([
    {
      applicationId: 'crm',
      owner: { identityId: 'E0001', status: 'active' },
      provisionedBy: 'connector',
      openTasks: 0,
      lastReconciledAt: '2026-11-23T08:59:59.000Z',
    },
    {
      applicationId: 'badge',
      owner: { identityId: 'E0002', status: 'departed' },
      provisionedBy: 'people',
      entitlements: [{ id: 'vault', name: 'Vault', privileged: true }],
      attestation: { secondPerson: 'privileged' },
      due: { hours: 8, privilegedRemovalHours: 4 },
    },
    {
      applicationId: 'ledger',
      owner: { identityId: 'E0003', status: 'unknown' },
      due: { hours: 2, privilegedRemovalHours: 2 },
    },
  ]);
  expect(items[0]).not.toHaveProperty('due');
  expect(items[1]).not.toHaveProperty('lastReconciledAt');
});

it('counts what people have yet to do in it, and what is overdue', async () => {
  await open(3, (index) => NOW_MS + (index === 0 ? -1 : 0));
  expect((await list()).items.map(({ openTasks, overdueTasks }) => [openTasks, overdueTasks])).toEqual([
    [0, 0],
    [3, 1],
    [0, 0],
  ]);
});

it('says so when more tasks are open than it counts', async () => {
  const all = Array.from({ length: 1_000 }, (_, index) => ({ applicationId: 'badge', dueMs: NOW_MS, index }));
  let pages = 0;
  const listTasks = (last: number) => async () => {
    pages += 1;
    return { items: all as never, ...(pages < last && { next: 'more' }) };
  };
  dependencies = { ...dependencies, tasks: { ...dependencies.tasks, listTasks: listTasks(10) } };
  expect(await list()).not.toHaveProperty('incomplete');
  pages = 0;
  dependencies = { ...dependencies, tasks: { ...dependencies.tasks, listTasks: listTasks(11) } };
  const { items, incomplete } = await list();
  expect([incomplete, items[1]?.openTasks, pages]).toEqual([true, 10_000, 10]);
});

it.each(['hr', 'manager', 'employee'] as const)('is not shown to %s', async (role) => {
  expect(await answer(listApplications(dependencies), requestAs([role], 'E9'))).toMatchObject({ status: 403 });
});
