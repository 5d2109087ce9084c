// A map as outputs of a stack: JSON, in as many parts as it takes, since CloudFormation bounds each value.
import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** CloudFormation takes 1,024 bytes. */
const MAXIMUM_BYTES = 1_000;

/** `Name`, `Name2`, `Name3`, ... Values may not be tokens: their length counts. */
export function addJsonOutputs(
  scope: Construct,
  name: string,
  map: Readonly<Record<string, string>>,
  description: string,
): void {
  for (const [index, part] of partsOf(map).entries()) {
    new CfnOutput(scope, index === 0 ? name : `${name}${index + 1}`, { value: JSON.stringify(part), description });
  }
}

function partsOf(map: Readonly<Record<string, string>>): readonly Record<string, string>[] {
  let last: Record<string, string> = {};
  const parts = [last];
  for (const [key, value] of Object.entries(map)) {
    if (Buffer.byteLength(JSON.stringify({ ...last, [key]: value })) > MAXIMUM_BYTES) {
      last = {};
      parts.push(last);
    }
    last[key] = value;
  }
  return parts;
}
