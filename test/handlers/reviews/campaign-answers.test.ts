// Answers about items of a campaign, over stores in memory: who can give them, many as one, and undoing.
import { beforeEach, describe, expect, it } from 'vitest';
import { campaignDecisionAnswerSchema, campaignPersonSchema } from '../../../lambdas/api/review-campaigns.ts';
import { ownFactBase, type ReviewsReassignedFact } from '../../../lambdas/core/identity/facts.ts';
import { delegateDecisions } from '../../../lambdas/handlers/requests/delegate-decisions.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { DAY_MS } from '../../support/asking.ts';
import { BOTH, CAMPAIGN, DESK, type ReviewedCompany, reviewedCompany } from '../../support/campaigns.ts';
import { joinerEvent, leaverEvent, moverEvent, suspensionEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';

let company: ReviewedCompany;
beforeEach(async () => {
  company = await reviewedCompany();
});

const ONE = [['E1001', 'crm:both']] as const;
const THREE = ['E1001', 'E1002', 'E1003'].map((id) => [id, 'desk:seller'] as const);
async function seen(as = 'E0007', identityId = 'E1001') {
  const { status, body } = await company.see(as, identityId);
  expect(status, JSON.stringify(body)).toBe(200);
  return campaignPersonSchema.parse(body).items;
}
async function asksUser() {
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
  await company.decide('E0007', requestId);
  company.nowMs += 1_000;
  const factId = `tenure:granted/${requestId}`;
  await company.asks('E1001', [{ entitlement: 'crm:user', facts: [factId], ifNobodyAnswers: 'remove' }]);
  return requestId;
}

describe('whoever is asked', () => {
  it('sees why it is held, what goes with it and that nothing was said, and answers', async () => {
    await company.asks('E1001', [BOTH, DESK]);
    const [both, desk] = await seen();
    expect(both).toMatchObject({
      ...{ entitlement: 'crm:both', name: 'The both', privileged: false, status: 'open', mayAnswer: true },
      reasons: [expect.stringContaining('birthright: profile engineers')],
      ...{ canAnswer: ['E0007'], securityCanAnswer: false, because: ['everything'] },
      breaks: ['The account in Customer records goes: nothing else holds it up.'],
    });
    expect(desk).toMatchObject({ byHand: true });
    const { status, body } = await company.say('E0007', 'remove', ONE);
    expect([status, campaignDecisionAnswerSchema.parse(body)]).toEqual([
      200,
      { decided: 1, items: [{ identityId: 'E1001', entitlement: 'crm:both', status: 'removed' }] },
    ]);
    expect(await company.held('E1001')).toEqual(['desk:seller']);
    expect((await seen())[0]).toMatchObject({
      ...{ status: 'removed', answer: { decision: 'remove', by: 'E0007', reason: 'looked at' } },
      reasons: [expect.stringContaining('birthright: profile engineers')],
    });
  });

  it('is never whose access it is, whoever they are otherwise', async () => {
    await company.asks('E0007', [BOTH], 'E0007');
    expect(await company.say('E0007', 'keep', [['E0007', 'crm:both']])).toMatchObject({ status: 403 });
    expect(await company.say('E0007', 'keep', [['E0007', 'crm:both']], {}, 'security')).toMatchObject({ status: 403 });
    expect(await company.say('E0001', 'keep', [['E0007', 'crm:both']])).toMatchObject({ status: 200 });
  });

  it('is not who approved it, nor who asked for it: whoever is above them is', async () => {
    await asksUser();
    expect(await company.say('E0007', 'keep', [['E1001', 'crm:user']])).toMatchObject({ status: 403 });
    expect((await seen('E0001'))[0]).toMatchObject({ canAnswer: ['E0001'], approvedBy: ['E0007'] });
    expect(await company.say('E0001', 'keep', [['E1001', 'crm:user']])).toMatchObject({ status: 200 });
  });

  it('is whoever is above somebody who left or is away, and whom they delegated to', async () => {
    await company.asks('E1001', [BOTH]);
    await company.hr(suspensionEvent({ id: 'away', subject: 'E0007' }));
    expect(await company.say('E0007', 'keep', ONE)).toMatchObject({ status: 403 });
    expect((await seen('E0001'))[0]).toMatchObject({ canAnswer: ['E0001'] });
    const today = new Date(company.nowMs).toISOString();
    await company.hr(leaverEvent({ immediate: true }, { id: 'gone', subject: 'E0007', time: today }));
    expect(await company.say('E0001', 'keep', ONE)).toMatchObject({ status: 200 });
  });

  it('is whom they delegated to, and not whom that one delegates to', async () => {
    await company.asks('E1001', [BOTH]);
    const endsAt = new Date(company.nowMs + 5 * DAY_MS).toISOString();
    const delegate = (as: string, to: string) => company.send(delegateDecisions(company), as, { body: { to, endsAt } });
    expect(await delegate('E0007', 'E0002')).toMatchObject({ status: 202 });
    expect(await delegate('E0002', 'E0007')).toMatchObject({ status: 202 });
    expect((await seen('E0002'))[0]).toMatchObject({ canAnswer: ['E0002'] });
    expect(await company.say('E0007', 'keep', ONE)).toMatchObject({ status: 403 });
    expect(await company.say('E0002', 'keep', ONE)).toMatchObject({ status: 200 });
  });

  it('is the manager of now, and no longer the one from before a move', async () => {
    await company.asks('E1001', [BOTH]);
    const today = new Date(company.nowMs).toISOString();
    await company.hr(moverEvent({ manager: 'E0002' }, { id: 'moved', time: today }, today));
    expect(await company.say('E0007', 'keep', ONE)).toMatchObject({ status: 403 });
    expect(await company.say('E0002', 'keep', ONE)).toMatchObject({ status: 200 });
  });

  it('is nobody else: not a colleague, nor an auditor, nor who has left', async () => {
    await company.asks('E1001', [BOTH]);
    expect(await company.say('E0002', 'keep', ONE)).toMatchObject({ status: 403 });
    expect(await company.say('E0900', 'keep', ONE, {}, 'auditor')).toMatchObject({ status: 403 });
    expect(await company.see('E0002', 'E1001')).toMatchObject({ status: 403 });
    expect(await company.see('E0900', 'E1001', 'auditor')).toMatchObject({ status: 200 });
  });

  it('is the owner of the application in the stage after', async () => {
    await company.asks('E1001', [BOTH]);
    company.nowMs = company.stages[0]?.dueMs ?? 0;
    expect((await seen('E0005'))[0]).toMatchObject({ canAnswer: ['E0005'] });
    expect(await company.say('E0007', 'keep', ONE)).toMatchObject({ status: 403 });
    expect(await company.say('E0005', 'keep', ONE)).toMatchObject({ status: 200 });
  });

  it('is whom it was handed over to, and back again, for as long as was said', async () => {
    await company.asks('E1001', [BOTH]);
    const hands = (from: string, to: string, endsMs?: number) => {
      company.nowMs += 1_000;
      const fact: ReviewsReassignedFact = {
        ...ownFactBase(from, `reassigned/${company.nowMs}`, company.nowMs),
        ...{ type: 'reviews-reassigned', campaignId: CAMPAIGN, to, reassignedBy: from, reason: 'away' },
        ...(endsMs !== undefined && { endsMs }),
      };
      return appendFact(company, fact, { payloadHash: fact.factId, actor: { type: 'operator', id: from } });
    };
    await hands('E0007', 'E0005', company.nowMs + DAY_MS);
    expect(await company.say('E0005', 'keep', ONE)).toMatchObject({ status: 200 });
    await hands('E0005', 'E0007');
    expect(await company.say('E0005', 'remove', ONE)).toMatchObject({ status: 403 });
    expect(await company.say('E0007', 'remove', ONE)).toMatchObject({ status: 200 });
    await hands('E0007', 'E0002', company.nowMs + DAY_MS);
    expect(await company.say('E0007', 'keep', ONE)).toMatchObject({ status: 403 });
    company.nowMs += 2 * DAY_MS;
    expect(await company.say('E0002', 'keep', ONE)).toMatchObject({ status: 403 });
    expect(await company.say('E0007', 'keep', ONE)).toMatchObject({ status: 200 });
  });
});

describe('an answer', () => {
  it('given twice is given once, and the last one counts', async () => {
    await company.asks('E1001', [BOTH]);
    await company.say('E0007', 'keep', ONE);
    expect((await company.say('E0007', 'keep', ONE)).body).toMatchObject({ decided: 0 });
    company.nowMs += 1_000;
    await company.say('E0007', 'remove', ONE);
    company.nowMs += 1_000;
    await company.say('E0007', 'keep', ONE);
    expect((await company.answers('E1001')).map(({ answer }) => answer)).toEqual(['keep', 'remove', 'keep']);
    expect(await company.held('E1001')).toContain('crm:both');
  });

  it('on what somebody else has answered since it was shown is refused', async () => {
    await company.asks('E1001', [BOTH]);
    const openedAt = new Date(company.nowMs).toISOString();
    company.nowMs += 1_000;
    const today = new Date(company.nowMs).toISOString();
    await company.say('E0007', 'remove', ONE);
    await company.hr(suspensionEvent({ id: 'away', subject: 'E0007', time: today }));
    company.nowMs += 1_000;
    expect(await company.say('E0001', 'keep', ONE, { openedAt })).toMatchObject({ status: 409 });
    expect(await company.say('E0001', 'keep', ONE)).toMatchObject({ status: 200 });
  });

  it('after the last stage is too late where it was taken away, and not where it is only suspended', async () => {
    await company.asks('E1001', [BOTH, DESK]);
    company.nowMs = company.stages[1]?.dueMs ?? 0;
    expect(await company.held('E1001')).toEqual([]);
    expect(await company.say('E0005', 'keep', [['E1001', 'desk:seller']])).toMatchObject({ status: 409 });
    expect(await company.say('E0005', 'keep', ONE)).toMatchObject({ status: 200 });
    expect(await company.held('E1001')).toEqual(['crm:both']);
  });

  it('is the only one that counts after the last stage, of two that are given at the same moment', async () => {
    await company.asks('E1001', [BOTH]);
    company.nowMs = company.stages[1]?.dueMs ?? 0;
    const { recordFact } = company.facts;
    let between: Awaited<ReturnType<typeof company.say>> | undefined;
    company.facts.recordFact = async (input) => {
      company.facts.recordFact = recordFact;
      between = await company.say('E0005', 'remove', ONE);
      return await recordFact(input);
    };
    const { status } = await company.say('E0005', 'keep', ONE);
    expect([between?.status, status]).toEqual([200, 409]);
    expect((await company.answers('E1001')).map(({ answer }) => answer)).toEqual(['remove']);
    expect(await company.held('E1001')).toEqual(['desk:seller']);
  });

  it('that is accepted counts, however near it is due', async () => {
    const statuses = new Set<number>();
    for (let leftMs = 1; leftMs <= 30; leftMs += 1) {
      company = await reviewedCompany();
      await company.asks('E1001', [DESK]);
      const dueMs = company.stages[1]?.dueMs ?? 0;
      company.nowMs = dueMs - leftMs;
      // Each look at the clock takes a moment.
      const clock = () => {
        company.nowMs += 1;
        return company.nowMs;
      };
      Object.assign(company, { clock });
      const { status } = await company.say('E0005', 'keep', [['E1001', 'desk:seller']]);
      company.nowMs = dueMs + DAY_MS;
      expect(await company.held('E1001')).toEqual(status === 200 ? ['crm:both', 'desk:seller'] : ['crm:both']);
      statuses.add(status);
    }
    expect([...statuses].sort()).toEqual([200, 409]);
  });

  it('stays with whom it was asked about, though they were taken for somebody else meanwhile', async () => {
    await company.asks('E1001', [DESK]);
    const merging = { identityId: 'E1002', duplicate: 'E1001' };
    expect(await mergeByTwo(company, merging)).toMatchObject({ status: 200 });
    expect(await company.say('E0007', 'keep', [['E1001', 'desk:seller']])).toMatchObject({ status: 200 });
    expect(await mergeByTwo(company, { ...merging, change: 'undo-merge' })).toMatchObject({ status: 200 });
    company.nowMs = (company.stages[1]?.dueMs ?? 0) + DAY_MS;
    expect(await company.held('E1001')).toContain('desk:seller');
  });

  it('shortens until an end to come, and says until when only then', async () => {
    await company.asks('E1001', [BOTH]);
    const until = (days: number) => ({ until: new Date(company.nowMs + days * DAY_MS).toISOString() });
    expect(await company.say('E0007', 'shorten', ONE)).toMatchObject({ status: 422 });
    expect(await company.say('E0007', 'shorten', ONE, until(0))).toMatchObject({ status: 422 });
    expect(await company.say('E0007', 'keep', ONE, until(3))).toMatchObject({ status: 422 });
    expect(await company.say('E0007', 'shorten', ONE, until(20))).toMatchObject({ status: 200 });
    company.nowMs += 20 * DAY_MS - 1;
    expect(await company.held('E1001')).toContain('crm:both');
    company.nowMs += 1;
    expect(await company.held('E1001')).not.toContain('crm:both');
  });

  it('that only asks is shown, and answers nothing', async () => {
    await company.asks('E1001', [BOTH]);
    await company.say('E0007', 'ask', ONE);
    expect((await seen())[0]).toMatchObject({ status: 'asked', answer: { decision: 'ask', by: 'E0007' } });
  });

  it('on what nothing is asked about is not found', async () => {
    await company.asks('E1001', [BOTH]);
    expect(await company.say('E0007', 'keep', [['E1001', 'crm:admin']])).toMatchObject({ status: 404 });
    expect(await company.say('E0007', 'keep', [['E1002', 'crm:both']])).toMatchObject({ status: 404 });
    expect(await company.say('E0007', 'keep', [['nobody', 'crm:both']])).toMatchObject({ status: 404 });
  });
});

describe('many as one', () => {
  beforeEach(async () => {
    for (const [identityId] of THREE) await company.asks(identityId, [DESK]);
  });

  it('are decided together, each knowing how many there were', async () => {
    const { body } = await company.say('E0007', 'remove', THREE);
    expect(body).toMatchObject({ decided: 3 });
    const answers = (await Promise.all(THREE.map(([id]) => company.answers(id)))).flat();
    expect(new Set(answers.map(({ batch }) => batch?.batchId)).size).toBe(1);
    expect(answers.map(({ batch }) => batch?.size)).toEqual([3, 3, 3]);
    expect(await company.campaigns.listBatches({ campaignId: CAMPAIGN, limit: 10 })).toMatchObject({ items: [] });
  });

  it('are not decided where one cannot be, and it is said which', async () => {
    await company.asks('E0007', [DESK], 'E0001');
    const { status, body } = await company.say('E0007', 'remove', [...THREE, ['E0007', 'desk:seller']]);
    expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('E0007')]);
    expect((await Promise.all(THREE.map(([id]) => company.answers(id)))).flat()).toEqual([]);
  });

  it.each([
    ['as long as they are in time', -1, 200],
    ['one by one after the last stage, since of many it cannot be told who was first', 0, 409],
  ])('are answered %s', async (_, afterMs, status) => {
    const suspended = ['E1001', 'E1002'].map((identityId) => [identityId, 'crm:both'] as const);
    company = await reviewedCompany();
    for (const [identityId] of suspended) await company.asks(identityId, [BOTH]);
    company.nowMs = (company.stages[1]?.dueMs ?? 0) + afterMs;
    expect(await company.say('E0005', 'keep', suspended)).toMatchObject({ status });
    expect((await Promise.all(suspended.map(([id]) => company.answers(id)))).flat()).toHaveLength(
      status === 200 ? 2 : 0,
    );
    expect(await company.say('E0005', 'keep', suspended.slice(0, 1))).toMatchObject({ status: 200 });
  });

  it('are alike: of one entitlement that is not privileged, each person once', async () => {
    await company.asks('E1001', [BOTH]);
    expect(await company.say('E0007', 'keep', [...THREE, ['E1001', 'crm:both']])).toMatchObject({ status: 422 });
    expect(await company.say('E0007', 'keep', [...THREE, ['E1001', 'desk:seller']])).toMatchObject({ status: 422 });
    const admin = THREE.map(([id]) => [id, 'crm:admin'] as const);
    expect(await company.say('E0007', 'keep', admin)).toMatchObject({ status: 422 });
    const many = Array.from({ length: 101 }, (_, index) => [`E${index}`, 'desk:seller'] as const);
    expect(await company.say('E0007', 'keep', many)).toMatchObject({ status: 422 });
  });

  it('are recorded, where the function died in between, before what somebody answers late is judged', async () => {
    const suspended = ['E1001', 'E1002'].map((identityId) => [identityId, 'crm:both'] as const);
    company = await reviewedCompany();
    for (const [identityId] of suspended) await company.asks(identityId, [BOTH]);
    company.nowMs = (company.stages[1]?.dueMs ?? 0) - 1;
    const { recordFact } = company.facts;
    company.facts.recordFact = () => Promise.reject(new Error('died'));
    expect(await company.say('E0005', 'remove', suspended)).toMatchObject({ status: 500 });
    company.facts.recordFact = recordFact;
    company.nowMs += 1;
    expect(await company.say('E0005', 'keep', suspended.slice(0, 1))).toMatchObject({ status: 409 });
    const answers = (await Promise.all(suspended.map(([id]) => company.answers(id)))).flat();
    expect(answers.map(({ answer }) => answer)).toEqual(['remove', 'remove']);
  });

  it('come to be all the same where the function dies in between, and count as said when they were judged', async () => {
    const { recordFact } = company.facts;
    let calls = 0;
    company.facts.recordFact = async (input) => {
      calls += 1;
      if (calls > 1) throw new Error('died');
      return recordFact(input);
    };
    expect(await company.say('E0007', 'remove', THREE)).toMatchObject({ status: 500 });
    company.facts.recordFact = recordFact;
    const decidedMs = company.nowMs;
    company.nowMs += 3_600_000;
    expect(await company.say('E0007', 'remove', THREE)).toMatchObject({ status: 200 });
    const answers = (await Promise.all(THREE.map(([id]) => company.answers(id)))).flat();
    expect(answers.map(({ recordedMs }) => recordedMs)).toEqual([decidedMs, decidedMs, decidedMs]);
    expect(new Set(answers.map(({ batch }) => batch?.batchId)).size).toBe(1);
  });

  it('are recorded once where the function dies over the last of them and they are sent again', async () => {
    const { recordFact } = company.facts;
    const [[last] = ['']] = THREE.slice(-1);
    company.facts.recordFact = async (input) => {
      if (input.fact.identityId === last) throw new Error('died');
      return recordFact(input);
    };
    expect(await company.say('E0007', 'remove', THREE)).toMatchObject({ status: 500 });
    company.facts.recordFact = recordFact;
    company.nowMs += 60_000;
    expect(await company.say('E0007', 'remove', THREE)).toMatchObject({ status: 200, body: { decided: 1 } });
    expect((await company.campaigns.listBatches({ campaignId: CAMPAIGN, limit: 10 })).items).toEqual([]);
    const answers = (await Promise.all(THREE.map(([id]) => company.answers(id)))).flat();
    expect(answers.map(({ batch }) => batch?.size)).toEqual([3, 3, 3]);
  });
});

describe('undoing', () => {
  it('gives back what was taken, as long as the campaign says', async () => {
    await company.asks('E1001', [BOTH]);
    await company.say('E0007', 'remove', ONE);
    company.nowMs = (company.stages[1]?.dueMs ?? 0) - DAY_MS;
    expect(await company.undo('E0007', 'E1001', 'crm:both')).toMatchObject({ status: 403 });
    expect(await company.undo('E0005', 'E1001', 'crm:both')).toMatchObject({ status: 200 });
    expect(await company.held('E1001')).toContain('crm:both');
  });

  it('is for whoever has the role security, too, and comes too late one day', async () => {
    await company.asks('E1001', [BOTH]);
    await company.hr(joinerEvent({ manager: null, email: 'e0800@example.com' }, { id: 'E0800', subject: 'E0800' }));
    company.nowMs = (company.stages[1]?.dueMs ?? 0) - 1;
    await company.say('E0005', 'remove', ONE);
    company.nowMs += 14 * DAY_MS;
    expect(await company.undo('E0800', 'E1001', 'crm:both', 'security')).toMatchObject({ status: 409 });
    company.nowMs -= 1;
    expect(await company.undo('E0800', 'E1001', 'crm:both', 'security')).toMatchObject({ status: 200 });
  });

  it('says so where nothing would come back, and where nothing was taken', async () => {
    await company.asks('E1001', [BOTH]);
    expect(await company.undo('E0007', 'E1001', 'crm:both')).toMatchObject({ status: 409 });
    await company.say('E0007', 'remove', ONE);
    const today = new Date(company.nowMs).toISOString();
    await company.hr(moverEvent({ department: 'Legal' }, { id: 'moved', time: today }, today));
    expect(await company.undo('E0007', 'E1001', 'crm:both')).toMatchObject({ status: 409 });
    expect(await company.answers('E1001')).toHaveLength(1);
  });

  it('gives back nothing that no reason held up', async () => {
    await company.asks('E1001', [{ entitlement: 'crm:user', facts: [], ifNobodyAnswers: 'remove' }]);
    await company.say('E0007', 'remove', [['E1001', 'crm:user']]);
    expect(await company.undo('E0007', 'E1001', 'crm:user')).toMatchObject({ status: 409 });
    expect(await company.say('E0007', 'keep', [['E1001', 'crm:user']])).toMatchObject({ status: 409 });
  });
});
