// Every minute: takes up decisions about holds that were too large to be carried out while somebody waited, or whose
// function died half-way.
import * as z from 'zod';
import { serveTask } from '../../middleware/serve-task.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold, HoldStore } from '../../stores/holds/hold-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { applyHoldDecision, type DecisionDependencies } from './apply-hold-decision.ts';

/** Done before the next run begins: about 5,000 identities. */
const RUN_MS = 50_000;
const PAGE = 100;
/** More holds than a deployment ever has. */
const MAXIMUM_PAGES = 50;

export const resumeHoldDecisions =
  (dependencies: DecisionDependencies) => async (): Promise<{ readonly done: number; readonly left: number }> => {
    const deadlineMs = dependencies.clock() + RUN_MS;
    const decided = [
      ...(await listAll(dependencies.holds, 'releasing')),
      ...(await listAll(dependencies.holds, 'dropping')),
    ];
    let done = 0;
    const failures: unknown[] = [];
    // One that cannot be carried out keeps no other waiting.
    for (const hold of decided) {
      try {
        if ((await applyHoldDecision(dependencies, hold, deadlineMs)) === 'done') done += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return { done, left: decided.length - done };
  };

async function listAll(holds: HoldStore, status: Hold['status']): Promise<readonly Hold[]> {
  const found: Hold[] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await holds.listHolds({ status, limit: PAGE, after });
    found.push(...items);
    after = next;
    if (after === undefined) break;
  }
  return found;
}

let live: ReturnType<typeof resumeHoldDecisions> | undefined;

export const handler = serveTask('resume-hold-decisions', z.unknown(), () => {
  live ??= resumeHoldDecisions({ ...liveDependencies(), holds: dynamoHoldStore() });
  return live();
});
