// The record that nobody can alter: what the audit table says, sequenced, sealed and published for everybody to check.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Settings } from '../config.ts';
import type { AskedLake } from '../constructs/audit/asking-lake.ts';
import { Erasure } from '../constructs/audit/erasure.ts';
import type { EvidenceFiles } from '../constructs/audit/evidence-files.ts';
import { Lake } from '../constructs/audit/lake.ts';
import { type LakeCatalog, TABLE } from '../constructs/audit/lake-queries.ts';
import { LogPublishing } from '../constructs/audit/log-publishing.ts';
import { LogReplica } from '../constructs/audit/log-replica.ts';
import { LogSealing } from '../constructs/audit/log-sealing.ts';
import { LogWitnessing } from '../constructs/audit/log-witnessing.ts';
import { SealedLog } from '../constructs/audit/sealed-log.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import type { Tables } from '../constructs/store-access.ts';
import { TableAlarms } from '../constructs/table-alarms.ts';

export interface EvidenceStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables, whose audit entries are sealed. */
  readonly tables: Tables;
  /** What an erasure destroys beside rows. */
  readonly evidenceFiles: EvidenceFiles;
  /** By which an erasure tells how long accounts are kept. */
  readonly accessModel: AccessModel;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

export class EvidenceStack extends Stack {
  readonly log: SealedLog;
  /** Where the lakes are queried. */
  readonly catalog: LakeCatalog;
  /** The audit lake, as other stacks ask it. */
  readonly lake: AskedLake;

  constructor(
    scope: Construct,
    id: string,
    { settings, tables, evidenceFiles, accessModel, alarmTopic, ...props }: EvidenceStackProps,
  ) {
    super(scope, id, { terminationProtection: settings.retainData, ...props });
    this.log = new SealedLog(this, 'SealedLog', { settings, key: tables.key });
    const withLog: Tables = { ...tables, log: this.log.table };
    const { log } = this;
    const { deadLetters } = new LogSealing(this, 'Sealing', { settings, tables: withLog, log, alarmTopic });
    const { replica } = settings.sealedLog;
    if (replica !== undefined) new LogReplica(this, 'Replica', { settings, replica, bucket: log.bucket, alarmTopic });
    if (settings.sealedLog.witnesses.length > 0)
      new LogWitnessing(this, 'Witnessing', { settings, tables: withLog, log, deadLetters, alarmTopic });
    new LogPublishing(this, 'Publishing', { settings, tables: withLog, log, deadLetters, alarmTopic });
    new Erasure(this, 'Erasure', { settings, tables: withLog, evidenceFiles, accessModel, deadLetters });
    const lake = new Lake(this, 'Lake', { settings, tables: withLog, logBucket: log.bucket, alarmTopic });
    this.catalog = lake.catalog;
    this.lake = { catalog: lake.catalog, bucketArn: lake.bucketArn, table: TABLE };
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: alarmTopic });
    new TableAlarms(this, 'LogAlarms', { table: this.log.table, topic: alarmTopic });
  }
}
