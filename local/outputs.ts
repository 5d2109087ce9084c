// `.local/outputs.json`: all that another tool needs to join in while the local cloud runs. Its shape is a contract
// (DESIGN, "The local cloud").
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { ROLES } from '../lambdas/api/roles.ts';
import { FEED_SOURCE } from './feed/feed.ts';
import type { HrSource } from './hr-client.ts';
import { LOCAL_FOLDER } from './run-folder.ts';

/** Where the latest start of this checkout writes to, unless the environment says otherwise. */
export const OUTPUTS_FILE = process.env['TENURE_OUTPUTS'] ?? join(LOCAL_FOLDER, 'outputs.json');

export const outputsSchema = z.strictObject({
  apiUrl: z.url(),
  /** Where a browser opens the console. Absent: the settings have none deployed. */
  consoleUrl: z.url().optional(),
  /** By HR source; each secret is as Standard Webhooks writes it. */
  hrSources: z.record(z.string(), z.strictObject({ secret: z.string().startsWith('whsec_') })),
  /** A JWT for each role; renewed while the local cloud runs. */
  tokens: z.record(z.enum(ROLES), z.string()),
  aws: z.strictObject({
    endpoint: z.url(),
    identityStoreEndpoint: z.url(),
    identityStoreId: z.string(),
    region: z.string(),
    /** Stage → ARN. */
    stateMachines: z.record(z.string(), z.string()),
    /** What is in it → name. */
    tables: z.record(z.string(), z.string()),
    /** What is put into it → name. */
    buckets: z.record(z.string(), z.string()),
  }),
  /** By application id, for every application that has a sample server. */
  targets: z.record(z.string(), z.strictObject({ connector: z.literal('scim'), baseUrl: z.url(), token: z.string() })),
});

export type Outputs = z.infer<typeof outputsSchema>;

/** Whoever reads it sees the old file or the new one, never half of it. It holds secrets, so it is the owner's alone. */
export function writeOutputs(file: string, outputs: Outputs): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(outputs, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}

/**
 * What it takes to post as an HR system.
 *
 * @param wanted an HR source. @default the sample feed's, or where there is none, the first
 * @throws Error naming those that there are
 */
export function hrSourceOf({ apiUrl, hrSources }: Outputs, wanted?: string): HrSource {
  const ids = Object.keys(hrSources);
  const id = wanted ?? (ids.includes(FEED_SOURCE) ? FEED_SOURCE : ids[0]);
  const source = id !== undefined && ids.includes(id) ? hrSources[id] : undefined;
  if (id === undefined || source === undefined) {
    throw new Error(`there is no HR source ${wanted ?? 'at all'}: expected ${ids.join(', ')}`);
  }
  return { apiUrl, id, secret: source.secret };
}
