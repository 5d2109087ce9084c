// What a burst on the local cloud does, and where it looks for what came of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { CREDENTIALS } from '../../local/emulators.ts';
import { postBatch, RefusedEventError } from '../../local/hr-client.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { readTargets } from '../../local/read-targets.ts';
import type { TestEvent } from '../support/local-cloud-events.ts';
import { convergedTwice, faultsIn, statesAfter, type Told, timesOf, toldSchema } from './burst-outcome.ts';
import { ENDED_BADLY, executionsSince } from './executions.ts';
import { ownCapacityMs } from './own-capacity.ts';

/** At once, as an HR system's own workers post. */
const CONCURRENT_POSTS = 4;
const BATCH = 50;
const TRIES = 10;
const SECOND_MS = 1_000;
/** A look at everybody costs the emulator what their number is. */
const POLL_MS_EACH = 5;
const SHORTEST_POLL_MS = 250;
const PAGE = 500;
const TIMEOUT_MS = 60_000;

export interface Posted {
  readonly firstPostMs: number;
  readonly lastAcceptedMs: number;
  /** The version that each identity has since. */
  readonly versions: ReadonlyMap<string, number>;
}

/** Signed batches; what is not answered is posted again, as the contract lets any sender do. */
export async function post({ hr }: LocalCloud, events: readonly TestEvent[]): Promise<Posted> {
  const firstPostMs = Date.now();
  const versions = new Map<string, number>();
  const batches = Array.from({ length: Math.ceil(events.length / BATCH) }, (_, index) =>
    events.slice(index * BATCH, (index + 1) * BATCH),
  );
  const work = async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      for (const { identityId, version, held } of await insist(() => postBatch(hr, batch ?? []))) {
        if (held !== undefined) throw new Error(`${identityId} is held: ${held}`);
        versions.set(identityId, version);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_POSTS }, work));
  return { firstPostMs, lastAcceptedMs: Date.now(), versions };
}

async function insist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const isRefused = error instanceof RefusedEventError && error.status < 500 && error.status !== 429;
      if (isRefused || tries === TRIES) throw error;
      await sleep(tries * SECOND_MS);
    }
  }
}

/**
 * Waits until each is converged at its version, and whoever departed is proven to have no access.
 *
 * @returns those who are not when the patience is at its end
 */
export async function waitForAll(
  cloud: LocalCloud,
  versions: ReadonlyMap<string, number>,
  patienceMs: number,
): Promise<readonly string[]> {
  const deadlineMs = Date.now() + patienceMs;
  const left = new Map(versions);
  const proving = new Set<string>();
  for (;;) {
    // While all are at work an answer may not come in time: then it is asked for again.
    const listed = await cloud.api.listIdentities().catch(() => []);
    for (const { identityId, converged, version, status } of listed) {
      if (!converged || version < (left.get(identityId) ?? Number.POSITIVE_INFINITY)) continue;
      left.delete(identityId);
      if (status === 'departed') proving.add(identityId);
    }
    for (const identityId of left.size === 0 ? proving : []) {
      const identity = await cloud.api.findIdentity(identityId).catch(() => undefined);
      if (identity?.removal?.provenAt !== undefined) proving.delete(identityId);
    }
    if (left.size === 0 && proving.size === 0) return [];
    if (Date.now() > deadlineMs) return [...left.keys(), ...proving];
    await sleep(Math.max(SHORTEST_POLL_MS, versions.size * POLL_MS_EACH));
  }
}

/** Every audit entry since an instant, read in the table itself. */
export async function auditSince({ outputs }: LocalCloud, sinceMs: number): Promise<readonly Told[]> {
  const { endpoint, region, tables } = outputs.aws;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials: CREDENTIALS }));
  const entries: Told[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: tables['audit'],
        FilterExpression: '#at >= :since AND attribute_exists(identityId)',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':since': new Date(sinceMs).toISOString() },
        ExclusiveStartKey,
      }),
    );
    entries.push(...z.array(toldSchema).parse(Items));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return entries;
}

const usersSchema = z.object({
  totalResults: z.int(),
  Resources: z
    .array(
      z.object({
        externalId: z.string(),
        active: z.boolean(),
        meta: z.object({ lastModified: z.coerce.date() }),
      }),
    )
    .default([]),
});

/** When the last account of each identity was disabled, by the systems' own clocks; infinite while one is not. */
export async function disabledIn({ outputs }: LocalCloud): Promise<ReadonlyMap<string, number>> {
  const disabled = new Map<string, number>();
  for (const { baseUrl, token } of Object.values(outputs.targets)) {
    for (let read = 0, all = 1; read < all; ) {
      const response = await fetch(`${baseUrl}/Users?startIndex=${read + 1}&count=${PAGE}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const { totalResults, Resources } = usersSchema.parse(await response.json());
      if (Resources.length === 0 && read < totalResults) throw new Error(`${baseUrl} leaves out users`);
      for (const { externalId, active, meta } of Resources) {
        // Nothing but disabling changes the account of somebody who leaves.
        const atMs = active ? Number.POSITIVE_INFINITY : meta.lastModified.getTime();
        disabled.set(externalId, Math.max(disabled.get(externalId) ?? 0, atMs));
      }
      all = totalResults;
      read += Resources.length;
    }
  }
  return disabled;
}

export interface Outcome {
  /** From the first post on; -Infinity: nobody did. */
  readonly convergedMs: number;
  readonly provenMs: number;
  /** What the busiest system takes for its calls, at the rate it may be called at. */
  readonly capacityMs: number;
  /** From when each was accepted; infinite: it never came about. */
  readonly joinersMs: readonly number[];
  readonly lockedDownMs: readonly number[];
  /** Until work on a leaver began: the queue in front of it. */
  readonly fencedOffMs: readonly number[];
  /** Where the systems differ from what each should have. */
  readonly faults: readonly string[];
  readonly twice: readonly string[];
  readonly failed: readonly string[];
  readonly fences: number;
  readonly escalated: number;
}

/** @param before what was posted beforehand */
export async function judge(
  cloud: LocalCloud,
  client: SFNClient,
  before: readonly TestEvent[],
  burst: readonly TestEvent[],
  { firstPostMs }: Posted,
): Promise<Outcome> {
  const concerned = new Set(burst.map(({ subject }) => subject));
  const entries = (await auditSince(cloud, firstPostMs)).filter(({ identityId }) => concerned.has(identityId));
  const accepted = timesOf(entries, 'fact-recorded', 'first');
  const [converged, proven] = [timesOf(entries, 'converged', 'last'), timesOf(entries, 'removal-proven', 'last')];
  const disabled = await disabledIn(cloud);
  const sinceAccepted = (type: string, ends: ReadonlyMap<string, number>) =>
    burst
      .filter((event) => event.type === type)
      .map(({ subject }) => (ends.get(subject) ?? Number.POSITIVE_INFINITY) - (accepted.get(subject) ?? Number.NaN));
  const found = await readTargets(cloud.outputs, cloud.accessModel);
  const states = statesAfter([...before, ...burst]);
  const count = (type: string) => entries.filter(({ event }) => event.type === type).length;
  return {
    convergedMs: Math.max(...converged.values()) - firstPostMs,
    provenMs: Math.max(...proven.values()) - firstPostMs,
    capacityMs: ownCapacityMs(entries, cloud.accessModel),
    joinersMs: sinceAccepted('jml.joiner', converged),
    lockedDownMs: sinceAccepted('jml.leaver', disabled),
    fencedOffMs: sinceAccepted('jml.leaver', timesOf(entries, 'work-fenced-off', 'first')),
    faults: faultsIn(states, found, cloud.accessModel, Object.keys(cloud.outputs.targets)),
    twice: convergedTwice(entries),
    failed: await failedSince(cloud, client, firstPostMs),
    fences: count('work-fenced-off'),
    escalated: count('escalated'),
  };
}

async function failedSince({ outputs }: LocalCloud, client: SFNClient, sinceMs: number): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const arn of Object.values(outputs.aws.stateMachines)) {
    for (const status of ENDED_BADLY) {
      const executions = await executionsSince(client, arn, sinceMs, status);
      failed.push(...executions.map(({ executionArn }) => `${executionArn} ${status}`));
    }
  }
  return failed;
}
