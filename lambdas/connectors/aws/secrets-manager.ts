// Shared secrets in AWS Secrets Manager. A grant is a secret that somebody knows, written on the secret as a tag, and
// what is known cannot be taken back: revoking has the secret rotated, and is done when its current version is another.
import { createHash } from 'node:crypto';
import type { DescribeSecretResponse, SecretsManager } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import type { Credential } from '../../core/systems/credential.ts';
import type { AccountKey, ApiConnector, Connection, ConnectorPermission, Target } from '../contract/connector.ts';
import { AwsCalls, RefusedByAwsError } from './aws-calls.ts';
import { awsClientOptions, permissionsBy, requireRole, roleShape } from './aws-client.ts';

/** With the version that was current when the secret was told, or how far its revocation has come. */
const KNOWS_TAG = 'tenure:knows:';
const POLL_MS = 500;
/** A secret that is looked at by no other name than its ARN. */
const ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@ -]{1,512}$/;

const settingsSchema = z
  .strictObject({
    ...roleShape,
    /** The ARNs of the secrets that people may know; each has rotation configured. */
    secrets: z
      .array(z.string().regex(ARN, 'expected the ARN of a secret'))
      .min(1)
      .max(50)
      .refine((arns) => new Set(arns).size === arns.length, 'expected each ARN once'),
    /**
     * How many rotations it takes until what was known is of no use: 2 where the rotation alternates between two users,
     * since the one before then works until the next rotation.
     */
    rotations: z.int().min(1).max(2).default(1),
    /** How long one call waits for a rotation; one that takes longer is looked at again later. */
    rotationWaitSeconds: z.int().min(1).max(20).default(10),
  })
  .superRefine(requireRole);

export type SecretsManagerSettings = z.infer<typeof settingsSchema>;

export const secretsManager: ApiConnector<SecretsManagerSettings, undefined> = {
  kind: 'api',
  type: 'secrets-manager',
  title:
    'AWS Secrets Manager: shared secrets, rotated when somebody who knows one leaves or a service account that uses one changes hands',
  testedAgainst: 'moto 5.2 enforcing IAM, with the rules of rotation added',
  settings: settingsSchema,
  privileges: [
    'None but the IAM statements of its own function, which `cdk deploy` grants: it may rotate, not read, the secrets; with `roleArn`, the role has them instead',
  ],
  limits: [
    'A secret without a rotation function (or managed rotation) cannot be revoked: the call fails and says so',
    'There are no accounts: a grant is a tag on the secret, so at most about 40 people can know one secret',
    'Whoever is connected with the old value stays so until the system behind it asks again',
  ],
  permissions: (settings) => permissionsBy(settings, permissions(settings)),
  connect: async (connection) => {
    const { SecretsManager } = await import('@aws-sdk/client-secrets-manager');
    const options = awsClientOptions(connection);
    return new SecretsManagerTarget(
      (region) => new SecretsManager({ ...options, ...(region === undefined ? {} : { region }) }),
      connection,
    );
  },
};

/** Service Authorization Reference, "AWS Secrets Manager". GetSecretValue is not among them. */
function permissions({ secrets }: SecretsManagerSettings): readonly ConnectorPermission[] {
  const actions = ['DescribeSecret', 'RotateSecret', 'TagResource', 'UntagResource'];
  return [{ actions: actions.map((action) => `secretsmanager:${action}`), resources: secrets }];
}

/** What a tag's value tells. */
interface Knowledge {
  /** The version that was current when the secret was told, or when the revocation began. */
  readonly version: string;
  /** Rotations still to come; undefined: not being revoked. */
  readonly rotationsLeft: number | undefined;
}

class SecretsManagerTarget implements Target {
  readonly #calls: AwsCalls;
  readonly #settings: SecretsManagerSettings;
  readonly #clientOf: (region: string | undefined) => SecretsManager;
  readonly #clients = new Map<string, SecretsManager>();

  constructor(
    clientOf: (region: string | undefined) => SecretsManager,
    { settings, callTimeoutMs }: Connection<SecretsManagerSettings, undefined>,
  ) {
    this.#clientOf = clientOf;
    this.#settings = settings;
    this.#calls = new AwsCalls({ system: 'Secrets Manager', callTimeoutMs });
  }

  async findAccount({ identityId, userName = identityId }: AccountKey): Promise<ObservedAccount> {
    const secrets = await Promise.all(this.#settings.secrets.map((arn) => this.#describe(arn)));
    const known = secrets.filter((secret) => knowledgeOf(secret, identityId) !== undefined);
    return {
      accountId: identityId,
      userName,
      enabled: true,
      // A secret is never renamed: its name is its id.
      grants: [...new Set(known.map(({ Name }) => required(Name)))].sort(),
      attributes: {},
      credentials: known.flatMap((secret) => this.#credentialsIn(secret)).sort(byId),
    };
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    return this.findAccount(profile);
  }

  async grant({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const secret = await this.#secretNamed(grant);
    if (secret === undefined) {
      throw new PermanentError(`Secrets Manager: there is no secret "${grant}" among the application's settings`);
    }
    const knowledge = knowledgeOf(secret, accountId);
    // One whose revocation has begun is known anew.
    if (knowledge !== undefined && knowledge.rotationsLeft === undefined) return;
    await this.#note(secret, accountId, { version: currentVersionOf(secret) ?? 'none', rotationsLeft: undefined });
  }

  /**
   * What a person knew at any time counts, so the version that is current when the revocation begins must go. Repeating
   * a call goes on where the last one ended, and two leavers at once share a rotation.
   */
  async revoke({ accountId }: ObservedAccount, grant: string): Promise<void> {
    let secret = await this.#secretNamed(grant);
    const knowledge = secret && knowledgeOf(secret, accountId);
    if (secret === undefined || knowledge === undefined) return;
    let left = knowledge.rotationsLeft ?? this.#settings.rotations;
    let version = knowledge.rotationsLeft === undefined ? currentVersionOf(secret) : knowledge.version;
    if (version !== undefined && knowledge.rotationsLeft === undefined) {
      await this.#note(secret, accountId, { version, rotationsLeft: left });
    }
    while (version !== undefined && left > 0) {
      if (currentVersionOf(secret) === version) secret = await this.#rotate(secret, version);
      version = currentVersionOf(secret);
      left -= 1;
      if (version !== undefined && left > 0) await this.#note(secret, accountId, { version, rotationsLeft: left });
    }
    await this.#forget(secret, accountId);
  }

  /** The secret stays known to the account, in a later version. */
  async revokeCredential(_account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const name = credentialId.slice(0, credentialId.lastIndexOf('@'));
    let secret = await this.#secretNamed(name);
    const isValid = () => secret && this.#credentialsIn(secret).some((one) => one.credentialId === credentialId);
    for (let rotations = 0; rotations < this.#settings.rotations && secret !== undefined && isValid(); rotations += 1) {
      secret = await this.#rotate(secret, required(currentVersionOf(secret)));
    }
  }

  /** Untagging a tag that is not there changes nothing; rotating cannot be tried without doing it. */
  async checkPrivileges(): Promise<readonly string[]> {
    const lacking: string[] = [];
    for (const arn of this.#settings.secrets) {
      const short = arn.slice(arn.indexOf(':secret:') + ':secret:'.length);
      const denied = (error: unknown) => {
        if (!(error instanceof RefusedByAwsError && error.isAccessDenied)) throw error;
      };
      const secret = await this.#calls
        .find('DescribeSecret', (options) => this.#clientFor(arn).describeSecret({ SecretId: arn }, options))
        .catch((error: unknown) => {
          denied(error);
          return 'denied' as const;
        });
      if (secret === 'denied') lacking.push(`secretsmanager:DescribeSecret on ${short}`);
      else if (secret === undefined) lacking.push(`the secret ${short} does not exist`);
      else if (!isRotatable(secret)) lacking.push(`rotation is not configured for ${short}`);
      const input = { SecretId: arn, TagKeys: [`${KNOWS_TAG}nobody`] };
      await this.#calls
        .find('UntagResource', (options) => this.#clientFor(arn).untagResource(input, options))
        .catch((error: unknown) => {
          denied(error);
          lacking.push(`secretsmanager:UntagResource on ${short}`);
        });
    }
    return lacking;
  }

  /** @returns the secret once its current version is another than `version` */
  async #rotate(secret: DescribeSecretResponse, version: string): Promise<DescribeSecretResponse> {
    const arn = required(secret.ARN);
    if (!isRotatable(secret)) {
      throw new PermanentError('Secrets Manager: the secret has no rotation configured, so it cannot be revoked');
    }
    const input = { SecretId: arn, ClientRequestToken: tokenOf(arn, version) };
    await this.#calls.run('RotateSecret', (options) => this.#clientFor(arn).rotateSecret(input, options));
    const untilMs = performance.now() + this.#settings.rotationWaitSeconds * 1000;
    for (;;) {
      const now = await this.#describe(arn);
      if (currentVersionOf(now) !== version) return now;
      if (performance.now() + POLL_MS > untilMs) {
        throw new RetryableError('Secrets Manager: the rotation has been asked for and is not finished yet');
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The versions that work: the current one, and the one before it where two users take turns. */
  #credentialsIn({ Name, VersionIdsToStages }: DescribeSecretResponse): readonly Credential[] {
    const works = this.#settings.rotations === 1 ? ['AWSCURRENT'] : ['AWSCURRENT', 'AWSPREVIOUS'];
    const versions = Object.entries(VersionIdsToStages ?? {}).filter(([, stages]) =>
      works.some((stage) => stages.includes(stage)),
    );
    return versions.map(([version]) => ({ credentialId: `${required(Name)}@${version}`, kind: 'shared-secret' }));
  }

  async #secretNamed(name: string): Promise<DescribeSecretResponse | undefined> {
    // An ARN ends in the name, a hyphen and six characters.
    const candidates = this.#settings.secrets.filter((arn) => arn.includes(`:secret:${name}-`));
    const secrets = await Promise.all(candidates.map((arn) => this.#describe(arn)));
    const named = secrets.filter(({ Name }) => Name === name);
    if (named.length > 1) throw new PermanentError(`Secrets Manager: several secrets are called "${name}"`);
    return named[0];
  }

  #describe(SecretId: string): Promise<DescribeSecretResponse> {
    return this.#calls
      .find('DescribeSecret', (options) => this.#clientFor(SecretId).describeSecret({ SecretId }, options))
      .then((found) => {
        // A secret that is gone must not look like one that nobody knows.
        if (found === undefined) throw new PermanentError('Secrets Manager: a secret of the settings does not exist');
        return requireReadable(found);
      });
  }

  async #note(secret: DescribeSecretResponse, identityId: string, knowledge: Knowledge): Promise<void> {
    const arn = required(secret.ARN);
    const { version, rotationsLeft } = knowledge;
    const Value = rotationsLeft === undefined ? version : `revoking/${rotationsLeft}/${version}`;
    const input = { SecretId: arn, Tags: [{ Key: KNOWS_TAG + identityId, Value }] };
    await this.#calls.run('TagResource', (options) => this.#clientFor(arn).tagResource(input, options));
  }

  async #forget(secret: DescribeSecretResponse, identityId: string): Promise<void> {
    const arn = required(secret.ARN);
    const input = { SecretId: arn, TagKeys: [KNOWS_TAG + identityId] };
    await this.#calls.run('UntagResource', (options) => this.#clientFor(arn).untagResource(input, options));
  }

  /** A secret is asked for in the region its ARN names. */
  #clientFor(arn: string): SecretsManager {
    const region = arn.split(':')[3] ?? '';
    const client = this.#clients.get(region) ?? this.#clientOf(region);
    this.#clients.set(region, client);
    return client;
  }
}

/** Tags that cannot be read are not tags that are not there: somebody may know the secret. */
function requireReadable(secret: DescribeSecretResponse): DescribeSecretResponse {
  const { Name, Tags = [] } = secret;
  if (typeof Name === 'string' && Array.isArray(Tags) && Tags.every((tag) => typeof tag?.Key === 'string'))
    return secret;
  throw new PermanentError('Secrets Manager: the answer does not tell the name or the tags of a secret');
}

function knowledgeOf(secret: DescribeSecretResponse, identityId: string): Knowledge | undefined {
  const value = secret.Tags?.find(({ Key }) => Key === KNOWS_TAG + identityId)?.Value;
  if (value === undefined) return undefined;
  const [, left, version] = /^revoking\/([12])\/(.+)$/.exec(value) ?? [];
  return version === undefined
    ? { version: value, rotationsLeft: undefined }
    : { version, rotationsLeft: Number(left) };
}

/** Undefined for a secret that never had a value: there is nothing to know. */
function currentVersionOf(secret: DescribeSecretResponse): string | undefined {
  return Object.entries(secret.VersionIdsToStages ?? {}).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
}

/** A service that owns a secret (RDS, Redshift) rotates it itself. */
function isRotatable(secret: DescribeSecretResponse): boolean {
  return Boolean(secret.RotationLambdaARN || secret.RotationEnabled || secret.OwningService);
}

/** The same for the same version, so that a repeated request makes no second rotation. A UUID, as the API demands. */
function tokenOf(arn: string, version: string): string {
  const hash = createHash('sha256').update(`${arn}\n${version}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function byId(a: Credential, b: Credential): number {
  return a.credentialId < b.credentialId ? -1 : 1;
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new PermanentError('Secrets Manager: the answer lacks a required field');
  return value;
}
