// Secrets from Secrets Manager. For an HR source a secret and the one before it are both valid, so that a rotation is
// one command (`aws secretsmanager put-secret-value`) and no sender is refused; repeating it retires the old one.
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** How long a retired secret may go on working, and a new one may take to work. */
const CACHE_MS = 60_000;
/** More than there are applications. */
const MAXIMUM_CACHED = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 3_000;

type SecretStage = 'AWSCURRENT' | 'AWSPREVIOUS';
interface Cached {
  readonly secret: Promise<string | undefined>;
  readonly untilMs: number;
}

const cache = new Map<string, Cached>();
let client: SecretsManagerClient | undefined;

/** The current value. @param arn or the name */
export async function readSecret(arn: string): Promise<string> {
  const secret = await readStage(arn, 'AWSCURRENT');
  if (secret === undefined) throw new Error(`the secret ${arn} has no text value`);
  return secret;
}

/** The valid values: the current one, then the one it replaced, if any. */
export async function readSecrets(arn: string): Promise<readonly string[]> {
  const [current, previous] = await Promise.all([readSecret(arn), readStage(arn, 'AWSPREVIOUS')]);
  return previous === undefined || previous === current ? [current] : [current, previous];
}

function readStage(arn: string, stage: SecretStage): Promise<string | undefined> {
  const key = `${arn} ${stage}`;
  const cached = cache.get(key);
  if (cached !== undefined && Date.now() < cached.untilMs) return cached.secret;
  if (cache.size >= MAXIMUM_CACHED) cache.clear();
  const secret = fetchStage(arn, stage);
  cache.set(key, { secret, untilMs: Date.now() + CACHE_MS });
  secret.catch(() => cache.delete(key));
  return secret;
}

async function fetchStage(arn: string, stage: SecretStage): Promise<string | undefined> {
  client ??= new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: stage }));
    return SecretString;
  } catch (error) {
    // A secret that was never replaced has no previous version.
    if (stage === 'AWSPREVIOUS' && error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
