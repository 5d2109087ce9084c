// Access that only people can change, when the access model loses its name: what was attested is asked back all the same.
import { describe, expect, it } from 'vitest';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import { recordAttestation } from '../../../lambdas/handlers/systems/record-attestation.ts';
import type { TaskStore } from '../../../lambdas/stores/tasks/task-store.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const TASK = { assignee: 'office@acme.example', instructions: 'at the desk', dueHours: 24, privilegedRemovalHours: 4 };
const HR = { type: 'hr-source', id: 'acme-hr' } as const;
const KEY_CABINET = { id: 'cabinet', name: 'Key cabinet', grant: 'cabinet', privileged: false };

/** The badge office also has a key cabinet, which everybody in Berlin may open. */
const WITH_CABINET: AccessModel = {
  ...MODEL,
  applications: MODEL.applications.map((application) =>
    application.id === 'badge'
      ? { ...application, entitlements: [...application.entitlements, KEY_CABINET] }
      : application,
  ),
  profiles: MODEL.profiles.map((profile) =>
    profile.id === 'office' ? { ...profile, entitlements: [...profile.entitlements, 'badge:cabinet'] } : profile,
  ),
};

/** E1 in Berlin, whose badge is converged once an hour by the model in force. */
async function badgeOf(first: AccessModel, refuses: () => boolean = () => false) {
  const stores = memoryStores();
  let model = first;
  let nowMs = Date.parse('2026-11-23T12:00:00Z');
  let ids = 0;
  const { tasks } = stores;
  const openTask: TaskStore['openTask'] = async (opening) => !refuses() && (await tasks.openTask(opening));
  const dependencies = {
    ...stores,
    tasks: { ...tasks, openTask },
    clock: () => nowMs,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    model: () => model,
    reconciliations: { find: async () => undefined },
    connect: async () => ({ kind: 'manual', task: TASK }) as const,
  };
  const record = (fact: Fact) =>
    appendFact(dependencies, { ...fact, identityId: 'E1' }, { payloadHash: fact.factId, actor: HR });
  const converge = async () => {
    nowMs += 3_600_000;
    const lease = { identityId: 'E1', holder: `pass-${ids}`, nowMs, expiresMs: nowMs + 90_000, nextCheckMs: nowMs };
    const epoch = (await stores.leases.acquireLease(lease))?.epoch ?? 0;
    const input = { identityId: 'E1', applicationId: 'badge', epoch, judgedMs: 0, trigger: 'test' } as const;
    await convergeApplication(dependencies)({ ...input, mode: 'converge' });
    const tasks = (await stores.directory.load('E1'))?.tasks ?? [];
    return tasks.find(({ status }) => status === 'open');
  };
  const attest = async (task: TaskRecord | undefined) => {
    if (task === undefined) throw new Error('there is no task');
    await recordAttestation(dependencies, task, { attestedBy: 'E9', evidence: 'done' });
  };
  await record(joiner('2026-11-01', { location: 'Berlin' }));
  const deploy = (next: AccessModel) => {
    model = next;
  };
  return { record, converge, attest, deploy };
}

it('a task that could not be opened, since another call was faster, is opened by the next pass', async () => {
  let isRefused = true;
  const { converge } = await badgeOf(WITH_CABINET, () => isRefused);
  await expect(converge()).rejects.toBeInstanceOf(RetryableError);
  isRefused = false;
  expect((await converge())?.steps).toHaveLength(3);
});

it('a manual entitlement that the access model has lost is asked back', async () => {
  const { converge, attest, deploy } = await badgeOf(WITH_CABINET);
  const task = await converge();
  expect(task?.steps.map((step) => ('grant' in step ? step.grant : step.action))).toEqual([
    'create-account',
    'cabinet',
    'office',
  ]);
  await attest(task);
  expect(await converge()).toBeUndefined();
  deploy(MODEL);
  expect((await converge())?.steps).toMatchObject([{ action: 'revoke', grant: 'cabinet' }]);
});

describe('when a task is due', () => {
  const hoursOf = (task: TaskRecord | undefined) => task && (task.dueMs - task.openedMs) / 3_600_000;
  const withBadge = (change: (badge: Application) => Application): AccessModel => ({
    ...WITH_CABINET,
    applications: WITH_CABINET.applications.map((one) => (one.id === 'badge' ? change(one) : one)),
  });
  const privileged = withBadge((badge) => ({
    ...badge,
    entitlements: badge.entitlements.map((one) => (one.id === 'cabinet' ? { ...one, privileged: true } : one)),
    attestation: { secondPerson: 'privileged' },
  }));

  it('is sooner where it takes privileged access away, which then takes a second person', async () => {
    const { record, converge, attest } = await badgeOf(privileged);
    const giving = await converge();
    expect([hoursOf(giving), giving?.needs]).toEqual([24, { secondPerson: true }]);
    await attest(giving);
    await record(mover('2026-11-23', { location: 'Munich' }));
    const taking = await converge();
    expect(taking?.steps).toContainEqual(expect.objectContaining({ action: 'revoke', grant: 'cabinet' }));
    expect([hoursOf(taking), taking?.needs]).toEqual([4, { secondPerson: true }]);
  });

  it('is as for any other where nothing privileged is taken', async () => {
    const { record, converge, attest } = await badgeOf(WITH_CABINET);
    await attest(await converge());
    await record(leaver('2026-11-22'));
    const taking = await converge();
    expect([hoursOf(taking), taking?.needs]).toEqual([24, undefined]);
  });
});
