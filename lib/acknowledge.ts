// Saying why a role's wildcard is as narrow as it gets. cdk-nag names a finding by the resource as the template has it.
import { Stack, Validations } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';

export function acknowledgeWildcard(role: IRole, resource: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${asWritten(Stack.of(role).resolve(resource))}]`;
  Validations.of(role).acknowledge({ id, reason });
}

/** `<LogicalId>` for a Ref, `<LogicalId.Attribute>` for a GetAtt, an import by its name, a Join as its parts. */
function asWritten(resolved: unknown): string {
  if (typeof resolved !== 'object' || resolved === null) return String(resolved);
  const [[intrinsic, value] = ['', undefined]] = Object.entries(resolved) as [string, unknown][];
  if (intrinsic === 'Fn::Join') return (value as [string, unknown[]])[1].map(asWritten).join('');
  if (intrinsic === 'Fn::GetAtt') return `<${(value as string[]).join('.')}>`;
  if (intrinsic === 'Fn::ImportValue') return String(value);
  return `<${String(value)}>`;
}
