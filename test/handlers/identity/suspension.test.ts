// Keeping somebody out in an emergency: by whom, until when, and what HR says meanwhile.
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { suspensionStateSchema } from '../../../lambdas/api/suspensions.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { resumeIdentity } from '../../../lambdas/handlers/identity/resume-identity.ts';
import { suspendIdentity } from '../../../lambdas/handlers/identity/suspend-identity.ts';
import {
  answer,
  apiDependencies,
  requestAs,
  requestWithAccessToken,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent, returnEvent, suspensionEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { mergeByTwo } from '../../support/merging.ts';

const DAY_MS = 86_400_000;

function setUp() {
  const holds = memoryHolds();
  const guard = {
    settings: massErrorGuardSchema.parse({ neverHeld: 2, maximumIdentities: 2 }),
    holds,
    alert: async () => {},
  };
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const dependencies = Object.assign(apiDependencies(), { holds, guard, newId });
  return dependencies;
}
let dependencies = setUp();

async function hr(...events: readonly unknown[]) {
  const settings = massErrorGuardSchema.parse({});
  const guard = { ...dependencies.guard, settings };
  const receive = receiveHrEvent({ ...dependencies, guard, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(events, { atMs: dependencies.nowMs }))).toMatchObject({ status: 202 });
}
const suspend = (id: string, as = 'E0900', role: Role = 'operations', reason: unknown = 'stolen laptop') =>
  answer(
    suspendIdentity(dependencies),
    requestAs([role], as, { pathParameters: { id }, body: Buffer.from(JSON.stringify({ reason })) }),
  );
const resume = (id: string, as = 'E0900', role: Role = 'operations') =>
  answer(resumeIdentity(dependencies), requestAs([role], as, { pathParameters: { id } }));
async function shown(id: string, role: Role = 'auditor') {
  const { body } = await answer(getIdentity(dependencies), requestAs([role], 'E0999', { pathParameters: { id } }));
  return identitySchema.parse(body);
}
const statusOf = async (id: string) => (await shown(id)).state.status;
const versionOf = async (id: string) => (await dependencies.directory.load(id))?.header.version;
const effectiveNow = (event: ReturnType<typeof joinerEvent>, inMs = 0) => ({
  ...event,
  time: new Date(dependencies.nowMs).toISOString(),
  data: { ...event.data, effectiveAt: new Date(dependencies.nowMs + inMs).toISOString() },
});
const later = (days: number) => {
  dependencies.nowMs += days * DAY_MS;
};

beforeEach(async () => {
  dependencies = setUp();
  const service = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };
  await hr(
    ...['E0900', 'E0901', 'E1001', 'E1002', 'E1003', 'E1004'].map((subject) =>
      joinerEvent(
        { manager: null, department: 'Sales', email: `${subject.toLowerCase()}@example.com` },
        { id: subject, subject },
      ),
    ),
    joinerEvent({ ...service, owner: 'E0900', manager: undefined }, { id: 'svc', subject: 'svc-1' }),
  );
});

describe('a suspension in an emergency', () => {
  it('has effect at once, with who said so, and keeps what is held for later', async () => {
    const { status, body } = await suspend('E1001');
    expect(status).toBe(200);
    expect(suspensionStateSchema.parse(body)).toMatchObject({
      status: 'suspended',
      suspensions: [{ by: 'E0900', as: 'operations' }],
    });
    const { state, entitlements, suspensions } = await shown('E1001');
    expect(state.status).toBe('suspended');
    expect(entitlements.map(({ enabled }) => enabled)).toEqual([false]);
    expect(suspensions).toMatchObject([{ by: 'E0900', reason: 'stolen laptop' }]);
    expect((await shown('E1001', 'security')).suspensions?.[0]).not.toHaveProperty('reason');
    const { items } = await dependencies.audit.list('E1001', { limit: 100 });
    expect(items.at(-1)).toMatchObject({ actor: { id: 'E0900' }, event: { factType: 'access-suspended' } });
    expect(JSON.stringify(items)).not.toContain('stolen');
  });

  it('said again changes nothing, and neither does resuming again', async () => {
    await suspend('E1001');
    const version = await versionOf('E1001');
    expect(await suspend('E1001', 'E0901')).toMatchObject({ status: 200, body: { version } });
    later(1);
    expect(await resume('E1001', 'E0901')).toMatchObject({ status: 200, body: { status: 'active', suspensions: [] } });
    expect(await resume('E1001')).toMatchObject({ status: 200, body: { version: (version ?? 0) + 1 } });
  });

  it('outlasts the return from a leave, and the leave outlasts it', async () => {
    await suspend('E1001');
    await hr(effectiveNow(suspensionEvent({ id: 'leave', subject: 'E1001' })));
    later(1);
    await hr(effectiveNow(returnEvent({ id: 'back', subject: 'E1001' })));
    expect(await statusOf('E1001')).toBe('suspended');
    later(1);
    await hr(effectiveNow(suspensionEvent({ id: 'again', subject: 'E1001' })));
    later(1);
    expect(await resume('E1001')).toMatchObject({ status: 200, body: { status: 'suspended', suspensions: [] } });
    expect(await resume('E1001')).toMatchObject({ status: 409, body: { detail: /HR ends that/ } });
    await hr(effectiveNow(returnEvent({ id: 'back-again', subject: 'E1001' })));
    expect(await statusOf('E1001')).toBe('active');
  });

  it('lifts nothing of a leaver, is not taken after one, and waits for a rehire', async () => {
    await suspend('E1001');
    later(1);
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1001' }));
    await hr(leaverEvent({ immediate: true }, { id: 'l2', subject: 'E1002' }));
    expect(await suspend('E1002')).toMatchObject({ status: 409, body: { detail: /has left/ } });
    later(1);
    await hr(effectiveNow(joinerEvent({ manager: null }, { id: 're', subject: 'E1001' })));
    expect(await statusOf('E1001')).toBe('suspended');
    expect(await resume('E1001')).toMatchObject({ status: 200, body: { status: 'active' } });
  });

  it('of somebody who has yet to join keeps them out from the start', async () => {
    await hr(effectiveNow(joinerEvent({ manager: null }, { id: 'new', subject: 'E2000' }), DAY_MS));
    expect(await suspend('E2000')).toMatchObject({ status: 200, body: { status: 'pending' } });
    later(2);
    expect(await statusOf('E2000')).toBe('suspended');
  });

  it('counts for the person, under whichever id', async () => {
    await suspend('E1002');
    await mergeByTwo(dependencies, { identityId: 'E1001', duplicate: 'E1002' });
    expect(await statusOf('E1001')).toBe('suspended');
    expect(await resume('E1002')).toMatchObject({ status: 200, body: { identityId: 'E1001', status: 'active' } });
  });
});

describe('who may', () => {
  it('not oneself, under whichever id, nor what one owns', async () => {
    await mergeByTwo(dependencies, { identityId: 'E0900', duplicate: 'E1004', as: 'E0901' });
    for (const [id, as] of [
      ['E0900', 'E0900'],
      ['E0900', 'E1004'],
      ['E1004', 'E0900'],
      ['svc-1', 'E0900'],
    ] as const) {
      expect(await suspend(id, as)).toMatchObject({ status: 403 });
      expect(await resume(id, as)).toMatchObject({ status: 403 });
    }
    expect(await statusOf('E0900')).toBe('active');
  });

  it('security resumes what security suspended, and operations does not', async () => {
    await suspend('E1001');
    expect(await suspend('E1001', 'E0901', 'security')).toMatchObject({ status: 200 });
    expect((await shown('E1001')).suspensions).toHaveLength(2);
    expect(await resume('E1001')).toMatchObject({ status: 403, body: { detail: /security resumes it/ } });
    expect(await statusOf('E1001')).toBe('suspended');
    expect(await resume('E1001', 'E0901', 'security')).toMatchObject({ status: 200, body: { status: 'active' } });
  });

  it('nobody who is suspended, or whom the token does not name', async () => {
    await suspend('E0901');
    expect(await suspend('E1001', 'E0901')).toMatchObject({ status: 403 });
    expect(await resume('E0901', 'E0901')).toMatchObject({ status: 403 });
    const sent = requestWithAccessToken(['operations'], {
      pathParameters: { id: 'E1001' },
      body: Buffer.from('{"reason":"x"}'),
    });
    expect(await answer(suspendIdentity(dependencies), sent)).toMatchObject({ status: 403 });
    expect(await statusOf('E1001')).toBe('active');
  });

  it.each<Role>(['hr', 'manager', 'it', 'auditor'])('not the role %s', async (role) => {
    expect(await suspend('E1001', 'E0900', role)).toMatchObject({ status: 403 });
    expect(await resume('E1001', 'E0900', role)).toMatchObject({ status: 403 });
  });

  it('is told what was expected of wrong input, and of whom nobody knows', async () => {
    for (const reason of [null, '', '   ', 'x'.repeat(501), 7]) {
      expect(await suspend('E1001', 'E0900', 'operations', reason)).toMatchObject({ status: 422 });
    }
    expect(await suspend('E1001', 'E0900', 'operations', 'x'.repeat(500))).toMatchObject({ status: 200 });
    expect(await suspend('E7777')).toMatchObject({ status: 404 });
    expect(await resume('E7777')).toMatchObject({ status: 404 });
  });
});

describe('the mass-error guard', () => {
  it('lets operations suspend as many as HR, each counted once, and security more', async () => {
    expect(await suspend('E1001')).toMatchObject({ status: 200 });
    await resume('E1001');
    expect(await suspend('E1001')).toMatchObject({ status: 200 });
    expect(await suspend('E1002')).toMatchObject({ status: 200 });
    expect(await suspend('E1003')).toMatchObject({ status: 409, body: { detail: /fewer than 3/ } });
    expect(await statusOf('E1003')).toBe('active');
    // What was refused counts for nothing.
    expect(await suspend('E1004')).toMatchObject({ status: 409, body: { detail: /^3 identities/ } });
    expect(await suspend('E1003', 'E0901', 'security')).toMatchObject({ status: 200 });
    const { items } = await dependencies.audit.list('OPERATOR#E0900', { limit: 100 });
    expect(items.map(({ event }) => event.type)).toContain('operation-refused');
    later(1);
    expect(await suspend('E1004')).toMatchObject({ status: 200 });
  });
});
