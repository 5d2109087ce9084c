// Who has what and why, from either side, at any instant: each reason with since when and until when, by the access model
// that counted then where it is known which that was.
import { beforeEach, describe, expect, it } from 'vitest';
import { holderPageSchema } from '../../../lambdas/api/entitlements.ts';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { auditKeyOf, DEPLOYMENT } from '../../../lambdas/core/audit/subject.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { listHolders } from '../../../lambdas/handlers/identity/list-holders.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { answer, apiDependencies, MODEL, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { accessGranted } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';

let dependencies = apiDependencies();

const asked = (id: string, query: Record<string, string>, role: Role, as: string) =>
  requestAs([role], as, { pathParameters: { id }, query });
const ledgerOf = async (identityId: string, query: Record<string, string> = {}) => {
  const { status, body } = await answer(getIdentity(dependencies), asked(identityId, query, 'auditor', 'E0900'));
  expect(status).toBe(200);
  return identitySchema.parse(body);
};
const linesOf = async (identityId: string, query: Record<string, string> = {}) => {
  const { entitlements } = await ledgerOf(identityId, query);
  return entitlements.flatMap(({ entitlement, reasons }) => reasons.map(({ line }) => `${entitlement} ${line}`));
};
async function holders(query: Record<string, string> = {}, role: Role = 'auditor', as = 'E0900') {
  const { status, body } = await answer(listHolders(dependencies), asked('crm:user', query, role, as));
  return status === 200 ? holderPageSchema.parse(body) : status;
}
async function namesOf(query: Record<string, string> = {}, role: Role = 'auditor', as = 'E0900') {
  const page = await holders(query, role, as);
  return typeof page === 'number' ? page : page.items.map(({ identityId }) => identityId).sort();
}

const CONDITION = 'profile sales, while department is Sales';

// E0007 manages E1001 (sales until June 2027, when she moves) and E1002, who was given it for December.
beforeEach(async () => {
  dependencies = apiDependencies();
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const events = [
    joinerEvent({ manager: null }, { id: 'a', subject: 'E0007' }),
    joinerEvent({ manager: 'E0007', department: 'Sales' }, { id: 'b', subject: 'E1001' }),
    joinerEvent({ manager: 'E0007', department: 'Finance' }, { id: 'c', subject: 'E1002' }),
    moverEvent({ department: 'Finance' }, { id: 'd', subject: 'E1001' }, '2027-06-01T00:00:00Z'),
    leaverEvent({ effectiveAt: '2026-12-20T00:00:00Z' }, { id: 'e', subject: 'E1002' }),
  ];
  expect(await answer(receive, signedRequest(events))).toMatchObject({ status: 202 });
  const decided = { recorded: '2026-11-23T08:00:00Z', basis: 'cover' as const };
  const granted = accessGranted('crm:user', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z', decided);
  const fact = { ...granted, identityId: 'E1002', requestId: 'R7' };
  await appendFact(dependencies, fact, { payloadHash: 'x', actor: { type: 'operator', id: 'E0007' } });
});

describe('the reasons of an identity', () => {
  it('say in a line each what holds the entitlement up, since when, and until when', async () => {
    const since = 'since 2026-10-31T23:00:00.000Z, until 2027-06-01T00:00:00.000Z';
    expect(await linesOf('E1001')).toEqual([`crm:user birthright: ${CONDITION}, ${since}`]);
    expect(await linesOf('E1002')).toEqual([]);
  });

  it('go back to when the condition was met, whatever was told since', async () => {
    const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
    await answer(receive, signedRequest([moverEvent({ location: 'Hamburg' }, { id: 'f', subject: 'E1001' })]));
    expect((await linesOf('E1001'))[0]).toMatch(/ since 2026-10-31T23:00:00.000Z, until 2027-06-01/);
  });

  it('end with the employment where that is earlier than what was decided', async () => {
    expect(await linesOf('E1002', { at: '2026-12-10T00:00:00Z' })).toEqual([
      'crm:user cover: request R7 of E1, approved by E7, since 2026-12-01T00:00:00.000Z, until 2026-12-20T00:00:00.000Z',
    ]);
  });

  it('are those of the instant that is asked about, with the state and what comes next', async () => {
    const { asOf, state, pending, entitlements } = await ledgerOf('E1001', { at: '2027-06-01T02:00:00+02:00' });
    expect(state).toMatchObject({ status: 'active', attributes: { department: 'Finance' } });
    expect([pending, entitlements]).toEqual([undefined, []]);
    expect(asOf).toMatchObject({ at: '2027-06-01T00:00:00.000Z', model: 'deployed-now', modelHash: MODEL.hash });
    expect(asOf?.limits).toMatch(/known now: what is told or deployed until then/);
    expect((await ledgerOf('E1001', { at: '2026-10-01T00:00:00Z' })).state.status).toBe('pending');
    expect((await ledgerOf('E1001')).asOf).toBeUndefined();
  });

  it.each(['yesterday', '2026-11-23', '1899-12-31T00:00:00Z', '2200-01-01T00:00:00Z'])('refuse %s', async (at) => {
    const refused = await answer(getIdentity(dependencies), asked('E1001', { at }, 'auditor', 'E0900'));
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/at' }] } });
  });
});

describe('at a past instant', () => {
  const earlier: AccessModel = { ...MODEL, hash: 'b'.repeat(64), profiles: [] };
  const deployed = (modelHash: string, at: string) =>
    dependencies.audit.append([
      {
        identityId: auditKeyOf(DEPLOYMENT),
        entryId: `model-deployed:${at}`,
        at,
        actor: { type: 'tenure', id: 'walk-population' },
        modelHash,
        event: { type: 'model-deployed' },
      },
    ]);
  const at = '2026-11-10T00:00:00Z';

  it('the model that was deployed then gives the reasons', async () => {
    await dependencies.modelChanges.saveModel(earlier);
    await deployed(earlier.hash, '2026-11-01T00:00:00.000Z');
    await deployed(MODEL.hash, '2026-11-15T00:00:00.000Z');
    const { asOf, entitlements } = await ledgerOf('E1001', { at });
    expect(entitlements).toEqual([]);
    expect(asOf).toMatchObject({ model: 'deployed-then', modelHash: earlier.hash, deployedThen: earlier.hash });
    const since = await ledgerOf('E1001', { at: '2026-11-15T00:00:00Z' });
    expect(since.asOf).toMatchObject({ model: 'deployed-then', modelHash: MODEL.hash });
    expect(since.entitlements).toHaveLength(1);
  });

  it('the model of now does where the other is not kept, or not on record, and the answer says so', async () => {
    const unknown = await ledgerOf('E1001', { at });
    expect(unknown.entitlements).toHaveLength(1);
    expect(unknown.asOf).toMatchObject({ model: 'deployed-now', modelHash: MODEL.hash });
    expect(unknown.asOf?.limits).toMatch(/but by the access model that is deployed now: .* not on record/);
    await deployed(earlier.hash, '2026-11-01T00:00:00.000Z');
    const { asOf } = await ledgerOf('E1001', { at });
    expect(asOf).toMatchObject({ model: 'deployed-now', modelHash: MODEL.hash, deployedThen: earlier.hash });
    expect(asOf?.limits).toMatch(/the one of then is not kept/);
  });

  it('is found among many deployments', async () => {
    for (let day = 0; day < 120; day += 1) {
      const hash = day < 110 ? earlier.hash : MODEL.hash;
      await deployed(hash, new Date(Date.parse('2026-06-01T00:00:00Z') + day * 86_400_000).toISOString());
    }
    expect((await ledgerOf('E1001', { at: '2026-09-28T00:00:00Z' })).asOf?.deployedThen).toBe(MODEL.hash);
    expect((await ledgerOf('E1001', { at: '2026-09-18T00:00:00Z' })).asOf?.deployedThen).toBe(earlier.hash);
  });
});

describe('GET /entitlements/{id}/holders', () => {
  it('names whoever has it now, and at another instant', async () => {
    expect(await namesOf()).toEqual(['E1001']);
    expect(await namesOf({ at: '2026-12-10T00:00:00Z' })).toEqual(['E1001', 'E1002']);
    expect(await namesOf({ at: '2026-12-20T00:00:00Z' })).toEqual(['E1001']);
    expect(await namesOf({ at: '2027-06-01T00:00:00Z' })).toEqual([]);
    const page = await holders({ at: '2026-12-10T00:00:00Z' });
    expect(page).toMatchObject({ entitlement: 'crm:user', asOf: { model: 'deployed-now' } });
  });

  it('tells of each what the identity itself tells', async () => {
    const page = await holders();
    const { entitlements } = await ledgerOf('E1001');
    expect(typeof page === 'number' ? page : page.items[0]).toMatchObject({
      displayName: 'Ada Lovelace',
      status: 'active',
      enabled: true,
      inPlace: false,
      reasons: entitlements[0]?.reasons,
    });
  });

  it('is paged, each holder once', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await holders({ at: '2026-12-10T00:00:00Z', limit: '1', ...(after && { after }) });
      if (typeof page === 'number') throw new Error(`answered ${page}`);
      seen.push(...page.items.map(({ identityId }) => identityId));
      after = page.next;
    } while (after !== undefined);
    expect(seen.sort()).toEqual(['E1001', 'E1002']);
  });

  it('shows a manager their own reports, and operations no names', async () => {
    expect(await namesOf({}, 'manager', 'E0007')).toEqual(['E1001']);
    expect(await namesOf({}, 'manager', 'E1001')).toEqual([]);
    expect(await namesOf({ manager: 'E0007' }, 'manager', 'E1001')).toBe(403);
    expect(JSON.stringify(await holders({}, 'operations'))).not.toContain('Lovelace');
  });

  it.each(['crm:nothing', 'nothing:user', 'crm', ''])('knows no entitlement "%s"', async (id) => {
    expect(await answer(listHolders(dependencies), asked(id, {}, 'auditor', 'E0900'))).toMatchObject({ status: 404 });
  });
});
