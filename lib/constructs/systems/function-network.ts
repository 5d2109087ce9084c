// A connector function in a network: in which subnets it is, what Lambda may do for that in the function's name, and what
// lies beside its code.
import type { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { DeployedNetwork } from '../../../lambdas/stores/deployed-network.ts';
import { type NetworkSettings, readCertificates } from '../../networks.ts';
import { secretResource } from '../../secret-reference.ts';

/** "Giving Lambda functions access to resources in an Amazon VPC", required IAM permissions. */
const INTERFACES = ['AssignPrivateIpAddresses', 'DeleteNetworkInterface', 'UnassignPrivateIpAddresses'].map(ofEc2);
const CREATING = ['CreateNetworkInterface'].map(ofEc2);
/** They know no narrower resource. */
const DESCRIBING = ['DescribeNetworkInterfaces', 'DescribeSubnets'].map(ofEc2);

export function deployedAs({ proxy, proxySecret, noProxy, certificateAuthorities }: NetworkSettings): DeployedNetwork {
  const pem = certificateAuthorities === undefined ? undefined : readCertificates(certificateAuthorities);
  return { proxy, proxySecret, noProxy, certificateAuthorities: pem };
}

/** By the plain property: CDK's own way asks for the VPC and its zones, which Lambda does not, and attaches a managed policy. */
export function joinVpc(lambda: LambdaFunction, { subnetIds = [], securityGroupIds = [] }: NetworkSettings): void {
  (lambda.node.defaultChild as CfnFunction).vpcConfig = {
    subnetIds: [...subnetIds],
    securityGroupIds: [...securityGroupIds],
  };
}

export function networkPermissions(
  stack: Stack,
  { network, functionName }: { readonly network?: NetworkSettings | undefined; readonly functionName: string },
): readonly PolicyStatement[] {
  if (network === undefined) return [];
  return [...readingProxySecret(stack, network), ...joiningVpc(stack, network, functionName)];
}

function readingProxySecret(stack: Stack, { proxySecret }: NetworkSettings): readonly PolicyStatement[] {
  if (proxySecret === undefined) return [];
  const resources = [secretResource(stack, proxySecret)];
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })];
}

function joiningVpc(stack: Stack, { subnetIds, securityGroupIds = [] }: NetworkSettings, functionName: string) {
  if (subnetIds === undefined) return [];
  const interfaces = stack.formatArn({ service: 'ec2', resource: 'network-interface', resourceName: '*' });
  // A subnet that another account shares is that account's.
  const shared = (resource: string) => (resourceName: string) =>
    stack.formatArn({ service: 'ec2', account: '*', resource, resourceName });
  const places = [...subnetIds.map(shared('subnet')), ...securityGroupIds.map(shared('security-group'))];
  const itself = stack.formatArn({ service: 'lambda', resource: `function:${functionName}` });
  return [
    new PolicyStatement({ actions: CREATING, resources: [interfaces, ...places] }),
    new PolicyStatement({ actions: INTERFACES, resources: [interfaces] }),
    new PolicyStatement({ actions: DESCRIBING, resources: ['*'] }),
    // Lambda needs them, and the function's own code does not.
    new PolicyStatement({
      effect: Effect.DENY,
      actions: [...CREATING, ...INTERFACES, ...DESCRIBING],
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': itself } },
    }),
  ];
}

function ofEc2(operation: string): string {
  return `ec2:${operation}`;
}
