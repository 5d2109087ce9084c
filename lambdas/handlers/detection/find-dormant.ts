// Once a day: whose accounts nobody uses any more, of those that are no people. It is told with what is remembered of each, in
// one write, so that it is told once.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import type { DetectionPolicy } from '../../core/detection/detection-settings.ts';
import { dormancyOf } from '../../core/detection/dormancy.ts';
import type { ActivityMemory } from '../../core/detection/memory.ts';
import { RetryableError } from '../../core/errors.ts';
import { OWNED_KINDS } from '../../core/identity/attributes.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { ActivityStore, KeptMemory } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { deployedDetection } from '../../stores/deployed-detection.ts';
import type { DirectoryStore } from '../../stores/directory/directory-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { MEMORY_KEPT_MS } from './judge-records.ts';

export interface FindDormantDependencies {
  readonly directory: Pick<DirectoryStore, 'listIdentities'>;
  readonly activity: Pick<ActivityStore, 'recall' | 'remember'>;
  readonly clock: () => number;
  readonly policy: Pick<DetectionPolicy, 'dormantAfterDays'>;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

const DAY_MS = 86_400_000;
/** Of the quarter of an hour that the function has; a million identities are listed in two minutes. */
const RUN_MS = 13 * 60_000;
const LISTED_AT_ONCE = 1_000;
const RECALLED_AT_ONCE = 100;
const CONCURRENT_WRITES = 10;

/** @returns how many entries were written */
export const findDormant = (dependencies: FindDormantDependencies) => async (): Promise<{ readonly told: number }> => {
  const { directory, clock } = dependencies;
  const untilMs = clock() + RUN_MS;
  let told = 0;
  let after: string | undefined;
  do {
    if (clock() > untilMs) throw new RetryableError('those who came last were not looked at: there are too many');
    const page = await directory.listIdentities({ limit: LISTED_AT_ONCE, after });
    told += await tellOf(dependencies, page.items.filter(isWatched));
    after = page.next;
  } while (after !== undefined);
  return { told };
};

function isWatched({ summary, erasing }: IdentityHeader): boolean {
  return erasing === undefined && summary.status === 'active' && OWNED_KINDS.some((kind) => kind === summary.kind);
}

async function tellOf(dependencies: FindDormantDependencies, headers: readonly IdentityHeader[]): Promise<number> {
  let told = 0;
  for (let start = 0; start < headers.length; start += RECALLED_AT_ONCE) {
    const some = headers.slice(start, start + RECALLED_AT_ONCE);
    const recalled = await dependencies.activity.recall(some.map(({ identityId }) => identityId));
    await mapBounded(some, CONCURRENT_WRITES, async (header) => {
      const kept = recalled.get(header.identityId);
      if (kept !== undefined) told += await tell(dependencies, header, kept);
    });
  }
  return told;
}

async function tell(
  { activity, clock, policy, log }: FindDormantDependencies,
  { identityId, summary: { kind = '' }, applications = [] }: IdentityHeader,
  { memory, revision }: KeptMemory,
): Promise<number> {
  const nowMs = clock();
  const dormantMs = policy.dormantAfterDays * DAY_MS;
  const found = dormancyOf(memory as ActivityMemory, { identityId, kind, applications }, { dormantMs, nowMs });
  if (found === undefined) return 0;
  const next = { subjectId: identityId, memory: found.memory, revision: revision + 1 };
  // Whose memory changes just now is used just now, or is looked at tomorrow.
  if (await activity.remember({ memory: next, expiresMs: nowMs + MEMORY_KEPT_MS, alerts: [], audit: found.audit })) {
    return found.audit.length;
  }
  log('used meanwhile', {});
  return 0;
}

let live: ReturnType<typeof findDormant> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('find-dormant', z.unknown(), () => {
  live ??= findDormant({
    ...liveDependencies(),
    activity: dynamoActivityStore(),
    policy: deployedDetection(),
    log: (message, details) => logger.info(message, details),
  });
  return live();
});
