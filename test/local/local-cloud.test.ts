// The whole of Tenure, end to end: the CDK app as `cdk deploy` deployed it into the emulator, with IAM enforced, and real
// target systems. What is said to have happened is looked up in those systems themselves.
import { randomUUID } from 'node:crypto';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReconciliationDetailAnswer } from '../../lambdas/api/reconciliations.ts';
import { ROLES } from '../../lambdas/api/roles.ts';
import { CREDENTIALS } from '../../local/emulators.ts';
import { postBatch, postEvent, RefusedEventError } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { outputsSchema } from '../../local/outputs.ts';
import { planRun } from '../../local/plan.ts';
import { managerOfMost } from '../../local/tokens.ts';
import { aliveProcesses } from '../support/alive-processes.ts';
import { listenToEscalations } from '../support/escalations.ts';
import {
  accountsOf,
  convergedAt,
  eventually,
  grantsOf,
  joiner,
  LETS_MANY_LEAVE,
  leaver,
  mover,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 180_000;
const TEST_TIMEOUT_MS = 300_000;
const SALES = { department: 'Sales', title: 'Account Executive' };
const ENGINEERING = { department: 'Engineering', title: 'Software Engineer' };
const MARKETING = { department: 'Marketing', title: 'Content Strategist' };

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: LETS_MANY_LEAVE } }) });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await cloud?.stop();
  await vi.waitFor(() => expect(aliveProcesses(cloud.folder)).toEqual([]), { timeout: 15_000 });
});

describe.concurrent('the local cloud', { timeout: TEST_TIMEOUT_MS }, () => {
  it('says in its outputs all that another tool needs, in the shape that is promised', ({ expect }) => {
    expect(outputsSchema.parse(cloud.outputs)).toEqual(cloud.outputs);
    expect(cloud.outputs.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/execute-api\/[^/]+\/\$default$/);
    expect(Object.keys(cloud.outputs.tokens).sort()).toEqual([...ROLES].sort());
    expect(Object.keys(cloud.outputs.aws.stateMachines)).toContain('leaver');
    const { PopulationBucketName, LogBucketName } = cloud.stacks;
    expect(cloud.outputs.aws.buckets).toEqual({ population: PopulationBucketName, log: LogBucketName });
    for (const { connector, baseUrl } of Object.values(cloud.outputs.targets)) {
      expect([connector, new URL(baseUrl).hostname]).toEqual(['scim', '127.0.0.1']);
    }
  });

  it('turns an event from outside into accounts in the systems themselves, and a leaver into none', async ({
    expect,
  }) => {
    const subject = newIdentityId();
    await postFromOutside(joiner(subject, ENGINEERING));
    await convergedAt(cloud, subject);
    expect(await grantsOf(cloud, subject)).toEqual([
      'aws:AWS-Development',
      'chat:engineering',
      'chat:member',
      'code-hosting:developer',
      'directory:member',
      'directory:staff',
    ]);
    const { version } = await postFromOutside(leaver(subject));
    const { removal } = await convergedAt(cloud, subject, version);
    expect(await grantsOf(cloud, subject)).toEqual([]);
    expect((await accountsOf(cloud, subject)).filter(({ enabled }) => enabled)).toEqual([]);
    const certificate = await cloud.api.getCertificate(removal?.certificateId ?? '');
    expect(certificate.applications.map(({ applicationId }) => applicationId).sort()).toEqual([
      'aws',
      'chat',
      'code-hosting',
      'directory',
    ]);
  });

  it('leaves a mover nothing of where they were, and says why they hold what they hold', async ({ expect }) => {
    const subject = newIdentityId();
    await postEvent(cloud.hr, joiner(subject, SALES));
    await convergedAt(cloud, subject);
    expect(await grantsOf(cloud, subject)).toContain('crm:sales-user');
    const { version } = await postEvent(cloud.hr, mover(subject, ENGINEERING));
    const { entitlements } = await convergedAt(cloud, subject, version);
    const grants = await grantsOf(cloud, subject);
    expect(grants.filter((grant) => grant.includes('sales') || grant.startsWith('crm'))).toEqual([]);
    expect(grants).toEqual(entitlements.map(({ entitlement }) => toGrant(entitlement)).sort());
    const reasons = Object.fromEntries(
      entitlements.map(({ entitlement, reasons }) => [
        entitlement,
        reasons.flatMap((reason) => (reason.type === 'birthright' ? reason.profile : [])),
      ]),
    );
    expect(reasons).toMatchObject({
      'aws:development': ['software-engineering'],
      'chat:member': ['baseline-employee'],
      'directory:member': ['baseline-everyone'],
    });
    expect(entitlements.every(({ inPlace }) => inPlace)).toBe(true);
  });

  it.each([
    ['joiner, mover, leaver', 'JML'],
    ['leaver, joiner, mover', 'LJM'],
  ])('ends in no access at all, though the events come as %s, each of them twice', async (_, order) => {
    const subject = newIdentityId();
    const events = { J: joiner(subject, SALES), M: mover(subject, ENGINEERING), L: leaver(subject) };
    const arriving = [...order].map((letter) => events[letter as keyof typeof events]);
    const versions: number[] = [];
    for (const event of [...arriving, ...arriving]) versions.push((await postEvent(cloud.hr, event)).version);
    expect(versions.slice(3)).toEqual(versions.slice(0, 3));
    const { state } = await convergedAt(cloud, subject, Math.max(...versions));
    expect(state.status).toBe('departed');
    expect(await grantsOf(cloud, subject)).toEqual([]);
    expect((await accountsOf(cloud, subject)).filter(({ enabled }) => enabled)).toEqual([]);
  });

  it('gives the same access whichever of joiner and mover comes first', async ({ expect }) => {
    const [first, second] = [newIdentityId(), newIdentityId()];
    await postEvent(cloud.hr, joiner(first, SALES));
    await convergedAt(cloud, first);
    const moved = await postEvent(cloud.hr, mover(first, ENGINEERING));
    await postEvent(cloud.hr, mover(second, ENGINEERING));
    const joined = await postEvent(cloud.hr, joiner(second, SALES));
    await Promise.all([convergedAt(cloud, first, moved.version), convergedAt(cloud, second, joined.version)]);
    expect(await grantsOf(cloud, second)).toEqual(await grantsOf(cloud, first));
    expect(await grantsOf(cloud, second)).toContain('code-hosting:developer');
  });

  it('takes a batch whole or not at all, and names what is wrong by pointer', async ({ expect }) => {
    const [good, bad] = [newIdentityId(), newIdentityId()];
    const refusal = await postBatch(cloud.hr, [joiner(good), { ...joiner(bad), type: 'jml.nonsense' }]).catch(
      (reason: unknown) => reason,
    );
    expect(refusal).toBeInstanceOf(RefusedEventError);
    expect(refusal).toMatchObject({ status: 422, problem: { errors: [{ pointer: '/1/type' }] } });
    expect(await cloud.api.findIdentity(good)).toBeUndefined();
  });

  it('refuses what is not signed, signed wrongly or signed long ago', async ({ expect }) => {
    const event = joiner(newIdentityId());
    const wrong = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect((await send(event, { secret: wrong })).status).toBe(401);
    expect((await send(event, { sentMs: Date.now() - 6 * 60_000 })).status).toBe(401);
    expect(await cloud.api.findIdentity(event.subject)).toBeUndefined();
  });

  it('asks for a token, and shows a manager their own reports only', async ({ expect }) => {
    const url = `${cloud.outputs.apiUrl}/identities`;
    expect((await fetch(url)).status).toBe(401);
    const [manager, mine, other] = [managerOfMost(), newIdentityId(), newIdentityId()];
    await postBatch(cloud.hr, [joiner(manager), joiner(mine, { manager }), joiner(other, { manager: mine })]);
    expect((await cloud.api.findIdentity(mine, 'manager'))?.identityId).toBe(mine);
    expect((await cloud.api.findIdentity(other, 'manager'))?.identityId).toBe(other);
    await expect(cloud.api.findIdentity(manager, 'manager')).rejects.toMatchObject({ status: 403 });
  });

  it('reconciles an application when asked, and takes a decision about the report', async ({ expect }) => {
    const ask = async (path: string, sent: { readonly body?: object; readonly method?: string } = {}) => {
      const response = await fetch(`${cloud.outputs.apiUrl}/reconciliations/data-warehouse${path}`, {
        method: sent.method ?? 'GET',
        headers: { authorization: `Bearer ${cloud.outputs.tokens.security}`, 'content-type': 'application/json' },
        ...(sent.body && { body: JSON.stringify(sent.body) }),
      });
      return { status: response.status, body: (await response.json()) as ReconciliationDetailAnswer };
    };
    const decision = { answer: 'repair', reason: 'looked at every line' };
    expect(await ask('/runs', { method: 'POST' })).toMatchObject({ status: 202 });
    const report = await eventually('a report', async () => (await ask('')).body.report);
    expect(report.counts).toMatchObject({ ambiguous: 0 });
    const decided = await ask('/decision', { method: 'POST', body: decision });
    expect(decided).toMatchObject({ status: 200, body: { decision: { ...decision, runId: report.runId } } });
    await eventually('the run and the repair ending well', async () => {
      const { stateMachines = [] } = await stepFunctions().send(new ListStateMachinesCommand({}));
      const arn = stateMachines.find(({ name }) => name?.includes('Reconcil'))?.stateMachineArn;
      const statuses = await statusesNaming(arn, 'data-warehouse');
      return statuses.length === 2 && statuses.every((status) => status === 'SUCCEEDED') ? statuses : undefined;
    });
  });

  it('waits for a person where a system has no API, and proves a removal only then', async ({ expect }) => {
    const subject = newIdentityId();
    await postEvent(cloud.hr, joiner(subject, { ...SALES, location: 'Munich' }));
    await attestTaskOf(subject);
    // A leaver that overtakes a running pass is proven only once that pass's lease has run out, 90 s later.
    await convergedAt(cloud, subject, 2);
    const { version } = await postEvent(cloud.hr, leaver(subject));
    await eventually('every other system agreeing', async () => {
      const { converged, accounts } = (await cloud.api.findIdentity(subject)) ?? {};
      const open = accounts?.filter(
        ({ applicationId, closedAt }) => closedAt === undefined && applicationId !== 'badge',
      );
      return converged && open?.length === 0 ? true : undefined;
    });
    expect((await cloud.api.findIdentity(subject))?.removal?.provenAt).toBeUndefined();
    const { steps } = await attestTaskOf(subject);
    expect(steps).toContainEqual(expect.objectContaining({ action: 'revoke', grant: 'Zone Munich' }));
    const { removal } = await convergedAt(cloud, subject, version);
    const { attestations } = await cloud.api.getCertificate(removal?.certificateId ?? '');
    expect(attestations).toHaveLength(1);
  });

  it('tells a person which system, which identity and the last error when a fault stays, and never succeeds', async ({
    expect,
  }) => {
    const subject = newIdentityId();
    const told = await listenToEscalations(cloud);
    // That it once does not answer at all is got over.
    await cloud.targets.addFault('data-warehouse', { kind: 'timeout', times: 1, match: { method: 'POST' } });
    await postEvent(cloud.hr, joiner(subject, MARKETING));
    await convergedAt(cloud, subject);
    await cloud.targets.addFault('data-warehouse', { kind: 'status', status: 500, match: { method: 'PATCH' } });
    const { version } = await postEvent(cloud.hr, mover(subject, SALES));
    const { escalation, converged } = await eventually('an escalation', async () => {
      const identity = await cloud.api.findIdentity(subject);
      return identity?.escalation === undefined ? undefined : identity;
    });
    expect(converged).toBe(false);
    expect(escalation?.failed).toEqual([
      { applicationId: 'data-warehouse', error: expect.stringMatching(/SCIM .* answered 500/) },
    ]);
    const message = await eventually('the message', async () => told.messages.find((text) => text.includes(subject)));
    expect(message).toMatch(/data-warehouse/);
    expect(message).toMatch(/answered 500/);
    // The review of the move came meanwhile: whichever execution went on with it has failed.
    await eventually('a failed execution', async () => {
      const ended = await Promise.all(['mover', 'converge'].map((stage) => statusesOf(stage, subject)));
      return ended.flat().includes('FAILED') ? true : undefined;
    });
    // One system that fails holds up no other; and the next event brings the rest home, once it is back.
    expect(await grantsOf(cloud, subject)).toEqual(expect.arrayContaining(['chat:sales', 'crm:sales-user']));
    await cloud.targets.clearFaults('data-warehouse');
    const last = await postEvent(cloud.hr, mover(subject, { costCenter: '2100' }, 5));
    expect(last.version).toBeGreaterThan(version);
    await convergedAt(cloud, subject, last.version);
    expect((await grantsOf(cloud, subject)).filter((grant) => grant.startsWith('data-warehouse'))).toEqual([]);
    told.stop();
  });
});

// One at a time: whoever works in a system that asks to be left alone waits with the test that planted that.
describe('when a system fails for a while', { timeout: TEST_TIMEOUT_MS }, () => {
  // Only changes fail, so that the tests can still look.
  it.each([
    ['answers 429', 'chat', { kind: 'status', status: 429, retryAfterSeconds: 1 }, SALES],
    ['answers 500', 'code-hosting', { kind: 'status', status: 500 }, ENGINEERING],
    ['resets connections', 'crm', { kind: 'reset' }, { department: 'Support', title: 'Support Engineer' }],
    ['loses its answers', 'directory', { kind: 'applied-then-reset' }, SALES],
  ] as const)('converges once a system no longer %s (%s)', async (_, application, fault, attributes) => {
    const subject = newIdentityId();
    await cloud.targets.addFault(application, { ...fault, match: { method: 'POST' } });
    try {
      await postEvent(cloud.hr, joiner(subject, attributes));
      await eventually(`a failed attempt at ${application}`, async () => {
        const { accounts = [], converged } = (await cloud.api.findIdentity(subject)) ?? {};
        // What was carried out is found by whoever calls again, perhaps before anybody looks.
        if (converged && fault.kind === 'applied-then-reset') return await callsTo(application, subject);
        expect(converged).toBe(false);
        return accounts.find(({ applicationId, lastError }) => applicationId === application && lastError);
      });
    } finally {
      await cloud.targets.clearFaults(application);
    }
    await convergedAt(cloud, subject);
    expect((await accountsOf(cloud, subject)).map(({ applicationId }) => applicationId)).toContain(application);
  });
});

/** Undefined: there was one at most, so that none failed. */
async function callsTo(application: string, subject: string): Promise<number | undefined> {
  const entries = await cloud.api.listAudit(subject);
  const calls = entries.flatMap(({ event }) =>
    event.type === 'access-intended' && event.applicationId === application ? [event.callId] : [],
  );
  return calls.length > 1 ? calls.length : undefined;
}

/** As any HR system does: with what the outputs say, the stock library, and nothing of ours. */
async function postFromOutside(event: object): Promise<{ version: number }> {
  const response = await send(event, {});
  expect(response.status).toBe(202);
  return (await response.json()) as { version: number };
}

function send(event: object, { secret, sentMs = Date.now() }: { secret?: string; sentMs?: number }): Promise<Response> {
  const { apiUrl, hrSources } = cloud.outputs;
  const body = JSON.stringify(event);
  const id = `msg_${randomUUID()}`;
  const signature = new Webhook(secret ?? hrSources['acme-hr']?.secret ?? '').sign(id, new Date(sentMs), body);
  return fetch(`${apiUrl}/hr/acme-hr/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentMs / 1_000)),
      'webhook-signature': signature,
    },
    body,
  });
}

function toGrant(reference: string): string {
  const [applicationId = '', entitlementId] = reference.split(':');
  const application = cloud.accessModel.applications.find(({ id }) => id === applicationId);
  return `${applicationId}:${application?.entitlements.find(({ id }) => id === entitlementId)?.grant}`;
}

async function attestTaskOf(identityId: string) {
  const task = await eventually(`a task for ${identityId}`, async () => {
    return (await cloud.api.listOpenTasks()).find((open) => open.identityId === identityId);
  });
  await cloud.api.attest(task.taskId, 'ticket 4711');
  return task;
}

/** How the executions of this stage for this identity ended. */
async function statusesOf(stage: string, identityId: string): Promise<readonly (string | undefined)[]> {
  return statusesNaming(cloud.outputs.aws.stateMachines[stage], identityId);
}

function stepFunctions(): SFNClient {
  const { endpoint, region } = cloud.outputs.aws;
  return new SFNClient({ endpoint, region, credentials: CREDENTIALS });
}

/** How the executions whose input names this ended. */
async function statusesNaming(
  stateMachineArn: string | undefined,
  named: string,
): Promise<readonly (string | undefined)[]> {
  const client = stepFunctions();
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  const described = await Promise.all(
    executions.map(({ executionArn }) => client.send(new DescribeExecutionCommand({ executionArn }))),
  );
  return described.filter(({ input }) => input?.includes(`"${named}"`)).map(({ status }) => status);
}
