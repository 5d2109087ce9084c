// The operators and their roles, in a user pool of the deployment's own. Nobody signs up: an administrator adds a user,
// gives it a group, and writes the identity id that its reports hang on.

import { CrossStackReferences, Duration, ReferenceStrength, Validations } from 'aws-cdk-lib';
import {
  ClientAttributes,
  Mfa,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  UserPoolGroup,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { ROLES } from '../../../lambdas/api/roles.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface OperatorDirectoryProps {
  /** The deployment's settings. */
  readonly settings: Settings;
}

export class OperatorDirectory extends Construct {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, { settings }: OperatorDirectoryProps) {
    super(scope, id);
    const removalPolicy = removalPolicyOf(settings);
    this.userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      customAttributes: { identity_id: new StringAttribute({ maxLen: 128, mutable: true }) },
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      deletionProtection: settings.retainData,
      removalPolicy,
    });
    for (const role of ROLES) {
      const group = new UserPoolGroup(this, `Role-${role}`, { userPool: this.userPool, groupName: role });
      // A pool that is kept without its groups would have lost who has which role.
      group.applyRemovalPolicy(removalPolicy);
    }
    this.client = this.userPool.addClient('Client', {
      authFlows: { userSrp: true, adminUserPassword: true },
      disableOAuth: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(12),
      preventUserExistenceErrors: true,
      // A user may not write their own identity id, or they could make themselves anybody's manager.
      writeAttributes: new ClientAttributes().withStandardAttributes({ locale: true }),
    });
    this.client.applyRemovalPolicy(removalPolicy);
    // The setting `oidc` takes both away while the deployed API still names them. CloudFormation would refuse that where
    // they were imported; the exports stay for as long as there may be an API that does import them.
    for (const named of [this.userPool, this.client]) CrossStackReferences.of(named).produce(ReferenceStrength.BOTH);
    Validations.of(this.userPool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason: 'MFA is offered to whoever signs in; demanding it of everybody is what the setting `oidc` brings.',
      },
      {
        id: 'AwsSolutions-COG3',
        reason:
          'Threat protection needs the Plus plan, billed per user. Nobody signs up: an administrator adds operators.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason: 'The Plus plan is billed per user; operators are few, and an administrator adds them.',
      },
    );
  }
}
