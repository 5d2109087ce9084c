// Whether what holds data outlives its stack.
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Settings } from './config.ts';

export function removalPolicyOf({ retainData }: Settings): RemovalPolicy {
  return retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
