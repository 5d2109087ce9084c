// One secret per HR source, generated, so that the first event can be signed as soon as the stack is there.
import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface HrSourceSecretsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
}

/**
 * 44 letters and digits are the base64 of 33 bytes; Standard Webhooks asks for 24 to 64. Its prefix `whsec_` may stand
 * before them or not.
 */
const LENGTH = 44;
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

export class HrSourceSecrets extends Construct {
  /** HR source → its secret's ARN. */
  readonly arns: Readonly<Record<string, string>>;
  /** What a role needs to read them. */
  readonly reading: PolicyStatement;

  constructor(scope: Construct, id: string, { settings }: HrSourceSecretsProps) {
    super(scope, id);
    this.arns = Object.fromEntries(settings.hrSources.map((source) => [source, this.addSecret(source, settings)]));
    this.reading = new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: Object.values(this.arns),
    });
    new CfnOutput(scope, 'HrSourceSecrets', {
      value: Stack.of(this).toJsonString(this.arns),
      description: 'JSON: HR source → the secret it signs with',
    });
  }

  private addSecret(source: string, settings: Settings): string {
    const secret = new Secret(this, source, {
      description: `Tenure: what the HR source ${source} signs its events with`,
      generateSecretString: { passwordLength: LENGTH, excludeCharacters: PUNCTUATION },
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The HR system must be given the new one: put-secret-value, while the old one stays valid beside it.',
    });
    return secret.secretArn;
  }
}
