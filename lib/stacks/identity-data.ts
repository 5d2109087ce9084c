// Everything that must not be lost: identities, the audit log, their key, and the operators' directory.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Settings } from '../config.ts';
import { OperatorDirectory } from '../constructs/api/operator-directory.ts';
import { AppendOnlyTable } from '../constructs/audit/append-only-table.ts';
import { EvidenceFiles } from '../constructs/audit/evidence-files.ts';
import { keepKey } from '../constructs/audit/protection.ts';
import { SubjectsTable } from '../constructs/audit/subjects-table.ts';
import { ActivityTable } from '../constructs/detection/activity-table.ts';
import { IdentitiesTable } from '../constructs/identity/identities-table.ts';
import type { Tables } from '../constructs/store-access.ts';
import { RateLimitsTable } from '../constructs/systems/rate-limits-table.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface IdentityDataStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The names of the stacks whose functions add audit entries. */
  readonly writerStacks: readonly string[];
}

export class IdentityDataStack extends Stack {
  readonly tables: Tables;
  /** What shows what people did by hand. */
  readonly evidenceFiles: EvidenceFiles;
  /** Undefined when operators come from an issuer of the deployment's choice. */
  readonly operators: OperatorDirectory | undefined;

  constructor(scope: Construct, id: string, { settings, writerStacks, ...props }: IdentityDataStackProps) {
    super(scope, id, { terminationProtection: settings.retainData, ...props });
    const key = new Key(this, 'Key', {
      description: 'Tenure: identities and the audit log',
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(settings),
    });
    keepKey(key);
    const identities = new IdentitiesTable(this, 'Identities', { settings, key }).table;
    const audit = new AppendOnlyTable(this, 'Audit', { settings, key, writerStacks }).table;
    const rateLimits = new RateLimitsTable(this, 'RateLimits', { settings, key }).table;
    const subjects = new SubjectsTable(this, 'Subjects', { settings, key }).table;
    const activity = new ActivityTable(this, 'Activity', { settings, key }).table;
    this.tables = { identities, audit, rateLimits, subjects, activity, key };
    this.evidenceFiles = new EvidenceFiles(this, 'EvidenceFiles', { settings });
    this.operators = settings.oidc === undefined ? new OperatorDirectory(this, 'Operators', { settings }) : undefined;
    this.addOutputs();
  }

  private addOutputs(): void {
    const { identities, audit, rateLimits, subjects, activity } = this.tables;
    new CfnOutput(this, 'IdentitiesTableName', { value: identities.tableName });
    new CfnOutput(this, 'AuditTableName', { value: audit.tableName });
    new CfnOutput(this, 'RateLimitsTableName', { value: rateLimits.tableName });
    new CfnOutput(this, 'SubjectsTableName', { value: subjects.tableName });
    new CfnOutput(this, 'ActivityTableName', { value: activity.tableName });
    if (this.operators === undefined) return;
    new CfnOutput(this, 'UserPoolId', { value: this.operators.userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: this.operators.client.userPoolClientId });
  }
}
