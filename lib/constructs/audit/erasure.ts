// The one function that takes entries out of the audit table: of an identity that two people agreed to erase. Its role stands
// on a path of its own, by which the table knows it; of the sealed log it may only ask what has its place there.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { erasureRolePath } from '../../role-paths.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { EvidenceFiles } from './evidence-files.ts';

export interface ErasureProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** Of all but the rate limits, what is known of somebody is taken out, or asked for. */
  readonly tables: Tables;
  /** What was shown of their tasks. */
  readonly evidenceFiles: EvidenceFiles;
  /** Says how long accounts of those who left are kept. */
  readonly accessModel: AccessModel;
  /** Takes runs that never began. */
  readonly deadLetters: Queue;
}

export class Erasure extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { settings, tables, evidenceFiles, accessModel, deadLetters }: ErasureProps,
  ) {
    super(scope, id);
    const erasing = new ServiceFunction(this, 'ErasePersonalData', {
      settings,
      tables,
      accessModel,
      handler: 'erase-personal-data',
      rolePath: erasureRolePath(settings),
      audit: ['append', 'list'],
      directory: ['findByEmail', 'listOwnedBy', 'load'],
      erasures: ['eraseEntries', 'eraseIdentity', 'eraseTraces', 'freeze', 'isLakeSearched', 'noteInLake'],
      holds: ['closeErasure', 'closeHold', 'isHeld', 'listHolds', 'noteErasure'],
      log: ['readPositions'],
      reconciliations: ['list'],
      subjects: ['findPseudonyms', 'forget', 'subjectsOf'],
      environment: {
        hrSources: JSON.stringify(settings.hrSources.map(({ id: source }) => source)),
        logRetentionDays: String(settings.logRetentionDays),
        evidenceBucket: evidenceFiles.bucket.bucketName,
      },
      permissions: evidenceFiles.erasing,
      // It begins nothing after ten minutes.
      timeout: Duration.minutes(15),
      memoryMb: 1_024,
    });
    acknowledgeWildcard(erasing.role, evidenceFiles.files, 'Those of whoever is erased, in all versions.');
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(erasing.function, { deadLetterQueue: deadLetters, retryAttempts: 0 })],
    });
  }
}
