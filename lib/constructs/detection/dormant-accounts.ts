// Whose accounts nobody uses any more is found once a day, and goes on record.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { DETECTION_FILE } from '../../../lambdas/stores/deployed-detection.ts';
import type { Settings } from '../../config.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface DormantAccountsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: who there is, and what is remembered of them. */
  readonly tables: Tables;
}

export class DormantAccounts extends Construct {
  constructor(scope: Construct, id: string, { settings, tables }: DormantAccountsProps) {
    super(scope, id);
    const finding = new ServiceFunction(this, 'FindDormant', {
      settings,
      tables,
      handler: 'find-dormant',
      directory: ['listIdentities'],
      activity: ['recall', 'remember'],
      files: { [DETECTION_FILE]: JSON.stringify(settings.detection) },
      timeout: Duration.minutes(15),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(finding.function, { retryAttempts: 2 })],
    });
  }
}
