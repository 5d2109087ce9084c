// What would happen, and what happens: the day of the sample company is asked about with `POST /simulations`, then it comes.
// What was foretold is held against the systems themselves.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SimulationAnswer, simulationAnswerSchema } from '../../lambdas/api/simulations.ts';
import { type FeedStep, sampleFeed } from '../../local/feed/feed.ts';
import { postBatch, postEvent } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { readableApplications, readTargets } from '../../local/read-targets.ts';

const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 900_000;
const SETTLED_MS = 400_000;
const POLL_MS = 500;

type Held = ReadonlyMap<string, readonly string[]>;

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({}) });
}, START_TIMEOUT_MS);
afterAll(() => cloud?.stop());

it('is foretold for each person and entitlement', { timeout: TEST_TIMEOUT_MS }, async () => {
  const foundedAt = new Date();
  const organisation = sampleFeed(foundedAt).filter(({ phase }) => phase === 'already-there');
  await postBatch(
    cloud.hr,
    organisation.map(({ event }) => event),
  );
  await settled(new Map(organisation.map(({ event }) => [event.subject, 1])));
  const before = await heldByWhom();
  const away = await onLeave();

  // What comes later has not come when the systems are looked into.
  const day = sampleFeed(new Date(), foundedAt).filter((step) => step.phase === 'day' && !isToCome(step));
  const foretold = await simulate(day.map(({ event }) => event));
  expect(await heldByWhom()).toEqual(before);
  expect(foretold.more).toBe(0);

  const versions = new Map<string, number>();
  for (const { event } of day) versions.set(event.subject, (await postEvent(cloud.hr, event)).version);
  await settled(versions);

  const expected = new Map(before);
  for (const { identityId, loses, gains } of foretold.people) {
    const kept = (before.get(identityId) ?? []).filter((reference) => !loses.includes(reference));
    expected.set(identityId, [...kept, ...gains.filter(isLookedInto)].sort());
  }
  // Who is on leave holds it still, in accounts that nobody can use.
  for (const identityId of foretold.suspended) expected.set(identityId, []);
  for (const { identityId, entitlements } of away) {
    if (foretold.resumed.includes(identityId)) expected.set(identityId, entitlements.filter(isLookedInto).sort());
  }
  const after = await heldByWhom();
  const subjects = [...new Set([...expected.keys(), ...after.keys()])].sort();
  const holding = (held: Held) => Object.fromEntries(subjects.map((id) => [id, held.get(id) ?? []]));
  expect(holding(after)).toEqual(holding(expected));
  const changed = subjects.filter((id) => String(before.get(id) ?? []) !== String(after.get(id) ?? []));
  expect(changed.length).toBeGreaterThan(10);
});

function isToCome({ event: { data } }: FeedStep): boolean {
  const instants = [data.effectiveAt, data.attributes?.endsAt].flatMap((one) => (one ? [Date.parse(one)] : []));
  return instants.some((atMs) => atMs > Date.now() && atMs < Date.now() + 365 * 86_400_000);
}

async function simulate(events: readonly object[]): Promise<SimulationAnswer> {
  const response = await fetch(`${cloud.outputs.apiUrl}/simulations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.outputs.tokens.security}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events, source: 'acme-hr' }),
  });
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return simulationAnswerSchema.parse(body);
}

/** Once every system agrees with at least that version of each, and IT has done what it was asked to. */
async function settled(versions: ReadonlyMap<string, number>): Promise<void> {
  const deadline = Date.now() + SETTLED_MS;
  for (;;) {
    const tasks = await cloud.api.listOpenTasks();
    for (const { taskId } of tasks) await cloud.api.attest(taskId, 'done as asked');
    const known = new Map((await cloud.api.listIdentities()).map((summary) => [summary.identityId, summary]));
    const open = [...versions].filter(([identityId, version]) => {
      const { converged = false, version: reached = 0 } = known.get(identityId) ?? {};
      return !converged || reached < version;
    });
    if (open.length === 0 && tasks.length === 0) return;
    if (Date.now() > deadline) throw new Error(`not settled: ${open.map(([identityId]) => identityId).join(', ')}`);
    await sleep(POLL_MS);
  }
}

/** With what reasons hold up for them all the while. */
async function onLeave() {
  const those = (await cloud.api.listIdentities()).filter(({ status }) => status === 'suspended');
  const found = await Promise.all(those.map(({ identityId }) => cloud.api.findIdentity(identityId)));
  return found.flatMap((one) =>
    one === undefined
      ? []
      : [{ identityId: one.identityId, entitlements: one.entitlements.map(({ entitlement }) => entitlement) }],
  );
}

function isLookedInto(reference: string): boolean {
  return readableApplications(cloud.outputs, cloud.accessModel).some(({ id }) => reference.startsWith(`${id}:`));
}

/** By the systems themselves: the entitlements of each account that can be used. */
async function heldByWhom(): Promise<Held> {
  const found = await readTargets(cloud.outputs, cloud.accessModel);
  const held = new Map<string, readonly string[]>();
  for (const { applicationId, identityId, enabled, grants } of found) {
    if (!enabled || grants.length === 0) continue;
    const known = cloud.accessModel.applications.find(({ id }) => id === applicationId)?.entitlements ?? [];
    const references = grants.map(
      (grant) => `${applicationId}:${known.find((one) => one.grant === grant)?.id ?? grant}`,
    );
    held.set(identityId, [...(held.get(identityId) ?? []), ...references].sort());
  }
  return held;
}
