// A leaver in many systems, through the real state machine and handlers: lock-down goes on in all of them at once, so
// that it takes what the slowest takes and hardly more. Systems answer as slowly as over a network; stores at once.
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { MemorySystem } from '../simulation/memory-system.ts';
import { World } from '../simulation/world.ts';
import { joiner, leaver } from '../support/facts.ts';
import type { Question } from './main.ts';

const SYSTEMS = [1, 10, 40];
const ANSWER_MS = 20;
const POLL_MS = 1;
const LEFT = '2026-11-20T00:00:00Z';

export function lockDowns(): readonly Question[] {
  return [
    {
      ask: `How long until a leaver is disabled everywhere, each call to a system taking ${ANSWER_MS} ms?`,
      rows: SYSTEMS.map((count) => {
        let company: Awaited<ReturnType<typeof employ>>;
        return {
          name: count === 1 ? 'in one system' : `in ${count} systems`,
          prepare: async () => {
            company = await employ(count);
          },
          run: () => company.leave(),
        };
      }),
    },
  ];
}

/** Somebody with an enabled account in each of so many systems. */
async function employ(count: number) {
  const systems = Array.from({ length: count }, () => new MemorySystem({ canDisable: true }));
  const ids = systems.map((_, index) => `system-${index}`);
  const world = new World({
    model: modelOf(ids),
    retryPolicy: { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 },
    connect: async (id) => {
      const system = systems[ids.indexOf(id)];
      return system && { kind: 'api', target: slowly(system.target()), residual: undefined };
    },
  });
  const isEnabled = (system: MemorySystem) => system.accountOf('E1')?.enabled === true;
  await world.record(joiner('2026-01-01', { department: 'Sales' }));
  await until(() => systems.every(isEnabled));
  return {
    leave: async () => {
      await world.record(leaver(LEFT));
      await until(() => !systems.some(isEnabled));
    },
  };
}

function modelOf(ids: readonly string[]): AccessModel {
  return {
    hash: 'bench',
    applications: ids.map((id) => ({
      id,
      name: id,
      connector: 'suspending',
      owner: 'E0',
      settings: {},
      entitlements: [{ id: 'user', name: 'User', grant: 'users', privileged: false }],
    })),
    profiles: [
      { id: 'all', name: 'All', when: { kind: [{ exists: true }] }, entitlements: ids.map((id) => `${id}:user`) },
    ],
  };
}

function slowly(target: Target): Target {
  const slow: Record<string, unknown> = {};
  for (const [method, run] of Object.entries(target) as [string, (...input: unknown[]) => Promise<unknown>][]) {
    slow[method] = async (...input: unknown[]) => {
      await pause(ANSWER_MS);
      return run(...input);
    };
  }
  return slow as unknown as Target;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(POLL_MS);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
