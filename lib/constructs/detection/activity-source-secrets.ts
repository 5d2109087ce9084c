// One secret per activity source that takes one, unless the settings name one that is there already: what a sender signs with is
// generated, what a system issues is put in by hand.
import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { type ActivitySourceSettings, typeOf } from '../../activity-sources.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { secretResource } from '../../secret-reference.ts';
import { generatedSecret, issuedSecret } from '../source-secret.ts';

export interface ActivitySourceSecretsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
}

export class ActivitySourceSecrets extends Construct {
  /** Source → its secret's ARN or name; only those that have one. */
  readonly references: Readonly<Record<string, string>>;
  readonly #resources: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { settings }: ActivitySourceSecretsProps) {
    super(scope, id);
    const found = settings.activitySources
      .filter((source) => source.secret !== undefined || typeOf(source).secret !== 'none')
      .map((source) => [source.id, this.secretOf(source, settings)] as const);
    this.references = Object.fromEntries(found.map(([source, { reference }]) => [source, reference]));
    this.#resources = Object.fromEntries(found.map(([source, { resource }]) => [source, resource]));
    new CfnOutput(scope, 'ActivitySourceSecrets', {
      value: Stack.of(this).toJsonString(this.references),
      description: 'JSON: activity source → the secret it signs with, or is polled with',
    });
  }

  /** What a role needs to read those of these sources. */
  readingOf(sources: readonly string[]): readonly PolicyStatement[] {
    const resources = sources.flatMap((source) => this.#resources[source] ?? []);
    return resources.length === 0
      ? []
      : [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })];
  }

  private secretOf(source: ActivitySourceSettings, settings: Settings) {
    const { id, secret: reference } = source;
    if (reference !== undefined) return { reference, resource: secretResource(Stack.of(this), reference) };
    const isGenerated = typeOf(source).secret === 'generated';
    const secret = new Secret(this, id, {
      ...(isGenerated
        ? generatedSecret(`Tenure: what the activity source ${id} signs its records with`)
        : issuedSecret(`Tenure: what the system behind the activity source ${id} issued`)),
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The sender must know the new one: put-secret-value, while the old one stays valid beside it.',
    });
    return { reference: secret.secretArn, resource: secret.secretArn };
  }
}
