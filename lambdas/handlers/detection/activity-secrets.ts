// The secrets of activity sources, as far as a function is given them.
import * as z from 'zod';
import { fromEnvironment } from '../../stores/environment.ts';
import { readSecrets } from '../../stores/secrets.ts';

const secretsSchema = z.record(z.string(), z.string());

/** All valid at once; undefined: the source has none. */
export async function activitySecrets(sourceId: string): Promise<readonly string[] | undefined> {
  const references = secretsSchema.parse(JSON.parse(fromEnvironment('activitySourceSecrets', '{}')));
  const reference = Object.hasOwn(references, sourceId) ? references[sourceId] : undefined;
  return reference === undefined ? undefined : await readSecrets(reference);
}
