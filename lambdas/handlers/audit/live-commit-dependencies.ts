// What sequencing works with in a function.
import { Logger } from '@aws-lambda-powertools/logger';
import { dynamoFactStore } from '../../stores/facts/dynamo-fact-store.ts';
import { dynamoLogStore } from '../../stores/log/dynamo-log-store.ts';
import { s3LogObjects } from '../../stores/log/log-objects.ts';
import { sqsWakeSealing } from '../../stores/log/log-queues.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { CommitDependencies } from './commit-entries.ts';
import { redactWith } from './redact-entries.ts';

const logger = new Logger({ serviceName: 'tenure' });

export function liveCommitDependencies(): CommitDependencies & { readonly log: LogStore } {
  const log = dynamoLogStore();
  return {
    log,
    objects: s3LogObjects(),
    redact: redactWith({ subjects: dynamoSubjectStore(), facts: dynamoFactStore(), log, warn }),
    wakeSealing: sqsWakeSealing,
    clock: Date.now,
    warn,
  };
}

function warn(message: string, error: unknown): void {
  const { name, message: why } = error instanceof Error ? error : new Error('not an error');
  logger.warn(message, { error: { name, message: why } });
}
