// The net under the stream: walks through the audit table, slowly and again and again, and gives a place in the log to
// whatever has none. Its first pass brings in what was recorded before there was a log.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { advanced, type CatchUp, dueCatchUp, isOverdue } from '../../core/audit/sealing/catching-up.ts';
import { RetryableError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import { dynamoAuditStore } from '../../stores/audit/dynamo-audit-store.ts';
import { type PublishLogMetrics, publishLogMetrics } from '../../stores/log/log-metrics.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import { type CommitDependencies, commitEntries } from './commit-entries.ts';
import { liveCommitDependencies } from './live-commit-dependencies.ts';

export interface CatchUpDependencies extends Omit<CommitDependencies, 'log'> {
  readonly audit: Pick<AuditStore, 'listAll'>;
  readonly log: CommitDependencies['log'] & Pick<LogStore, 'findCatchUp' | 'saveCatchUp'>;
  readonly publish: PublishLogMetrics;
}

const PAGE_ENTRIES = 96;
/** A run every five minutes, so some 2.7 million entries a day, for some 0.60 dollars. */
const MAXIMUM_PAGES = 100;
/** Less than the function's time-out, with room for a page. */
const RUN_MS = 90_000;

const logger = new Logger({ serviceName: 'tenure' });

export interface CaughtUp {
  readonly looked: number;
  readonly recovered: number;
}

export const sequenceMissedEntries = (dependencies: CatchUpDependencies) => async (): Promise<CaughtUp> => {
  const { log, audit, clock, publish } = dependencies;
  const startedMs = clock();
  let walk = dueCatchUp(await log.findCatchUp(), startedMs);
  let [looked, recovered, refused] = [0, 0, 0];
  for (let page = 1; walk !== undefined && !walk.isThrough && page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await audit.listAll({ limit: PAGE_ENTRIES, after: walk.after });
    const found = await recover(dependencies, walk, items);
    looked += items.length;
    recovered += found.added;
    refused += found.refused;
    walk = await save(dependencies, walk, next);
    if (clock() - startedMs > RUN_MS) break;
  }
  publish({ recovered, refused });
  return { looked, recovered };
};

async function recover(
  dependencies: CatchUpDependencies,
  { pass }: CatchUp,
  items: readonly AuditEntry[],
): Promise<{ readonly added: number; readonly refused: number }> {
  const overdue = items.filter(({ at }) => isOverdue(at, dependencies.clock()));
  const { added, refused, stopped } = await commitEntries(dependencies, overdue);
  // The walk stays where it is, and comes here again.
  if (stopped !== undefined) throw new RetryableError('missed entries wait to be sequenced', { cause: stopped.cause });
  for (const [place, reason] of refused) {
    const { identityId, at, entryId } = overdue[place] ?? {};
    logger.error('an audit entry cannot become an entry of the log', { identityId, at, entryId, reason });
  }
  // What was there before the log is nothing that was lost.
  return { added: pass === 1 ? 0 : added, refused: refused.size };
}

/** Undefined: somebody else walks as well. */
async function save(
  { log }: CatchUpDependencies,
  walk: CatchUp,
  next: string | undefined,
): Promise<CatchUp | undefined> {
  const further = advanced(walk, next);
  return (await log.saveCatchUp(further, walk.revision)) ? further : undefined;
}

let live: ReturnType<typeof sequenceMissedEntries> | undefined;

export const handler = serveTask('sequence-missed-entries', z.unknown(), () => {
  live ??= sequenceMissedEntries({
    ...liveCommitDependencies(),
    audit: dynamoAuditStore(),
    publish: publishLogMetrics,
  });
  return live();
});
