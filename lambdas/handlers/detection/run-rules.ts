// Runs the deployment's own rules over what came into the lake of activity since the last time, and has what they find judged as
// findings of every detection are. Each rule has a position of its own, kept after its findings: whoever is stopped in between
// finds them again, and each record is counted once.

import { Logger } from '@aws-lambda-powertools/logger';
import { AthenaClient } from '@aws-sdk/client-athena';
import * as z from 'zod';
import { type FoundRecord, readFound, recordKey } from '../../core/detection/activity-lake.ts';
import { judgeRecord } from '../../core/detection/judge.ts';
import { shortHash } from '../../core/detection/short-hash.ts';
import {
  detectionOf,
  MAXIMUM_FOUND,
  MAXIMUM_ROWS,
  positionAfter,
  type RulePosition,
  type SigmaRule,
  windowOf,
  windowParameters,
} from '../../core/detection/sigma-rule.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { deployedDetection } from '../../stores/deployed-detection.ts';
import { deployedSigmaRules } from '../../stores/deployed-sigma-rules.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type AthenaAnswer, runAthenaQuery } from '../../stores/lake/athena-query.ts';
import { type PublishRuleRun, publishRuleRun } from '../../stores/lake/rule-metrics.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { type JudgingDependencies, judgeRecords } from './judge-records.ts';

export interface RunRulesDependencies extends Omit<JudgingDependencies, 'judge' | 'remembers'> {
  readonly activity: ActivityStore & Pick<ActivityStore, 'readCursor' | 'saveCursor'>;
  readonly rules: readonly SigmaRule[];
  /** At most `maximumRows` of the rows. */
  readonly ask: (sql: string, parameters: readonly string[], maximumRows: number) => Promise<AthenaAnswer>;
  readonly publish: PublishRuleRun;
}

export interface RulesRun {
  readonly run: number;
  readonly failed: number;
  /** Those that found more than is taken. */
  readonly cut: number;
  readonly findings: number;
}

/** After this it begins no rule: those that are left fail, and are the first of the next run. */
const RUN_MS = 480_000;
const CONCURRENT_RULES = 4;
const KEY_LENGTH = 10;

export const runRules = (dependencies: RunRulesDependencies) => async (): Promise<RulesRun> => {
  const { rules, clock, log, publish } = dependencies;
  const deadlineMs = clock() + RUN_MS;
  const counts = { run: 0, failed: 0, cut: 0, findings: 0 };
  const positions = await mapBounded(rules, CONCURRENT_RULES, async (rule) => ({
    rule,
    kept: await dependencies.activity.readCursor(cursorOf(rule)),
  }));
  // Longest ago first, so that one that was left out is not left out again.
  const inTurn = positions.toSorted((one, other) => (one.kept?.readMs ?? 0) - (other.kept?.readMs ?? 0));
  await mapBounded(inTurn, CONCURRENT_RULES, async ({ rule, kept }) => {
    try {
      if (clock() > deadlineMs) throw new Error('there was no time for it');
      const done = await runRule(dependencies, rule, kept);
      counts.run += 1;
      counts.findings += done.findings;
      if (done.cut) counts.cut += 1;
      if (done.cut) log('a rule found more than is taken', { rule: rule.id, taken: MAXIMUM_FOUND });
      if (done.unreadable === 0) return;
      counts.failed += 1;
      log('rows cannot be read', { rule: rule.id, rows: done.unreadable });
    } catch (error) {
      counts.failed += 1;
      // By its name alone: what Athena says of a failure may quote what is in the lake. Its console has it, by the time.
      log('a rule was not run', { rule: rule.id, error: error instanceof Error ? error.name : 'unknown' });
    }
  });
  publish(counts);
  return counts;
};

interface Kept {
  readonly cursor: unknown;
  readonly revision: number;
}

interface RuleDone {
  readonly findings: number;
  readonly cut: boolean;
  /** Rows that are none of this version's: they stand in no other's way, and are no more readable the next time. */
  readonly unreadable: number;
}

async function runRule(dependencies: RunRulesDependencies, rule: SigmaRule, kept: Kept | undefined): Promise<RuleDone> {
  const { activity, ask, clock } = dependencies;
  const position = kept && positionSchema.parse(kept.cursor);
  const window = windowOf(position, clock());
  const { columns, rows, cut } = await ask(rule.sql, windowParameters(window), MAXIMUM_ROWS);
  const found = rows.flatMap(
    (row) => readFound(Object.fromEntries(columns.map((column, at) => [column, row[at]]))) ?? [],
  );
  const fresh = freshOf(found, position);
  const taken = fresh.slice(0, MAXIMUM_FOUND).map(({ record }) => record);
  const judge = detectionOf(rule, new Set(taken.map(recordKey)));
  const judged = await judgeRecords(
    { ...dependencies, judge: (record, context) => judgeRecord(record, context, [judge]), remembers: false },
    taken,
  );
  if (judged.failed.size > 0) throw new Error('some of what was found could not be judged');
  const next: RulePosition = positionAfter(
    window,
    found.map(({ record, loggedMs }) => ({ key: keyOf(record), loggedMs })),
  );
  // Another run has gone on meanwhile: what this one has found, that one has found as well.
  await activity.saveCursor(cursorOf(rule), { cursor: next, readMs: clock(), revision: (kept?.revision ?? 0) + 1 });
  const isCut = cut || taken.length < fresh.length;
  return { findings: judged.findings, cut: isCut, unreadable: rows.length - found.length };
}

/** Each record once, and none that the window before had. */
function freshOf(found: readonly FoundRecord[], position: RulePosition | undefined): readonly FoundRecord[] {
  const seen = new Set(position?.seen);
  return found.filter(({ record }) => {
    const key = keyOf(record);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf(record: FoundRecord['record']): string {
  return shortHash(recordKey(record), KEY_LENGTH);
}

const positionSchema = z.object({ untilMs: z.int(), seen: z.array(z.string()).max(MAXIMUM_ROWS) });

/** No id of a source begins so. */
function cursorOf({ id }: SigmaRule): string {
  return `~${id}`;
}

const QUERY_LIMITS = { timeoutMs: 120_000, firstWaitMs: 500 };

let live: ReturnType<typeof runRules> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

/** What a schedule sends is of no interest. */
export const handler = serveTask('run-rules', z.unknown(), () => {
  const client = new AthenaClient({ maxAttempts: 4 });
  live ??= runRules({
    ...liveDependencies(),
    activity: dynamoActivityStore(),
    policy: deployedDetection(),
    rules: deployedSigmaRules(),
    ask: (sql, parameters, maximumRows) =>
      runAthenaQuery(
        client,
        { sql, parameters, database: fromEnvironment('lakeDatabase'), workGroup: fromEnvironment('lakeWorkGroup') },
        { ...QUERY_LIMITS, maximumRows },
      ),
    publish: publishRuleRun,
    log: (message, details) => logger.warn(message, details),
  });
  return live();
});
