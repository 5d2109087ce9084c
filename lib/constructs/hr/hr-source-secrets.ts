// One secret per HR source, unless the settings name one that is there already. What an HR system signs with is
// generated, so that the first event can be signed as soon as the stack is there; what an HR system issues is put in.
import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { hrSourceOf } from '../../../lambdas/hr-sources/registry.ts';
import type { Settings } from '../../config.ts';
import type { HrSourceSettings } from '../../hr-sources.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { generatedSecret, issuedSecret } from '../source-secret.ts';

export interface HrSourceSecretsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
}

/** A secret of this deployment or of another. */
interface SecretArns {
  readonly secretArn: string;
  /** Undefined where only the name is known. */
  readonly secretFullArn?: string | undefined;
}

export class HrSourceSecrets extends Construct {
  /** HR source → its secret's ARN. */
  readonly arns: Readonly<Record<string, string>>;
  /** What a role needs to read all of them. */
  readonly reading: PolicyStatement;
  readonly #resources: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { settings }: HrSourceSecretsProps) {
    super(scope, id);
    const found = settings.hrSources.map((source) => [source.id, this.secretOf(source, settings)] as const);
    this.arns = Object.fromEntries(found.map(([source, { secretArn }]) => [source, secretArn]));
    this.#resources = Object.fromEntries(found.map(([source, secret]) => [source, resourceOf(secret)]));
    this.reading = readingOf(Object.values(this.#resources));
    new CfnOutput(scope, 'HrSourceSecrets', {
      value: Stack.of(this).toJsonString(this.arns),
      description: 'JSON: HR source → the secret it signs with',
    });
  }

  /** What a role needs to read that of one source. */
  readingOf(source: string): PolicyStatement {
    return readingOf([this.#resources[source] ?? '']);
  }

  private secretOf(source: HrSourceSettings, settings: Settings): SecretArns {
    const { id, secret } = source;
    if (secret === undefined) return this.addSecret(source, settings);
    if (!secret.startsWith('arn:')) return Secret.fromSecretNameV2(this, id, secret);
    const isComplete = /-[A-Za-z0-9]{6}$/.test(secret);
    return Secret.fromSecretAttributes(
      this,
      id,
      isComplete ? { secretCompleteArn: secret } : { secretPartialArn: secret },
    );
  }

  private addSecret({ id, type }: HrSourceSettings, settings: Settings): SecretArns {
    const isGenerated = hrSourceOf(type)?.secret === 'generated';
    const secret = new Secret(this, id, {
      ...(isGenerated
        ? generatedSecret(`Tenure: what the HR source ${id} signs its events with`)
        : issuedSecret(`Tenure: what the HR system behind ${id} issued`)),
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The HR system must know the new one: put-secret-value, while the old one stays valid beside it.',
    });
    return secret;
  }
}

function readingOf(resources: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...resources] });
}

/** Secrets Manager ends every ARN with six characters of its own, which a name does not tell. */
function resourceOf({ secretArn, secretFullArn }: SecretArns): string {
  return secretFullArn ?? `${secretArn}-??????`;
}
