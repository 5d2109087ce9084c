// What a burst has to take at least, since the systems are called no faster than the access model lets Tenure: their own
// capacity, which no machine can beat. And the sample's access model without such limits, to measure everything else.
import { appendFile, cp, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { DEFAULT_RATE_LIMIT, RATE_LIMIT_BOUNDS } from '../../lambdas/core/systems/rate-limit.ts';
import { LOCAL_FOLDER } from '../../local/run-folder.ts';
import type { Told } from './burst-outcome.ts';

const SAMPLE = fileURLToPath(new URL('../../access-model', import.meta.url));
const SECOND_MS = 1_000;

/** How long the busiest system takes for the calls that the audit log tells of, at the rate it is called at. */
export function ownCapacityMs(entries: readonly Told[], { applications }: AccessModel): number {
  const each = [...callsIn(entries)].map(([applicationId, calls]) => {
    const application = applications.find(({ id }) => id === applicationId);
    return (calls / (application?.rateLimit ?? DEFAULT_RATE_LIMIT).callsPerSecond) * SECOND_MS;
  });
  return Math.max(0, ...each);
}

/**
 * Of each application. A visit that changes something finds the account, and reads it back; one that finds everything as it
 * should be leaves no entry, so that there are rather more calls than these.
 */
export function callsIn(entries: readonly Told[]): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const { event } of entries) {
    const { type, applicationId, answered } = event;
    const isCall = type === 'access-intended' || type === 'access-changed' || (type === 'access-read-back' && answered);
    if (isCall && applicationId !== undefined) calls.set(applicationId, (calls.get(applicationId) ?? 0) + 1);
  }
  return calls;
}

/** @returns the folder of a copy of the sample's access model, in which every application is called as often as one may be */
export async function unpacedModel(): Promise<string> {
  await mkdir(LOCAL_FOLDER, { recursive: true });
  const folder = await mkdtemp(join(LOCAL_FOLDER, 'unpaced-model-'));
  await cp(SAMPLE, folder, { recursive: true });
  const { callsPerSecond } = RATE_LIMIT_BOUNDS;
  const rateLimit = `rateLimit: { callsPerSecond: ${callsPerSecond.maximum} }`;
  for (const file of await readdir(join(folder, 'applications'))) {
    await appendFile(join(folder, 'applications', file), `\n${rateLimit}\n`);
  }
  return folder;
}
