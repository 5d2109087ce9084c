// What every client of AWS is made with: the proxy of the function's network, and where an application is in an AWS account
// other than Tenure's own, the credentials of a role there. They last an hour and are kept from one connection to the next.
import type { STS } from '@aws-sdk/client-sts';
import * as z from 'zod';
import { PermanentError } from '../../core/errors.ts';
import { awsClientNetwork } from '../../outbound/network.ts';
import type { Connection, ConnectorPermission } from '../contract/connector.ts';
import { AwsCalls, RefusedByAwsError } from './aws-calls.ts';

/** Credentials are not used within this time of their end: a call, and the clocks of two machines. */
const RENEWED_BEFORE_MS = 300_000;
const MAXIMUM_SESSIONS = 1_000;
/** STS takes 64 characters. */
const SESSION_PREFIX = 'tenure-';

/** Settings of an application in any account. */
export const roleShape = {
  /** A role in the account that the application is in, which trusts the connector's function. @default the function's own */
  roleArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
      'expected the ARN of a role: arn:<partition>:iam::111122223333:role/tenure',
    )
    .optional(),
  /** What that role asks for as `sts:ExternalId`. @default none */
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, 'expected 2 to 1224 letters, digits or + = , . @ : / -')
    .optional(),
};

export interface RoleSettings {
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
}

/** For `superRefine`. */
export function requireRole({ roleArn, externalId }: RoleSettings, context: z.RefinementCtx): void {
  if (roleArn !== undefined || externalId === undefined) return;
  context.addIssue({
    code: 'custom',
    message: 'expected roleArn, which it is for',
    path: ['externalId'],
    input: externalId,
  });
}

/** What the function itself may do: everything, or no more than to become the role. */
export function permissionsBy(
  { roleArn }: RoleSettings,
  ofService: readonly ConnectorPermission[],
): readonly ConnectorPermission[] {
  return roleArn === undefined ? ofService : [{ actions: ['sts:AssumeRole'], resources: [roleArn] }];
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** The SDK's own retries are off: they honour no budget and would sleep through the function's time-out. */
export function awsClientOptions(connection: Connection<RoleSettings, unknown>) {
  const { roleArn } = connection.settings;
  const shared = { maxAttempts: 1, ...awsClientNetwork() };
  if (roleArn === undefined) return shared;
  return { ...shared, credentials: () => credentialsOf(roleArn, connection) };
}

const sessions = new Map<string, Promise<Credentials>>();

async function credentialsOf(roleArn: string, connection: Connection<RoleSettings, unknown>): Promise<Credentials> {
  const key = JSON.stringify([roleArn, connection.settings.externalId, connection.applicationId]);
  const known = await sessions.get(key)?.catch(() => undefined);
  if (known !== undefined && known.expiration.getTime() - RENEWED_BEFORE_MS > Date.now()) return known;
  if (sessions.size >= MAXIMUM_SESSIONS) sessions.clear();
  const asked = assumeRole(roleArn, connection);
  sessions.set(key, asked);
  return asked;
}

async function assumeRole(
  RoleArn: string,
  { applicationId, settings: { externalId }, callTimeoutMs }: Connection<RoleSettings, unknown>,
): Promise<Credentials> {
  const { STS: Client } = await import('@aws-sdk/client-sts');
  const sts: STS = new Client({ maxAttempts: 1, ...awsClientNetwork() });
  const input = { RoleArn, RoleSessionName: `${SESSION_PREFIX}${applicationId}`, ExternalId: externalId };
  const { Credentials: given } = await new AwsCalls({ system: 'STS', callTimeoutMs })
    .run('AssumeRole', (options) => sts.assumeRole(input, options))
    .catch(explain);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new PermanentError('STS AssumeRole: the answer lacks the credentials');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

/** Not as a refusal of whatever call the credentials were for. */
function explain(error: unknown): never {
  if (!(error instanceof RefusedByAwsError)) throw error;
  throw new PermanentError(
    `${error.message}: does the role trust the connector's function, by this external id if any?`,
  );
}
