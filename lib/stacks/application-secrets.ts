// The secrets of the applications, in stacks of their own: a stack takes 500 resources, and credentials should be there
// before the functions that need them.
import { Stack, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { AccessModel, Application } from '../../lambdas/core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../lambdas/core/access-model/connector-function.ts';
import { sha256Hex } from '../../lambdas/core/canonical-json.ts';
import { AccessModelError } from '../access-model/access-model-error.ts';
import { applicationsWithSecret, CONNECTOR_TAG, secretNamePrefix } from '../application-secrets.ts';
import type { Settings } from '../config.ts';
import { removalPolicyOf } from '../removal-policy.ts';

/** Not to be changed: a secret cannot move from one stack to another. At 1,000 applications each has about 333. */
const STACKS = 3;
/** CloudFormation takes 500 resources. */
const MAXIMUM_SECRETS = 480;

export interface ApplicationSecretsStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** Those whose secrets are in this stack. */
  readonly applications: readonly Application[];
}

export class ApplicationSecretsStack extends Stack {
  constructor(scope: Construct, id: string, { settings, applications, ...props }: ApplicationSecretsStackProps) {
    super(scope, id, props);
    for (const application of applications) this.addSecret(application, settings);
  }

  /** Holds nothing of use until the credentials are put in: the connector then names the keys that are missing. */
  private addSecret(application: Application, settings: Settings): void {
    const secret = new Secret(this, application.id, {
      secretName: `${secretNamePrefix(settings)}${application.id}`,
      description: `Tenure: credentials for ${application.name}`,
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'notYetSet' },
      removalPolicy: removalPolicyOf(settings),
    });
    Tags.of(secret).add(CONNECTOR_TAG, connectorFunctionOf(application));
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The credentials are issued by the application, so they are rotated there and put here.',
    });
  }
}

/** As many stacks as have a secret. @throws AccessModelError when one would have more than CloudFormation takes */
export function addApplicationSecrets(
  scope: Construct,
  settings: Settings,
  accessModel: AccessModel,
): readonly ApplicationSecretsStack[] {
  const parts = Array.from({ length: STACKS }, () => [] as Application[]);
  for (const application of applicationsWithSecret(accessModel)) parts[partOf(application)]?.push(application);
  return parts.flatMap((applications, part) => {
    if (applications.length === 0) return [];
    const id = `${settings.stackPrefix}-Secrets-${part + 1}`;
    requireRoom(id, applications.length);
    return new ApplicationSecretsStack(scope, id, { settings, applications });
  });
}

/** By the id alone, so that no other application moves it. */
function partOf({ id }: Application): number {
  return Number.parseInt(sha256Hex(id).slice(0, 8), 16) % STACKS;
}

function requireRoom(stack: string, count: number): void {
  if (count <= MAXIMUM_SECRETS) return;
  const message = `${count} of them would have their secret in the stack ${stack}, which takes at most ${MAXIMUM_SECRETS}`;
  throw new AccessModelError([{ file: 'applications', line: 0, column: 0, message }]);
}
