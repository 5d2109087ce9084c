// One person joins, uses every real system that runs here and leaves at once: the real state machines and handlers, in
// real time, end all of it, people do what no connector can, and the certificate tells what was removed where, and when.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTracker } from '../../lambdas/connectors/manual/request-tracker.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { Certificate } from '../../lambdas/core/removal/certificate.ts';
import { certificateIdOf } from '../../lambdas/core/removal/removal.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import { certificatePage } from '../../lambdas/handlers/removal/certificate-page.ts';
import { CALL_TIMEOUT_MS } from '../../lambdas/handlers/shared/timing.ts';
import type { Connected } from '../../lambdas/handlers/systems/connect-application.ts';
import type { Session } from '../connectors/contract.ts';
import { World } from '../simulation/world.ts';
import { joiner, leaver } from '../support/facts.ts';
import {
  API_SYSTEMS,
  MANUAL,
  modelOfAll,
  OUTLASTED,
  type RunningSystems,
  type System,
  startAllSystems,
} from './all-systems.ts';
import { lockDownsIn, seconds, textOf, timesOf } from './one-leaver-report.ts';

const POLL_MS = 250;
const PATIENCE_MS = 90_000;
const LEAVER = 'E1';
const SUCCESSOR = 'E2';
/** Who works in the service desk. */
const DESK_WORKER = 'jane';

let systems: RunningSystems;
beforeAll(async () => {
  systems = await startAllSystems();
});
afterAll(() => systems?.stop());

describe('one leaver over all real systems', () => {
  it('is locked out of all of them, and the certificate proves it', { timeout: 4 * PATIENCE_MS }, async () => {
    const world = new World({
      model: modelOfAll(SUCCESSOR),
      retryPolicy: { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 },
      connect: async (applicationId) => (applicationId === MANUAL ? connectDesk() : connectApi(applicationId)),
    });
    const { accounts, directory, audit } = world.stores;

    await world.record({ ...joins('grace@example.com', 'Grace', 'Hopper'), identityId: SUCCESSOR });
    await world.record({ ...joins('ada@example.com', 'Ada', 'Lovelace'), identityId: LEAVER });
    for (const identityId of [SUCCESSOR, LEAVER]) {
      await resolveTicket(world, identityId);
      await until(`the access of ${identityId}`, async () => {
        expect(world.escalations).toEqual([]);
        const accounts = (await directory.load(identityId))?.accounts ?? [];
        return (
          accounts.filter(({ account }) => account?.enabled && account.grants.length > 0).length ===
          API_SYSTEMS.length + 1
        );
      });
    }

    const sessions = new Map<string, Session>();
    const outlasting = new Map<string, Session>();
    await inEachSystem(async ({ applicationId }) => {
      const { signIn, openOutlasting, addCredential, addOwned } = systems.of(applicationId);
      const account = await accountIn(applicationId, LEAVER);
      const session = await signIn?.(account);
      if (session !== undefined) sessions.set(applicationId, session);
      const longer = await openOutlasting?.(account);
      if (longer !== undefined) outlasting.set(applicationId, longer);
      // Only then: the second factor among them would be asked for.
      await addCredential?.(account);
      await addOwned?.(account);
    });
    const usable = API_SYSTEMS.filter(({ applicationId }) => systems.of(applicationId).signIn !== undefined);
    expect([...sessions.keys()].sort()).toEqual(usable.map(({ applicationId }) => applicationId).sort());
    expect(sessions.size).toBe(8);
    // What an application has that verifies Keycloak's tokens by itself.
    expect([...outlasting.keys()]).toEqual(['login']);
    for (const [applicationId, session] of [...sessions, ...outlasting])
      expect(await session.isAlive(), applicationId).toBe(true);

    const leftMs = Date.now();
    await world.record(leaver(new Date(leftMs).toISOString(), { immediate: true, successor: SUCCESSOR }));
    const endings = await watch(sessions, leftMs);
    // All that has an API is closed: what the proof waits for now is a person.
    expect((await directory.load(LEAVER))?.header.removal?.provenMs).toBeUndefined();
    const task = await resolveTicket(world, LEAVER);
    expect(task.steps.map(({ action }) => action)).toEqual(['disable-account', 'revoke']);
    await until('the proof of the removal', async () => {
      expect(world.escalations).toEqual([]);
      return (await directory.load(LEAVER))?.header.removal?.provenMs !== undefined;
    });

    for (const [applicationId, session] of [...sessions, ...outlasting]) {
      expect(await session.isAlive(), applicationId).toBe(applicationId === OUTLASTED);
      await session.close();
    }
    await inEachSystem(async ({ applicationId }) => {
      const { signIn, addOwned } = systems.of(applicationId);
      const account = await accountIn(applicationId, LEAVER);
      expect(account).toMatchObject({ enabled: false, grants: [] });
      expect(account.credentials ?? []).toEqual([]);
      expect(await signIn?.(account), applicationId).toBeUndefined();
      if (addOwned === undefined) return;
      expect(account.owns).toEqual([]);
      expect((await accountIn(applicationId, SUCCESSOR)).owns?.length).toBeGreaterThan(0);
    });

    const removal = (await directory.load(LEAVER))?.header.removal;
    if (removal === undefined) throw new Error('there is no removal');
    const certificate = await accounts.findCertificate(certificateIdOf(LEAVER, removal));
    if (certificate === undefined) throw new Error('there is no certificate');
    expectProof(certificate, task);

    const { items } = await audit.list(LEAVER, { limit: 500 });
    const lockDowns = lockDownsIn(items, removal.startedMs);
    const durations = lockDowns.map(({ durationMs }) => durationMs);
    const totalMs = Math.max(...lockDowns.map(({ endedMs }) => endedMs)) - removal.startedMs;
    const [slowestMs, sumMs] = [Math.max(...durations), durations.reduce((sum, one) => sum + one, 0)];
    expect(durations).toHaveLength(API_SYSTEMS.length);
    expect(totalMs).toBeLessThan(sumMs);

    const page = join(resolve('.local'), 'one-leaver-certificate.html');
    mkdirSync(resolve('.local'), { recursive: true });
    writeFileSync(page, certificatePage(certificate));
    const attestedAt = certificate.attestations[0]?.attestedAt ?? '';
    console.log(
      [
        '',
        timesOf(certificate, { systems, leftMs, endings, lockDowns }),
        '',
        `All ${durations.length} systems with an API were locked down ${seconds(totalMs)} after the removal began. The slowest`,
        `took ${seconds(slowestMs)} (ratio ${(totalMs / slowestMs).toFixed(2)}); one after the other they would have taken ${seconds(sumMs)}.`,
        `By hand: asked for ${seconds(task.openedMs - removal.startedMs)} after the removal began, attested ${seconds(Date.parse(attestedAt) - task.openedMs)} later.`,
        '',
        textOf(certificate),
        '',
        `The certificate as a page: ${page}`,
      ].join('\n'),
    );
  });
});

function expectProof({ applications, attestations, provenAt }: Certificate, task: TaskRecord): void {
  expect(applications.map(({ applicationId }) => applicationId).sort()).toEqual(
    [...API_SYSTEMS.map(({ applicationId }) => applicationId), MANUAL].sort(),
  );
  for (const application of applications) {
    const { applicationId, removed, verifiedBy, lastAccessAt } = application;
    expect(application).toMatchObject({ outcome: 'disabled' });
    expect(Date.parse(lastAccessAt ?? '')).toBeLessThanOrEqual(Date.parse(provenAt));
    if (applicationId === MANUAL) continue;
    const grant = API_SYSTEMS.find((system) => system.applicationId === applicationId)?.grant;
    expect(application).toMatchObject({ disabledAt: expect.any(String) });
    expect(removed).toContainEqual(expect.objectContaining({ action: 'revoke', what: grant }));
    expect(verifiedBy.length).toBeGreaterThan(0);
  }
  expect(attestations).toEqual([
    {
      taskId: task.taskId,
      applicationId: MANUAL,
      attestedBy: `${requestTracker.type}:${DESK_WORKER}`,
      attestedAt: expect.any(String),
      evidence: expect.stringMatching(/^ticket \d+$/),
    },
  ]);
  expect(Date.parse(attestations[0]?.attestedAt ?? '')).toBeLessThanOrEqual(Date.parse(provenAt));
}

function joins(email: string, givenName: string, familyName: string) {
  return joiner(new Date().toISOString(), { department: 'Sales', email, givenName, familyName });
}

async function connectApi(applicationId: string): Promise<Connected> {
  const target = await systems.of(applicationId).connect({ callTimeoutMs: CALL_TIMEOUT_MS });
  return { kind: 'api', target, residual: systems.residualOf(applicationId) };
}

async function connectDesk(): Promise<Connected> {
  const { url: baseUrl, queue, token } = systems.requestTracker;
  const work = { assignee: 'frontdesk@example.com', instructions: 'Open the badge console.' };
  const settings = requestTracker.settings.parse({ ...work, baseUrl, queue });
  const connection = { applicationId: MANUAL, settings, secret: { token }, callTimeoutMs: CALL_TIMEOUT_MS };
  const desk = await requestTracker.openServiceDesk?.(connection);
  return { kind: 'manual', task: requestTracker.describeTask(settings), desk };
}

/** Somebody at the desk does what the ticket of the identity's task asks for, and says so there. */
async function resolveTicket(world: World, identityId: string): Promise<TaskRecord> {
  const connected = await connectDesk();
  const desk = connected.kind === 'manual' ? connected.desk : undefined;
  let task: TaskRecord | undefined;
  let ticketId: string | undefined;
  await until(`a ticket about ${identityId}`, async () => {
    task = (await world.stores.directory.load(identityId))?.tasks.find(({ status }) => status === 'open');
    ticketId = task && (await desk?.findTicket(task.taskId))?.ticketId;
    return ticketId !== undefined;
  });
  if (task === undefined) throw new Error('there is no task');
  const { taskId } = task;
  await systems.requestTracker.work('PUT', `/ticket/${ticketId}`, { Status: 'resolved' });
  await until(`the attestation about ${identityId}`, async () => {
    // As the sweep does when the ticket's time has come, a quarter of an hour later; again where another pass was running.
    await world.start('converge', { identityId, trigger: 'sweep' });
    const tasks = (await world.stores.directory.load(identityId))?.tasks ?? [];
    return tasks.some((each) => each.taskId === taskId && each.status === 'done');
  });
  return task;
}

async function inEachSystem(act: (system: System) => Promise<void>): Promise<void> {
  await Promise.all(API_SYSTEMS.map(act));
}

/** As the system itself reports it. */
async function accountIn(applicationId: string, identityId: string): Promise<ObservedAccount> {
  const userName = identityId === LEAVER ? 'ada@example.com' : 'grace@example.com';
  const target = await systems.of(applicationId).connect({ callTimeoutMs: CALL_TIMEOUT_MS });
  const account = await target.findAccount({ identityId, userName });
  if (account === undefined) throw new Error(`${identityId} has no account in ${applicationId}`);
  return account;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`${what} did not come about`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

/** When each session was first refused, in milliseconds after the departure. */
async function watch(sessions: ReadonlyMap<string, Session>, leftMs: number): Promise<ReadonlyMap<string, number>> {
  const watched = [...sessions].filter(([applicationId]) => applicationId !== OUTLASTED);
  const endings = watched.map(async ([applicationId, session]) => {
    await until(`the end of the session in ${applicationId}`, async () => !(await session.isAlive()));
    return [applicationId, Date.now() - leftMs] as const;
  });
  return new Map(await Promise.all(endings));
}
