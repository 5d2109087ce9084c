// How a campaign opens, over stores in memory: what its population is, who is asked, and that a run may die anywhere.
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../lambdas/core/canonical-json.ts';
import type { Manifest } from '../../../lambdas/core/reviews/campaign-parts.ts';
import { readManifest } from '../../../lambdas/handlers/reviews/campaign-opening.ts';
import { startDueCampaigns } from '../../../lambdas/handlers/reviews/start-due-campaigns.ts';
import {
  begin,
  campaigning,
  carryOut,
  company,
  definitionOf,
  joins,
  opened,
  REVIEWED_MODEL,
  type ReviewedCompany,
  says,
  staff,
} from '../../support/campaigning.ts';
import { leaver } from '../../support/facts.ts';

const campaignOf = async (all: ReviewedCompany, campaignId: string) => {
  const campaign = await all.campaigns.findCampaign(campaignId);
  if (campaign === undefined) throw new Error('there is no campaign');
  return campaign;
};

async function openedFacts(all: ReviewedCompany) {
  const { items } = await all.directory.listIdentities({ limit: 1_000 });
  const records = await Promise.all(items.map(({ identityId }) => all.directory.load(identityId)));
  return records.flatMap((record) =>
    (record?.facts ?? []).flatMap((fact) => (fact.type === 'access-review-opened' ? [fact] : [])),
  );
}

async function rowsOf(all: ReviewedCompany, campaignId: string) {
  return (await all.campaigns.listRows({ campaignId, limit: 1_000 })).items;
}

function linesOf(all: ReviewedCompany, key: string): readonly Record<string, unknown>[] {
  const text = gunzipSync(all.files.files.get(key) ?? new Uint8Array()).toString('utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
}

const allLines = (all: ReviewedCompany, { parts }: Manifest, what: 'population' | 'verdicts') =>
  parts.flatMap((part) => part[what].flatMap(({ key }) => linesOf(all, key)));

it('fixes everything in the scope, asks about all of it where nothing is settled, and opens', async () => {
  const all = await company(3);
  const campaignId = await opened(all);
  expect(await campaignOf(all, campaignId)).toMatchObject({
    ...{ state: 'open', stage: 0, openedBy: 'E0900', people: 4 },
    counts: { population: 9, settled: 0, asked: 9, excluded: 0 },
  });
  const facts = await openedFacts(all);
  expect(facts.map(({ identityId }) => identityId).toSorted()).toEqual(['E1001', 'E1002', 'E1003', 'E2001']);
  const lead = facts.find(({ identityId }) => identityId === 'E2001');
  expect(lead).toMatchObject({
    ...{ basis: 'campaign', campaignId },
    items: [
      { entitlement: 'crm:admin', facts: [], birthright: true, ifNobodyAnswers: 'remove' },
      { entitlement: 'crm:user', facts: [], birthright: true, ifNobodyAnswers: 'suspend' },
      { entitlement: 'desk:seat', facts: [], birthright: true, ifNobodyAnswers: 'suspend' },
    ],
  });
  const rows = await rowsOf(all, campaignId);
  expect(rows.map(({ reviewer, identityId }) => [reviewer, identityId])).toEqual([
    ['E0002', 'E2001'],
    ['E0002', 'E1001'],
    ['E0002', 'E1002'],
    ['E0002', 'E1003'],
  ]);
});

it('has the population hashed page by page, and the manifest’s hash on record before anybody is asked', async () => {
  const all = await company(3);
  const campaignId = await opened(all);
  const campaign = await campaignOf(all, campaignId);
  const manifest = await readManifest(all, campaign);
  for (const { key, sha256 } of manifest.parts.flatMap(({ population, verdicts }) => [...population, ...verdicts])) {
    expect(sha256Hex(all.files.files.get(key) ?? '')).toBe(sha256);
  }
  const { items: entries } = await all.audit.list('DEPLOYMENT#tenure', { limit: 100 });
  const fixed = entries.find(({ event }) => event.type === 'review-population-fixed');
  expect(fixed?.event).toMatchObject({ manifestSha256: campaign.population?.manifestSha256, items: 9, asked: 9 });
  const text = [...all.files.files.values()].map((bytes) => gunzipSync(bytes).toString('utf8')).join('\n');
  // Nobody is named in it by their id.
  expect(text).not.toMatch(/"E\d{4}"/);
  expect(allLines(all, manifest, 'population')).toHaveLength(4);
});

it('settles what is unchanged by the policy, says of what nothing is known of its use, and draws a sample', async () => {
  const all = await company(40);
  const settled = { usedWithinDays: 90, unknownUse: 'settle', sampleShare: 0.25 } as const;
  const campaignId = await opened(all, definitionOf({ settled }));
  const { counts } = await campaignOf(all, campaignId);
  expect(counts.population).toBe(83);
  expect(counts.asked).toBeGreaterThan(5);
  expect(counts.asked).toBeLessThan(40);
  const manifest = await readManifest(all, await campaignOf(all, campaignId));
  const verdicts = allLines(all, manifest, 'verdicts').flatMap((line) => line['verdicts'] as Record<string, unknown>[]);
  const quiet = verdicts.filter((one) => one['settled'] === 'unchanged');
  expect(quiet.length).toBe(counts.settled);
  expect(quiet.every((one) => one['useUnknown'] === true)).toBe(true);
  expect(verdicts.filter((one) => one['asked']).every((one) => String(one['asked']) === 'sampled')).toBe(true);
});

it('asks about all of which the last use is not known, where the policy says so', async () => {
  const all = await company(2);
  const settled = { usedWithinDays: 90, unknownUse: 'ask', sampleShare: 0 } as const;
  const campaignId = await opened(all, definitionOf({ settled }));
  expect((await campaignOf(all, campaignId)).counts).toMatchObject({ population: 7, asked: 7 });
  const [row] = await rowsOf(all, campaignId);
  expect(row).toMatchObject({ identityId: 'E2001', riskiest: ['privileged', 'use-unknown'] });
});

describe('when something was last used', () => {
  const DAY_MS = 86_400_000;
  const POLICY = { settled: { usedWithinDays: 90, unknownUse: 'settle', sampleShare: 0 } } as const;
  const uses = (all: ReviewedCompany, identityId: string, used: Record<string, Record<string, number>>) =>
    all.activity.remember({
      memory: { subjectId: identityId, memory: { applications: {}, entitlements: {}, ...used }, revision: 1 },
      ...{ expiresMs: all.nowMs + DAY_MS, alerts: [], audit: [] },
    });
  const verdictsOf = async (all: ReviewedCompany, campaignId: string) =>
    allLines(all, await readManifest(all, await campaignOf(all, campaignId)), 'verdicts').flatMap(
      (line) => line['verdicts'] as Record<string, unknown>[],
    );

  it('is asked about where that is too long ago, and settles what is in use, each with when and how exactly', async () => {
    const all = await company(3);
    const [longAgoMs, recentlyMs] = [all.nowMs - 91 * DAY_MS, all.nowMs - DAY_MS];
    await uses(all, 'E1001', { entitlements: { 'crm:user': longAgoMs }, applications: { crm: recentlyMs } });
    await uses(all, 'E1002', { applications: { crm: recentlyMs, desk: longAgoMs } });
    const campaignId = await opened(all, definitionOf(POLICY));
    const facts = await openedFacts(all);
    expect(facts.map(({ identityId, items }) => [identityId, items.map(({ entitlement }) => entitlement)])).toEqual([
      ['E1001', ['crm:user']],
      ['E1002', ['desk:seat']],
    ]);
    const verdicts = await verdictsOf(all, campaignId);
    expect(verdicts.filter((one) => one['lastUsedMs'] !== undefined)).toMatchObject([
      { entitlement: 'crm:user', asked: ['unused'], lastUsedMs: longAgoMs },
      { entitlement: 'crm:user', settled: 'unchanged', lastUsedMs: recentlyMs, useApproximate: true },
      { entitlement: 'desk:seat', asked: ['unused'], lastUsedMs: longAgoMs, useApproximate: true },
    ]);
    expect(verdicts.filter((one) => one['useUnknown'])).toHaveLength(6);
  });

  it('is looked up once for each of whom anything is in the scope, a hundred at a time', async () => {
    const all = await company(120);
    const asked: (readonly string[])[] = [];
    const { recall } = all.activity;
    const activity = {
      recall: async (ids: readonly string[]) => {
        asked.push(ids);
        return recall(ids);
      },
    };
    const campaignId = await begin(all, definitionOf(POLICY));
    await carryOut({ ...all, activity }, campaignId);
    expect(asked.every((ids) => ids.length <= 100)).toBe(true);
    expect(asked.flat().toSorted()).toEqual([...new Set(asked.flat())].toSorted());
    expect(asked.flat()).toHaveLength(121);
  });

  it('is not known where it cannot be read for a quarter of an hour, and is waited for until then', async () => {
    const all = await company(1);
    const refusing = {
      recall: async () => {
        throw new Error('throttled');
      },
    };
    const dependencies = { ...all, activity: refusing };
    const campaignId = await begin(all, definitionOf(POLICY));
    const run = () => carryOut(dependencies, campaignId);
    await expect(run()).rejects.toThrow('how access is used could not be read');
    all.nowMs += 15 * 60_000 - 1;
    await expect(run()).rejects.toThrow('how access is used could not be read');
    all.nowMs += 1;
    await run().catch(() => {});
    // Each of the parts has waited for itself.
    all.nowMs += 15 * 60_000;
    await run().catch(() => {});
    expect(await campaignOf(all, campaignId)).toMatchObject({ state: 'closed', counts: { population: 5, settled: 5 } });
    expect((await verdictsOf(all, campaignId)).every((one) => one['useUnknown'] === true)).toBe(true);
  });
});

it('asks about nobody whom an exclusion names, and says who excluded them and why', async () => {
  const all = await company(2);
  const excluded = [{ identity: 'E1001', reason: 'reviewed last week', by: 'E0900' }];
  const campaignId = await opened(all, definitionOf({ excluded }));
  expect((await campaignOf(all, campaignId)).counts).toMatchObject({
    population: 7,
    excluded: 2,
    settled: 2,
    asked: 5,
  });
  const manifest = await readManifest(all, await campaignOf(all, campaignId));
  const verdicts = allLines(all, manifest, 'verdicts').flatMap((line) => line['verdicts'] as Record<string, unknown>[]);
  expect(verdicts.filter((one) => one['settled'] === 'excluded')).toMatchObject([
    { excluded: { reason: 'reviewed last week', by: 'E0900' } },
    { excluded: { reason: 'reviewed last week', by: 'E0900' } },
  ]);
});

it('asks the next above about what is too much for one, then the owner, then whoever has the role', async () => {
  const all = await company(8);
  await opened(all, definitionOf({ maximumPerReviewer: 4 }));
  const rows = await rowsOf(all, (await all.campaigns.listCampaigns({ limit: 1 })).items[0]?.campaignId ?? '');
  const items = (reviewer: string) =>
    rows.filter((row) => row.reviewer === reviewer).reduce((sum, { counts }) => sum + counts.asked, 0);
  expect([items('E0002'), items('E0001'), items('E0003')].every((sum) => sum >= 3 && sum <= 4)).toBe(true);
  expect(items('E0002') + items('E0001') + items('E0003') + items('role:security')).toBe(19);
});

it('asks nobody about themselves, though they be their own manager and own the application', async () => {
  const all = await company(0);
  await joins(all, 'E3001', { manager: 'E3001' });
  await joins(all, 'E3002', { manager: 'E0003' });
  const owned = definitionOf({ stages: [{ reviewers: 'application-owner', days: 7 }] });
  all.accessModel = {
    ...REVIEWED_MODEL,
    applications: REVIEWED_MODEL.applications.map((one) => ({ ...one, owner: 'E3002' })),
  };
  const campaignId = await opened(all, owned);
  const asked = (await rowsOf(all, campaignId)).map(({ identityId, reviewer }) => [identityId, reviewer]);
  expect(asked.toSorted()).toEqual([
    ['E2001', 'E3002'],
    ['E3001', 'E3002'],
    ['E3002', 'E0003'],
  ]);
});

it('asks about what somebody still holds, who moved or left since the population was fixed', async () => {
  const all = await company(3);
  const campaignId = await begin(all);
  const pausing = { ...all, campaigns: { ...all.campaigns } };
  // In the middle of the opening one leaves, and another is no seller any more.
  pausing.campaigns.saveCampaign = async (...input) => {
    const saved = await all.campaigns.saveCampaign(...input);
    if (input[0].state === 'opening') {
      await says(all, { ...leaver('2026-11-23T08:00:00Z'), identityId: 'E1001' });
      await says(all, {
        ...{ factId: 'acme-hr:moved', identityId: 'E1002', source: 'acme-hr', sourceEventId: 'moved' },
        ...{ recordedMs: all.nowMs, receivedMs: all.nowMs, type: 'mover', effectiveAt: '2026-11-23T08:00:00Z' },
        attributes: { department: 'Support' },
      });
    }
    return saved;
  };
  await carryOut(pausing, campaignId);
  expect((await openedFacts(all)).map(({ identityId }) => identityId).toSorted()).toEqual(['E1003', 'E2001']);
  expect((await campaignOf(all, campaignId)).counts).toMatchObject({ population: 9, asked: 5, settled: 4 });
});

it('judges by the access model that it began with, whatever is deployed meanwhile', async () => {
  const all = await company(2);
  const campaignId = await begin(all);
  all.accessModel = { ...REVIEWED_MODEL, hash: 'another', profiles: [] };
  await carryOut(all, campaignId);
  expect(await campaignOf(all, campaignId)).toMatchObject({ modelHash: 'reviewed', counts: { population: 7 } });
});

it('is one campaign, whoever begins it at the same time', async () => {
  const all = await company(2);
  const ids = await Promise.all([begin(all), begin(all), begin(all)]);
  expect(new Set(ids).size).toBe(1);
  await Promise.all([carryOut(all, ids[0] ?? ''), carryOut(all, ids[0] ?? '')].map((run) => run.catch(() => {})));
  await carryOut(all, ids[0] ?? '');
  expect(await openedFacts(all)).toHaveLength(3);
  expect(await rowsOf(all, ids[0] ?? '')).toHaveLength(3);
  expect((await campaignOf(all, ids[0] ?? '')).counts).toMatchObject({ population: 7, asked: 7 });
});

it('is over at once where nobody has anything in its scope', async () => {
  const all = await company(2);
  const campaignId = await opened(all, definitionOf({ scope: { managers: ['E9999'] } }));
  expect(await campaignOf(all, campaignId)).toMatchObject({ state: 'closed', counts: { population: 0, asked: 0 } });
});

it('asks nothing a second time that is asked already', async () => {
  const all = await company(2);
  await opened(all);
  const again = await opened(all, definitionOf({ name: 'Again' }));
  expect(await campaignOf(all, again)).toMatchObject({ state: 'closed', counts: { population: 7, settled: 7 } });
});

it('opens whole, and everything once, wherever a run dies', { timeout: 120_000 }, async () => {
  const whole = await company(1);
  const wholeId = await opened(whole);
  const expected = (await rowsOf(whole, wholeId)).map(({ identityId, reviewer, counts }) => [
    identityId,
    reviewer,
    counts,
  ]);
  let [calls, dies] = [0, Number.POSITIVE_INFINITY];
  let point = 0;
  for (let died = true; died; ) {
    point += 1;
    died = false;
    const all = campaigning(async () => {
      calls += 1;
      if (calls !== dies) return;
      died = true;
      throw new Error('the function was stopped');
    });
    await staff(all, 1);
    [calls, dies] = [0, point];
    const carriedOut = async () => {
      const id = await begin(all);
      await carryOut(all, id);
      return id;
    };
    // As the state machine does it: once more.
    const campaignId = await carriedOut().catch(() => carriedOut());
    dies = Number.POSITIVE_INFINITY;
    expect((await campaignOf(all, campaignId)).state, `died at call ${point}`).toBe('open');
    const rows = (await rowsOf(all, campaignId)).map(({ identityId, reviewer, counts }) => [
      identityId,
      reviewer,
      counts,
    ]);
    expect(rows, `died at call ${point}`).toEqual(expected);
    expect(await openedFacts(all), `died at call ${point}`).toHaveLength(2);
    expect((await campaignOf(all, campaignId)).counts, `died at call ${point}`).toMatchObject({ asked: 5 });
  }
  expect(point).toBeGreaterThan(80);
});

it('begins by its schedule once in a period, and not in the middle of one', async () => {
  const all = await company(2);
  const rule = { id: 'privileged', ...definitionOf(), every: 'quarter', firstDay: '2026-11-02' } as const;
  const due = (nowMs: number) => {
    all.nowMs = nowMs;
    return startDueCampaigns(all)();
  };
  all.accessModel = { ...REVIEWED_MODEL, reviews: { campaigns: [rule] } };
  expect(await due(Date.parse('2026-11-01T23:00:00Z'))).toEqual([]);
  expect(await due(Date.parse('2026-12-24T00:00:00Z'))).toEqual([]);
  expect(await due(Date.parse('2026-11-02T00:00:00Z'))).toEqual(['2026-11-02.privileged']);
  expect(await due(Date.parse('2026-11-02T01:00:00Z'))).toEqual(['2026-11-02.privileged']);
  expect(await due(Date.parse('2027-02-02T00:00:00Z'))).toEqual(['2027-02-02.privileged']);
  const { items } = await all.campaigns.listCampaigns({ limit: 10 });
  expect(items.map(({ campaignId }) => campaignId)).toEqual(['2027-02-02.privileged', '2026-11-02.privileged']);
});

it('goes on an hour later where its execution died, and no sooner', async () => {
  const all = await company(2);
  const campaignId = await begin(all);
  all.nowMs += 3_599_000;
  await startDueCampaigns(all)();
  all.nowMs += 1_000;
  await startDueCampaigns(all)();
  expect(all.started).toEqual([`${campaignId} 0`, `${campaignId} 0`, `${campaignId} 1`]);
  await carryOut(all, campaignId);
  await startDueCampaigns(all)();
  expect(all.started).toHaveLength(3);
});
