// The web console: from where it is served, and how operators sign in to it.
import { Aws, CfnOutput, CrossStackReferences, Duration, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  ClientAttributes,
  type IUserPoolClient,
  OAuthScope,
  UserPoolClient,
  UserPoolClientIdentityProvider,
  UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Settings } from '../config.ts';
import { CONSOLE_API_PATH, type ConsoleFacts } from '../console-policy.ts';
import { ConsoleSite } from '../constructs/api/console-site.ts';
import type { OperatorDirectory } from '../constructs/api/operator-directory.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import type { Tables } from '../constructs/store-access.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface ConsoleStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The deployment's tables. */
  readonly tables: Tables;
  /** The operators' API. */
  readonly api: IHttpApi;
  /** The deployment's own operators; undefined when the settings name an issuer. */
  readonly operators: OperatorDirectory | undefined;
  /** Where its alarms go. */
  readonly alarmTopic: ITopic;
}

/** Of console/src/session.ts. */
const SIGNED_IN = '/signed-in';
const SIGNED_OUT = '/signed-out';
/** Of the issuer, and of its discovery document. */
const COGNITO = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}`;

/** Whether there is somebody who could sign in: an issuer of one's own has to know the console as a client. */
export function hasConsole({ oidc, console: { deployed, clientId } }: Settings): boolean {
  return deployed && (oidc === undefined || clientId !== undefined);
}

export class ConsoleStack extends Stack {
  /** Whose tokens the API has to take; undefined where the issuer's are not the deployment's own. */
  readonly client: IUserPoolClient | undefined;

  constructor(
    scope: Construct,
    id: string,
    { settings, tables, api, operators, alarmTopic, ...props }: ConsoleStackProps,
  ) {
    super(scope, id, props);
    const { scope: asked, clientId, connectTo } = settings.console;
    const domain = operators && this.addSignInPage(settings, operators);
    const issuer = operators ? `${COGNITO}/${operators.userPool.userPoolId}` : (settings.oidc?.issuer ?? '');
    const signIn = domain === undefined ? [new URL(issuer).origin, ...connectTo] : [COGNITO, domain.baseUrl()];
    const site = new ConsoleSite(this, 'Site', { settings, tables, api, signIn });
    this.client = operators && this.addClient(settings, operators, site.url);
    const known = this.client?.userPoolClientId ?? clientId ?? '';
    const facts: ConsoleFacts = {
      issuer,
      clientId: known,
      scope: asked,
      apiUrl: CONSOLE_API_PATH,
      groupsClaim: settings.groupsClaim,
      identityClaim: settings.identityClaim,
      ...(domain && {
        signOutUrl: `${domain.baseUrl()}/logout?client_id=${known}&logout_uri=${site.url}${SIGNED_OUT}`,
      }),
    };
    site.publish({ settings, tables }, facts);
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: alarmTopic });
    new CfnOutput(this, 'ConsoleUrl', { value: site.url, description: 'Where people open Tenure in a browser' });
    new CfnOutput(this, 'ConsoleBucketName', { value: site.bucket.bucketName });
  }

  /** Its address has to be nobody else's in the region. */
  private addSignInPage({ stackPrefix }: Settings, { userPool }: OperatorDirectory): UserPoolDomain {
    const domainPrefix = `${stackPrefix.toLowerCase().replace(/-+$/, '')}-${Aws.ACCOUNT_ID}`;
    return new UserPoolDomain(this, 'SignInPage', { userPool, cognitoDomain: { domainPrefix } });
  }

  private addClient(settings: Settings, { userPool }: OperatorDirectory, url: string): UserPoolClient {
    const client = new UserPoolClient(this, 'Client', {
      userPool,
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: settings.console.scope.split(' ').map((each) => OAuthScope.custom(each)),
        callbackUrls: [`${url}${SIGNED_IN}`],
        logoutUrls: [`${url}${SIGNED_OUT}`],
      },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      authFlows: { userSrp: true },
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(12),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
      // As with the other client: nobody writes their own identity id.
      writeAttributes: new ClientAttributes().withStandardAttributes({ locale: true }),
    });
    client.applyRemovalPolicy(removalPolicyOf({ ...settings, retainData: false }));
    // The setting `oidc` takes it away while the deployed API still names it.
    CrossStackReferences.of(client).produce(ReferenceStrength.BOTH);
    return client;
  }
}
