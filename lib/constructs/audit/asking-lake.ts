// What a role needs to ask a lake: Athena reads it, and writes the answer, in the name of whoever asks.
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { LakeCatalog } from './lake-queries.ts';

export interface AskedLake {
  readonly catalog: LakeCatalog;
  /** The ARN of its bucket. */
  readonly bucketArn: string;
  /** Its table. */
  readonly table: string;
}

export interface LakeRights {
  /** To run queries and to stop them. */
  readonly starting: readonly PolicyStatement[];
  /** To see how far one is, and to read its answer. */
  readonly reading: readonly PolicyStatement[];
}

export function askingLake(scope: Construct, { catalog, bucketArn, table }: AskedLake): LakeRights {
  const { databaseName, workGroup, resultsArn } = catalog;
  const stack = Stack.of(scope);
  const glue = (resourceName: string) => stack.formatArn({ service: 'glue', resource: resourceName });
  const workGroups = [stack.formatArn({ service: 'athena', resource: 'workgroup', resourceName: workGroup })];
  return {
    starting: [
      new PolicyStatement({
        actions: ['athena:StartQueryExecution', 'athena:StopQueryExecution'],
        resources: workGroups,
      }),
      new PolicyStatement({
        actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetPartitions'],
        resources: [glue('catalog'), glue(`database/${databaseName}`), glue(`table/${databaseName}/${table}`)],
      }),
      new PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucket'],
        resources: [bucketArn, resultsArn],
      }),
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [`${bucketArn}/*`] }),
      new PolicyStatement({
        actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        resources: [`${resultsArn}/*`],
      }),
    ],
    reading: [
      new PolicyStatement({ actions: ['athena:GetQueryExecution', 'athena:GetQueryResults'], resources: workGroups }),
      new PolicyStatement({ actions: ['s3:GetBucketLocation', 's3:ListBucket'], resources: [resultsArn] }),
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [`${resultsArn}/*`] }),
    ],
  };
}
