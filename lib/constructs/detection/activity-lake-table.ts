// The lake of activity as a table of Athena. Its partitions are projected: there is nothing to crawl, and nothing to add when an
// hour begins.
import { Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  ACTIVITY_CLASS_NAMES,
  ACTIVITY_COLUMNS,
  ACTIVITY_LOCATION,
  ACTIVITY_PARTITIONS,
  ACTIVITY_PREFIX,
} from '../../../lambdas/core/detection/activity-lake.ts';
import { glueType } from '../../../lambdas/core/lake-columns.ts';

export interface ActivityLakeTableProps {
  /** Where its objects lie. */
  readonly bucket: Pick<IBucket, 's3UrlForObject'>;
  /** The database that it is in. */
  readonly databaseName: string;
}

export const ACTIVITY_TABLE = 'activity';
/** No deployment has any from before. */
const FIRST_HOUR = '2026110100';

export class ActivityLakeTable extends Construct {
  constructor(scope: Construct, id: string, { bucket, databaseName }: ActivityLakeTableProps) {
    super(scope, id);
    const location = bucket.s3UrlForObject();
    new CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName,
      tableInput: {
        name: ACTIVITY_TABLE,
        description: 'OCSF 1.8 events of how access is used, as the activity sources told them',
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: ACTIVITY_PARTITIONS.map((name) => ({ name, type: 'string' })),
        parameters: {
          classification: 'parquet',
          'projection.enabled': 'true',
          'projection.class.type': 'enum',
          'projection.class.values': ACTIVITY_CLASS_NAMES.join(','),
          'projection.loggedhour.type': 'date',
          'projection.loggedhour.format': 'yyyyMMddHH',
          'projection.loggedhour.range': `${FIRST_HOUR},NOW+1HOUR`,
          'projection.loggedhour.interval': '1',
          'projection.loggedhour.interval.unit': 'HOURS',
          'storage.location.template': `${location}/${ACTIVITY_LOCATION}`,
        },
        storageDescriptor: {
          location: `${location}/${ACTIVITY_PREFIX}/`,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
          columns: Object.entries(ACTIVITY_COLUMNS).map(([name, type]) => ({ name, type: glueType(type) })),
        },
      },
    });
  }
}
