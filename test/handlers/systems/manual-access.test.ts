// Access that only people can change, when the access model loses its name: what was attested is asked back all the same.
import { expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import { recordAttestation } from '../../../lambdas/handlers/systems/record-attestation.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { joiner } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

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

it('a manual entitlement that the access model has lost is asked back', async () => {
  const stores = memoryStores();
  let model = WITH_CABINET;
  let nowMs = Date.parse('2026-11-23T12:00:00Z');
  let ids = 0;
  const dependencies = {
    ...stores,
    clock: () => nowMs,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    model: () => model,
    reconciliations: { find: async () => undefined },
    connect: async () =>
      ({
        kind: 'manual',
        task: { assignee: 'office@acme.example', instructions: 'at the desk', dueHours: 24 },
      }) as const,
  };
  const call = async () => {
    nowMs += 3_600_000;
    const lease = { identityId: 'E1', holder: `pass-${ids}`, nowMs, expiresMs: nowMs + 90_000, nextCheckMs: nowMs };
    const epoch = (await stores.leases.acquireLease(lease))?.epoch ?? 0;
    const input = { identityId: 'E1', applicationId: 'badge', epoch, judgedMs: 0, trigger: 'test' } as const;
    await convergeApplication(dependencies)({ ...input, mode: 'converge' });
    const tasks = (await stores.directory.load('E1'))?.tasks ?? [];
    return tasks.find(({ status }) => status === 'open');
  };
  const fact: Fact = { ...joiner('2026-11-01', { location: 'Berlin' }), identityId: 'E1' };
  const actor = { type: 'hr-source', id: 'acme-hr' } as const;
  await appendFact(dependencies, fact, { payloadHash: fact.factId, actor });
  const task = await call();
  expect(task?.steps.map((step) => ('grant' in step ? step.grant : step.action))).toEqual([
    'create-account',
    'cabinet',
    'office',
  ]);
  if (task === undefined) throw new Error('there is no task');
  await recordAttestation(dependencies, task, { attestedBy: 'E9', evidence: 'done' });
  expect(await call()).toBeUndefined();
  model = MODEL;
  expect((await call())?.steps).toMatchObject([{ action: 'revoke', grant: 'cabinet' }]);
});
