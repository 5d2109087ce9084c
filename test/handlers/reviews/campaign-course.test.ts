// The course of a campaign over stores in memory: handed over, given more time, brought through its stages, counted and closed.
import { beforeEach, describe, expect, it } from 'vitest';
import { campaignSchema } from '../../../lambdas/api/review-campaigns.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { movedDeadlines } from '../../../lambdas/core/reviews/campaign-clock.ts';
import { rowsOf } from '../../../lambdas/core/reviews/campaign-review.ts';
import { moveCampaignDeadline } from '../../../lambdas/handlers/reviews/move-campaign-deadline.ts';
import { reassignCampaignItems } from '../../../lambdas/handlers/reviews/reassign-campaign-items.ts';
import { tendCampaigns } from '../../../lambdas/handlers/reviews/tend-campaigns.ts';
import { DAY_MS, HOUR_MS } from '../../support/asking.ts';
import { BOTH, CAMPAIGN, DESK, type ReviewedCompany, reviewedCompany } from '../../support/campaigns.ts';
import { leaverEvent } from '../../support/hr-events.ts';

let company: ReviewedCompany;
const PEOPLE = ['E1001', 'E1002', 'E1003'];
const DESKS = PEOPLE.map((id) => [id, 'desk:seller'] as const);
beforeEach(async () => {
  company = await reviewedCompany();
  for (const identityId of PEOPLE) {
    await company.asks(identityId, [BOTH, DESK]);
    const person = await company.campaigns.findPerson(CAMPAIGN, identityId);
    if (person !== undefined) await company.campaigns.savePerson(person, rowsOf(person));
  }
});

const tend = () => tendCampaigns(company)();
const campaign = () => company.campaigns.findCampaign(CAMPAIGN);
const handOver = (as: string, body: object, role?: Role) =>
  company.sendAs(reassignCampaignItems(company), as, { body: { reason: 'away', ...body }, ...(role && { role }) });
const move = (dueMs: number, as = 'E0900', role: Role = 'security') =>
  company.sendAs(moveCampaignDeadline(company), as, {
    body: { dueAt: new Date(dueMs).toISOString(), reason: 'year end' },
    role,
  });
const now = () => new Date(company.nowMs).toISOString();
async function queue(reviewer: string, stage = 0) {
  const { items } = await company.campaigns.listQueue({ campaignId: CAMPAIGN, stage, reviewer, limit: 100 });
  return items.map(({ identityId, counts }) => [identityId, counts.asked, counts.answered]);
}

describe('handing over', () => {
  it('moves the queue, and lets the other answer in place of the one who had it', async () => {
    await company.say('E0007', 'keep', [['E1001', 'crm:both']]);
    const { status, body } = await handOver('E0007', { from: 'E0007', to: 'E0002', identities: ['E1001'] });
    expect([status, body]).toEqual([200, { people: 1 }]);
    expect(await queue('E0002')).toEqual([['E1001', 2, 1]]);
    expect(await queue('E0007')).toEqual([
      ['E1002', 2, 0],
      ['E1003', 2, 0],
    ]);
    expect(await company.say('E0007', 'keep', [['E1001', 'desk:seller']])).toMatchObject({ status: 403 });
    expect(await company.say('E0002', 'keep', [['E1001', 'desk:seller']])).toMatchObject({ status: 200 });
    expect(await company.say('E0007', 'keep', [['E1002', 'desk:seller']])).toMatchObject({ status: 200 });
  });

  it('is for the one who has it, whoever is above them, and security', async () => {
    const all = { from: 'E0007', to: 'E0002' };
    expect(await handOver('E0002', all)).toMatchObject({ status: 403 });
    expect(await handOver('E0005', all)).toMatchObject({ status: 403 });
    expect(await handOver('E0001', all)).toMatchObject({ status: 200, body: { people: 3 } });
    expect(await handOver('E0900', { from: 'E0002', to: 'E0005' }, 'security')).toMatchObject({ status: 200 });
  });

  it('goes back and forth as often as anybody likes', async () => {
    for (let turn = 0; turn < 30; turn += 1) {
      company.nowMs += 1_000;
      const [from, to] = turn % 2 === 0 ? ['E0007', 'E0002'] : ['E0002', 'E0007'];
      expect(await handOver(from, { from, to })).toMatchObject({ status: 200, body: { people: 3 } });
    }
    expect(await company.say('E0002', 'keep', [['E1001', 'crm:both']])).toMatchObject({ status: 403 });
    expect(await company.say('E0007', 'keep', [['E1001', 'crm:both']])).toMatchObject({ status: 200 });
  });

  it('is to nobody who is not there, nor to whom it is from, and never to whose access it is', async () => {
    expect(await handOver('E0007', { from: 'E0007', to: 'E0007' })).toMatchObject({ status: 422 });
    expect(await handOver('E0007', { from: 'E0007', to: 'nobody' })).toMatchObject({ status: 404 });
    const today = new Date(company.nowMs).toISOString();
    await company.hr(leaverEvent({ immediate: true }, { id: 'gone', subject: 'E0002', time: today }));
    expect(await handOver('E0007', { from: 'E0007', to: 'E0002' })).toMatchObject({ status: 409 });
    expect(await handOver('E0007', { from: 'E0007', to: 'E1001' })).toMatchObject({ status: 200, body: { people: 2 } });
    expect(await company.say('E1001', 'keep', [['E1001', 'crm:both']])).toMatchObject({ status: 403 });
  });
});

describe('moving the deadline', () => {
  it('gives everybody more time, and the stages after it as much as they had', async () => {
    const [first = 0, last = 0] = company.stages.map(({ dueMs }) => dueMs);
    const { status, body } = await move(first + 2 * DAY_MS);
    expect([status, campaignSchema.parse(body).stages.map(({ dueAt }) => Date.parse(dueAt ?? ''))]).toEqual([
      200,
      [first + 2 * DAY_MS, last + 2 * DAY_MS],
    ]);
    company.nowMs = last + DAY_MS;
    expect(await company.held('E1003')).toContain('desk:seller');
    company.nowMs = last + 2 * DAY_MS;
    expect(await company.held('E1003')).toEqual([]);
  });

  it('is for security alone, and never into the past', async () => {
    expect(await move(company.nowMs + 5 * DAY_MS, 'E0007', 'manager')).toMatchObject({ status: 403 });
    expect(await move(company.nowMs - 1)).toMatchObject({ status: 422 });
    expect(await move(company.nowMs + HOUR_MS - 1)).toMatchObject({ status: 409 });
    expect(await move(company.nowMs + HOUR_MS)).toMatchObject({ status: 200 });
  });

  it('goes on where somebody died over it', async () => {
    const { saveCampaign } = company.campaigns;
    const [first = 0, last = 0] = company.stages.map(({ dueMs }) => dueMs);
    const { recordFact } = company.facts;
    let calls = 0;
    company.facts.recordFact = async (input) => {
      calls += 1;
      if (calls > 1) throw new Error('died');
      return recordFact(input);
    };
    expect(await move(first + 2 * DAY_MS)).toMatchObject({ status: 500 });
    expect(await move(first + 3 * DAY_MS)).toMatchObject({ status: 409 });
    Object.assign(company.facts, { recordFact });
    Object.assign(company.campaigns, { saveCampaign });
    await tend();
    company.nowMs = last + DAY_MS;
    expect(await Promise.all(PEOPLE.map((id) => company.held(id)))).toEqual([
      ['crm:both', 'desk:seller'],
      ['crm:both', 'desk:seller'],
      ['crm:both', 'desk:seller'],
    ]);
  });

  it('is not done where it would come too late for some', () => {
    const known = { state: 'open', dueMs: [100_000], people: 1_000 } as const;
    expect(movedDeadlines({ ...known, people: 1_000 }, 8 * HOUR_MS, 50_000)).toEqual([8 * HOUR_MS]);
    expect(movedDeadlines({ ...known, people: 1_001 }, 8 * HOUR_MS, 50_000)).toEqual(expect.any(String));
    expect(movedDeadlines({ ...known, people: 1 }, 366 * DAY_MS, 50_000)).toEqual(expect.any(String));
    expect(movedDeadlines(known, 8 * HOUR_MS, 100_000)).toEqual(expect.any(String));
  });
});

describe('the clock', () => {
  it('counts, tells reviewers once, and brings on the next stage with what nobody answered and what was', async () => {
    await company.say('E0007', 'remove', DESKS);
    await tend();
    expect((await campaign())?.counts).toMatchObject({ asked: 6, answered: 3, removed: 3, kept: 0 });
    company.nowMs = company.stages[0]?.dueMs ?? 0;
    await tend();
    expect(await campaign()).toMatchObject({ stage: 1, state: 'open' });
    expect(await queue('E0007')).toEqual([]);
    expect(await queue('E0005', 1)).toEqual(PEOPLE.map((id) => [id, 2, 1]));
    expect(await company.say('E0005', 'keep', DESKS)).toMatchObject({ status: 200 });
    expect(await company.held('E1001')).toEqual(['crm:both', 'desk:seller']);
  });

  it('has whoever has to answer told of it once, and reminded before it is due', async () => {
    await tend();
    const told = await company.passHours(10 * 24);
    const mine = told.filter(([, to]) => to === 'e0007@example.com');
    expect(mine.length).toBeGreaterThan(1);
    expect(company.mails.find(({ to }) => to === 'e0007@example.com')?.text).toContain(
      `GET /review-campaigns/${CAMPAIGN}/queue`,
    );
    const before = company.mails.length;
    await tend();
    await company.tell();
    expect(company.mails.length).toBe(before);
  });

  it('has whoever is next in place of who has left, or had it only for a time', async () => {
    await company.say('E0007', 'keep', [['E1001', 'crm:both']]);
    const until = new Date(company.nowMs + DAY_MS).toISOString();
    await handOver('E0007', { from: 'E0007', to: 'E0005', identities: ['E1002'], until });
    await tend();
    expect(await queue('E0005')).toEqual([['E1002', 2, 0]]);
    company.nowMs += DAY_MS;
    await tend();
    expect(await queue('E0005')).toEqual([]);
    const today = new Date(company.nowMs).toISOString();
    await company.hr(leaverEvent({ immediate: true }, { id: 'gone', subject: 'E0007', time: today }));
    company.nowMs += HOUR_MS;
    await tend();
    expect(await queue('E0007')).toEqual([]);
    expect(await queue('E0001')).toEqual([
      ['E1001', 2, 1],
      ['E1002', 2, 0],
      ['E1003', 2, 0],
    ]);
    expect((await company.campaigns.findPerson(CAMPAIGN, 'E1002'))?.items.map((one) => one.handedOver)).toEqual([
      undefined,
      undefined,
    ]);
  });

  describe('in the midst of a stage', () => {
    const toldTo = async (hours: number) => {
      const before = company.mails.length;
      await company.passHours(hours);
      const told = company.mails
        .slice(before)
        .filter(({ text }) => text.includes(`/review-campaigns/${CAMPAIGN}/queue`));
      return told.map(({ to }) => to);
    };
    beforeEach(async () => {
      await tend();
      expect(await toldTo(24)).toEqual(['e0007@example.com']);
    });

    it('tells whoever comes in the place of who has left, once', async () => {
      await company.hr(leaverEvent({ immediate: true }, { id: 'gone', subject: 'E0007', time: now() }));
      company.nowMs += HOUR_MS;
      await tend();
      expect(await toldTo(24)).toEqual(['e0001@example.com']);
      await tend();
      expect(await toldTo(24)).toEqual([]);
    });

    it('tells them although whoever put it into their queue has died', async () => {
      await company.hr(leaverEvent({ immediate: true }, { id: 'gone', subject: 'E0007', time: now() }));
      company.nowMs += HOUR_MS;
      const { moveRows } = company.campaigns;
      const dying: typeof moveRows = async (...input) => {
        await moveRows(...input);
        throw new Error('died');
      };
      const campaigns = { ...company.campaigns, moveRows: dying };
      await expect(tendCampaigns({ ...company, campaigns })()).rejects.toThrow();
      await tend();
      expect(await toldTo(24)).toEqual(['e0001@example.com']);
    });

    it('tells whom it is handed over to', async () => {
      expect(await handOver('E0007', { from: 'E0007', to: 'E0002' })).toMatchObject({ status: 200 });
      expect(await toldTo(24)).toEqual(['e0002@example.com']);
    });
  });

  it('records the rest of what somebody died over', async () => {
    const { recordFact } = company.facts;
    let calls = 0;
    company.facts.recordFact = async (input) => {
      calls += 1;
      if (calls > 2) throw new Error('died');
      return recordFact(input);
    };
    expect(await company.say('E0007', 'remove', DESKS)).toMatchObject({ status: 500 });
    company.facts.recordFact = recordFact;
    await tend();
    expect((await Promise.all(PEOPLE.map((id) => company.answers(id)))).flat()).not.toHaveLength(3);
    company.nowMs += 2 * 60_000;
    await tend();
    expect((await Promise.all(PEOPLE.map((id) => company.answers(id)))).flat()).toHaveLength(3);
    expect((await company.campaigns.listBatches({ campaignId: CAMPAIGN, limit: 10 })).items).toEqual([]);
  });

  describe('where somebody died over many batches', () => {
    /** Other ids of what was decided, in the order in which they are listed: `before` is ahead of the one that died. */
    const died = async (others: readonly { contentHash: string; decidedMs?: number; identityId?: string }[]) => {
      const { recordFact } = company.facts;
      company.facts.recordFact = () => Promise.reject(new Error('died'));
      expect(await company.say('E0007', 'remove', DESKS)).toMatchObject({ status: 500 });
      company.facts.recordFact = recordFact;
      const [batch] = await batches();
      if (batch === undefined) throw new Error('nobody died');
      for (const { contentHash, decidedMs = batch.decidedMs, identityId } of others) {
        const items = batch.items.map((item) => ({ ...item, ...(identityId && { identityId }) }));
        await company.campaigns.beginBatch({ ...batch, contentHash, batchId: contentHash, decidedMs, items });
      }
      return batch;
    };
    const batches = async () => (await company.campaigns.listBatches({ campaignId: CAMPAIGN, limit: 1_000 })).items;
    const ahead = Array.from({ length: 60 }, (_, index) => ` ${String(index).padStart(2, '0')}`);
    const seenWithoutAccess = (identityId: string) => {
      const account = { accountId: `of-${identityId}`, userName: identityId, enabled: true, grants: [] };
      const kept = { applicationId: 'crm', account, readMs: company.nowMs, revision: 1 };
      return company.accounts.saveAccount({ identityId, account: kept, audit: [] });
    };
    const answered = async () => (await Promise.all(PEOPLE.map((id) => company.answers(id)))).flat();

    it('records all of them at once, however many others are at theirs', async () => {
      const decidedMs = company.nowMs + 2 * 60_000;
      await died(ahead.map((contentHash) => ({ contentHash, decidedMs })));
      company.nowMs = decidedMs;
      await tend();
      expect(await answered()).toHaveLength(3);
      expect(await batches()).toHaveLength(60);
      company.nowMs += 2 * 60_000;
      await tend();
      expect(await batches()).toEqual([]);
    });

    it('records all others where some cannot be, and says so, and closes nothing over them', async () => {
      await died(ahead.map((contentHash) => ({ contentHash, identityId: 'E0666' })));
      const { recordFact } = company.facts;
      company.facts.recordFact = async (input) => {
        if (input.fact.identityId === 'E0666') throw new Error('cannot be recorded');
        return await recordFact(input);
      };
      company.nowMs += 2 * 60_000;
      await expect(tend()).rejects.toThrow('1 of 1 campaigns could not be tended');
      expect(await answered()).toHaveLength(3);
      expect(await batches()).toHaveLength(60);
      company.nowMs = company.stages[0]?.dueMs ?? 0;
      await expect(tend()).rejects.toThrow();
      expect(await campaign()).toMatchObject({ stage: 1 });
      company.nowMs = company.stages[1]?.dueMs ?? 0;
      for (const identityId of PEOPLE) await seenWithoutAccess(identityId);
      await expect(tend()).rejects.toThrow();
      expect(await campaign()).toMatchObject({ state: 'closing', counts: { notReadBack: 0 } });
      company.facts.recordFact = recordFact;
      await tend();
      await tend();
      expect(await campaign()).toMatchObject({ state: 'closed' });
    });

    it('goes on with the rest in its next run where there is no time for all', async () => {
      await died(ahead.map((contentHash) => ({ contentHash })));
      company.nowMs += 2 * 60_000;
      const { endBatch } = company.campaigns;
      company.campaigns.endBatch = async (batch) => {
        await endBatch(batch);
        company.nowMs += 1_500;
      };
      await tend();
      expect(await batches()).toHaveLength(21);
      await tend();
      expect(await batches()).toEqual([]);
    });
  });

  describe('where somebody has not answered', () => {
    const told: { readonly subject: string; readonly message: string }[] = [];
    const tendTelling = () => tendCampaigns({ ...company, alert: async (alert) => void told.push(alert) })();
    const LATE = 'Late: somebody below you has not said who is to keep what they have';
    const STILL = 'Reminder: who is to keep what they have';
    beforeEach(() => {
      told.length = 0;
    });
    /** A day of the campaign: its clock, and that of what is told. @returns the hour of the day, to whom, what */
    async function passDays(days: number) {
      const mailed: [day: number, to: string, subject: string][] = [];
      for (let day = 0; day < days; day += 1) {
        await tendTelling();
        for (const [hour, to, subject] of await company.passHours(24)) mailed.push([day + hour / 24, to, subject]);
      }
      await tendTelling();
      return mailed;
    }
    const to = (mailed: Awaited<ReturnType<typeof passDays>>, subject: string) =>
      mailed.filter((one) => one[2] === subject).map((one) => one[1]);

    it('tells two days before the stage closes whoever is above them, and security, once', async () => {
      await company.say('E0007', 'keep', DESKS);
      const early = await passDays(7);
      expect([to(early, LATE), told]).toEqual([[], []]);
      const late = await passDays(2);
      expect(to(late, LATE)).toEqual(['e0001@example.com']);
      expect(told).toHaveLength(1);
      const closesAt = new Date(company.stages[0]?.dueMs ?? 0).toISOString();
      expect(told[0]?.message).toBe(
        `Review campaign ${CAMPAIGN}: Stage 1 of 2 closes at ${closesAt}. 3 items have no answer: of 1 reviewers, and 0 that only ` +
          `the role security can answer. What nobody answers is taken away. GET /review-campaigns/${CAMPAIGN}\n` +
          'Runbook: docs/runbook/reviews-not-answered.md',
      );
      expect(told[0]?.subject).toMatch(/^[ -~]{1,100}$/);
      const last = await passDays(1);
      expect([to(last, LATE), told.length]).toEqual([[], 1]);
      // The reviewer is reminded as of anything that is owed.
      expect(to([...early, ...late, ...last], STILL)).toContain('e0007@example.com');
    });

    it('tells nobody where all is answered', async () => {
      for (const [identityId] of DESKS) {
        await company.say('E0007', 'keep', [[identityId, 'desk:seller']]);
        await company.say('E0007', 'keep', [[identityId, 'crm:both']]);
      }
      expect(to(await passDays(10), LATE)).toEqual([]);
      expect(told).toEqual([]);
    });

    it('tells of each stage by itself, half way where that is shorter than twice the time', async () => {
      const known = await campaign();
      if (known === undefined) throw new Error('there is no campaign');
      const definition = { ...known.definition, escalateHours: 8 * 24 };
      await company.campaigns.saveCampaign({ ...known, definition, revision: 2 }, 1, []);
      expect([to(await passDays(4), LATE), told.length]).toEqual([[], 0]);
      expect([to(await passDays(1), LATE), told.length]).toEqual([['e0001@example.com'], 1]);
      await passDays(7);
      expect(told).toHaveLength(1);
      await passDays(1);
      expect(told).toHaveLength(2);
      expect(told[1]?.message).toContain('Stage 2 of 2');
    });

    it('counts what only the role security can answer, and tells of it though nobody else is late', async () => {
      for (const identityId of PEOPLE) {
        const person = await company.campaigns.findPerson(CAMPAIGN, identityId);
        if (person === undefined) throw new Error('nobody is asked');
        await company.campaigns.moveRows(
          { ...person, items: person.items.map((item) => ({ ...item, reviewer: 'role:security' })) },
          rowsOf(person),
          rowsOf({ ...person, items: person.items.map((item) => ({ ...item, reviewer: 'role:security' })) }),
        );
      }
      expect(to(await passDays(9), LATE)).toEqual([]);
      expect(
        told.map(({ message }) => /(\d+) items have no answer: of 0 reviewers, and (\d+)/.exec(message)?.slice(1)),
      ).toEqual([['6', '6']]);
    });
  });

  it('closes it once every removal is read back, and not before', async () => {
    await company.say('E0007', 'keep', DESKS);
    const readMs = company.nowMs;
    for (const identityId of PEOPLE) {
      const account = { accountId: `of-${identityId}`, userName: identityId, enabled: true, grants: ['crm-both'] };
      const kept = { applicationId: 'crm', account, readMs, revision: 1 };
      await company.accounts.saveAccount({ identityId, account: kept, audit: [] });
    }
    company.nowMs = company.stages[1]?.dueMs ?? 0;
    await tend();
    expect(await campaign()).toMatchObject({ state: 'closing', counts: { kept: 3, suspended: 3, notReadBack: 3 } });
    for (const identityId of PEOPLE) {
      const account = { accountId: `of-${identityId}`, userName: identityId, enabled: true, grants: [] };
      const kept = { applicationId: 'crm', account, readMs: company.nowMs + 1, revision: 2 };
      await company.accounts.saveAccount({ identityId, account: kept, audit: [] });
    }
    await tend();
    expect(await campaign()).toMatchObject({ state: 'closed', counts: { notReadBack: 0, readBack: 3 } });
  });

  it('counts again what is undone or answered after it was closed, also where somebody died over that', async () => {
    company.nowMs += 5 * DAY_MS;
    await company.say('E0007', 'remove', DESKS);
    company.nowMs = company.stages[1]?.dueMs ?? 0;
    for (const identityId of PEOPLE) {
      const account = { accountId: `of-${identityId}`, userName: identityId, enabled: true, grants: [] };
      const kept = { applicationId: 'crm', account, readMs: company.nowMs, revision: 1 };
      await company.accounts.saveAccount({ identityId, account: kept, audit: [] });
    }
    await tend();
    expect(await campaign()).toMatchObject({ state: 'closed', counts: { removed: 3, suspended: 3, kept: 0 } });
    const closed = await campaign();
    company.nowMs += HOUR_MS;
    await tend();
    // Nobody has said anything since.
    expect(await campaign()).toEqual(closed);
    expect(await company.undo('E0005', 'E1001', 'desk:seller')).toMatchObject({ status: 200 });
    expect(await company.say('E0005', 'keep', [['E1002', 'crm:both']])).toMatchObject({ status: 200 });
    await tend();
    const counts = { removed: 2, suspended: 2, kept: 2, asked: 6 };
    expect(await campaign()).toMatchObject({ state: 'closed', closedMs: closed?.closedMs, counts });
    // What somebody records at last, who was about to, is counted as well.
    const { recordFact } = company.facts;
    const recording: (() => void)[] = [];
    company.facts.recordFact = async (input) => {
      await new Promise<void>((resolve) => recording.push(resolve));
      return recordFact(input);
    };
    const undoing = company.undo('E0005', 'E1003', 'desk:seller');
    while (recording.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await tend();
    recording[0]?.();
    expect(await undoing).toMatchObject({ status: 200 });
    company.nowMs += 2 * 60_000;
    await tend();
    expect(await campaign()).toMatchObject({ state: 'closed', counts: { ...counts, removed: 1, kept: 3 } });
    expect(await campaign()).not.toHaveProperty('changedMs');
  });
});
