// What a role needs to follow the stream of a table.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** By hand, since CDK would let the role list every stream of the account. */
export function readingStream(streamArn: string): PolicyStatement {
  return new PolicyStatement({
    actions: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((action) => `dynamodb:${action}`),
    resources: [streamArn],
  });
}
