// The lake as a table of Athena, with the queries that a security team runs on it, and a limit on what one may cost.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { OCSF_CLASS_NAMES } from '../../../lambdas/core/audit/ocsf/classes.ts';
import { LAKE_COLUMNS } from '../../../lambdas/core/audit/ocsf/columns.ts';
import { LAKE_PREFIX, LOCATION_TEMPLATE, sourceOf } from '../../../lambdas/core/audit/ocsf/lake-layout.ts';
import { glueType } from '../../../lambdas/core/lake-columns.ts';
import { namedQueries } from '../../audit-queries/named-queries.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface LakeQueriesProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The lake's bucket. */
  readonly lake: Pick<IBucket, 's3UrlForObject'>;
}

export const TABLE = 'events';
/** 10 GB, five US cents: more than the whole of a lake with fifty million entries. */
const MAXIMUM_BYTES_SCANNED = 10_000_000_000;
const RESULTS_KEPT = Duration.days(7);
/** No deployment is older. */
const FIRST_DAY = '20260101';

/** Where queries on what Tenure keeps are run. */
export interface LakeCatalog {
  readonly databaseName: string;
  readonly workGroup: string;
  /** The ARN of the bucket in which answers lie for a week, as other stacks import it: they acknowledge what they may do there. */
  readonly resultsArn: string;
}

export class LakeQueries extends Construct {
  readonly catalog: LakeCatalog;

  constructor(scope: Construct, id: string, { settings, lake }: LakeQueriesProps) {
    super(scope, id);
    const name = settings.stackPrefix.toLowerCase();
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: {
        name: `${name.replaceAll('-', '_')}_audit`,
        description: 'Tenure: what happened to whose access, from the sealed log',
      },
    });
    this.addTable(database, lake);
    const results = this.addResults(settings);
    const workGroup = this.addWorkGroup(`${name}-audit`, settings, results);
    const resultsArn = Stack.of(this).exportValue(results.bucketArn);
    this.catalog = { databaseName: database.ref, workGroup: workGroup.ref, resultsArn };
    for (const query of namedQueries()) {
      const named = new CfnNamedQuery(this, query.name, {
        name: query.name,
        description: query.title,
        database: database.ref,
        workGroup: workGroup.name,
        queryString: query.sql,
      });
      named.addResourceDependency(workGroup);
    }
    const stack = Stack.of(this);
    new CfnOutput(stack, 'AuditDatabaseName', { value: database.ref });
    new CfnOutput(stack, 'AuditWorkGroupName', { value: workGroup.ref });
  }

  /** Its partitions are projected: there is nothing to crawl, and nothing to add when a day begins. */
  private addTable(database: CfnDatabase, lake: LakeQueriesProps['lake']): void {
    const { account, region } = Stack.of(this);
    const location = lake.s3UrlForObject();
    const table = new CfnTable(this, 'Table', {
      catalogId: account,
      databaseName: database.ref,
      tableInput: {
        name: TABLE,
        description: 'OCSF 1.8 events of all classes; each entry of the log has one or several',
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: ['source', 'region', 'accountid', 'eventday'].map((each) => ({ name: each, type: 'string' })),
        parameters: {
          classification: 'parquet',
          'projection.enabled': 'true',
          'projection.source.type': 'enum',
          'projection.source.values': OCSF_CLASS_NAMES.map(sourceOf).join(','),
          'projection.region.type': 'enum',
          'projection.region.values': region,
          'projection.accountid.type': 'enum',
          'projection.accountid.values': account,
          'projection.eventday.type': 'date',
          'projection.eventday.format': 'yyyyMMdd',
          'projection.eventday.range': `${FIRST_DAY},NOW+1DAY`,
          'projection.eventday.interval': '1',
          'projection.eventday.interval.unit': 'DAYS',
          'storage.location.template': `${location}/${LOCATION_TEMPLATE}`,
        },
        storageDescriptor: {
          location: `${location}/${LAKE_PREFIX}/`,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
          columns: Object.entries(LAKE_COLUMNS).map(([column, type]) => ({ name: column, type: glueType(type) })),
        },
      },
    });
    table.addResourceDependency(database);
  }

  private addResults(settings: Settings): Bucket {
    const results = new Bucket(this, 'Results', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ expiration: RESULTS_KEPT }],
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(results).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Answers to queries, which are thrown away after a week; CloudTrail tells who asked.',
    });
    return results;
  }

  private addWorkGroup(name: string, settings: Settings, results: Bucket): CfnWorkGroup {
    return new CfnWorkGroup(this, 'WorkGroup', {
      name,
      description: 'Tenure: queries on the audit lake',
      recursiveDeleteOption: !settings.retainData,
      workGroupConfiguration: {
        // What a client asks for does not count: where answers lie, and what a query may read, is said here.
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: MAXIMUM_BYTES_SCANNED,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `${results.s3UrlForObject()}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}
