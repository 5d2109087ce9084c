// What those with whom signals are shared show: by their id, the secret and the one before, both valid.
import { fromEnvironment } from './environment.ts';
import { readSecrets } from './secrets.ts';

/** None: there is nobody of that id. */
export async function signalSecretsOf(id: string): Promise<readonly string[]> {
  const arns = JSON.parse(fromEnvironment('signalSecrets')) as Record<string, string>;
  const arn = Object.hasOwn(arns, id) ? arns[id] : undefined;
  return arn === undefined ? [] : await readSecrets(arn);
}
