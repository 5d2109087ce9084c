// What of a population is asked, and why; who answers; and when a campaign is due. Expected values are worked out by hand.
import { describe, expect, it } from 'vitest';
import { campaignDefinitionSchema } from '../../../lambdas/core/access-model/campaign-rules.ts';
import { campaignIdOf, ownCampaignId, periodOf } from '../../../lambdas/core/reviews/campaign-periods.ts';
import type { PopulationItem, PopulationLine } from '../../../lambdas/core/reviews/campaign-population.ts';
import { candidatesFor } from '../../../lambdas/core/reviews/campaign-reviewers.ts';
import {
  drawPlant,
  judgeItem,
  judgeLine,
  PeerCounts,
  PlantBudget,
  ReviewerLoads,
  rankOf,
} from '../../../lambdas/core/reviews/campaign-verdicts.ts';

const at = (day: string) => Date.parse(`${day}T00:00:00Z`);

describe('a period', () => {
  it.each([
    ['quarter', '2026-01-01', '2026-03-31', '2026-01-01'],
    ['quarter', '2026-01-01', '2026-04-01', '2026-04-01'],
    ['half-year', '2026-02-15', '2026-08-14', '2026-02-15'],
    ['half-year', '2026-02-15', '2027-02-15', '2027-02-15'],
    ['year', '2024-02-29', '2025-02-27', '2024-02-29'],
    ['year', '2024-02-29', '2025-02-28', '2025-02-28'],
    // What a month does not have begins on its last day, and the day after in March is that of the 31st again.
    ['month', '2026-01-31', '2026-02-27', '2026-01-31'],
    ['month', '2026-01-31', '2026-02-28', '2026-02-28'],
    ['month', '2026-01-31', '2026-03-30', '2026-02-28'],
    ['month', '2026-01-31', '2026-03-31', '2026-03-31'],
  ] as const)('of every %s from %s on, on %s, began on %s', (every, firstDay, today, begins) => {
    expect(periodOf({ every, firstDay }, at(today))).toBe(begins);
    expect(periodOf({ every, firstDay }, at(today) + 86_399_999)).toBe(begins);
  });

  it('is none before the first, nor where nothing says how often', () => {
    expect(periodOf({ every: 'month', firstDay: '2026-01-31' }, at('2026-01-31') - 1)).toBeUndefined();
    expect(periodOf({}, at('2026-01-31'))).toBeUndefined();
  });

  it('names its campaign, and a definition of one’s own the day and what it says', () => {
    expect(campaignIdOf('all', '2026-01-31')).toBe('2026-01-31.all');
    const id = ownCampaignId('Über alles: a very long name that goes on and on', '{}', at('2026-01-31'));
    expect(id).toMatch(/^2026-01-31\.[a-z0-9-]{1,30}-[0-9a-f]{8}$/);
    expect(ownCampaignId('!', '{}', at('2026-01-31'))).toMatch(/^2026-01-31\.[0-9a-f]{8}$/);
    expect(ownCampaignId('a', '{"x":1}', 0)).not.toBe(ownCampaignId('a', '{"x":2}', 0));
  });
});

const NOW = at('2027-01-04');
const DEFINITION = campaignDefinitionSchema.parse({
  ...{ name: 'All', scope: { privileged: false } },
  settled: { usedWithinDays: 90, unknownUse: 'settle', sampleShare: 0 },
  excluded: [{ identity: 'E7', entitlement: 'crm:user', reason: 'seen', by: 'E9' }],
});
const ITEM: PopulationItem = {
  ...{ entitlement: 'crm:user', inModel: true, privileged: false, held: true },
  reasons: [{ type: 'birthright', of: 'sales', fact: 'f', sinceMs: at('2026-01-01') }],
  reviewers: ['s1', 'role:security'],
};
const request = (since: string) => [{ type: 'request', of: 'r1', fact: 'g', sinceMs: at(since) }];

function judge(
  item: Partial<PopulationItem>,
  {
    baseline,
    definition = DEFINITION,
    line = {},
    peers = new PeerCounts(),
  }: {
    readonly baseline?: string;
    readonly definition?: typeof DEFINITION;
    readonly line?: Partial<PopulationLine>;
    readonly peers?: PeerCounts;
  } = {},
) {
  const baselineMs = baseline === undefined ? undefined : at(baseline);
  const campaign = { definition, hash: 'h', begunMs: NOW, baselineMs };
  const whole = { subject: 's7', peers: 'p', items: [], ...line };
  return judgeItem({ campaign, peers, excluded: new Map([['s7', 'E7']]) }, whole, {
    ...ITEM,
    entitlement: 'crm:x',
    ...item,
  });
}

describe('an item', () => {
  it('that the job gives is settled, though nothing is known of its use, which is said', () => {
    expect(judge({})).toEqual({ settled: 'unchanged', useUnknown: true });
    expect(judge({ lastUsedMs: NOW - 1 })).toEqual({ settled: 'unchanged' });
  });

  it.each([
    ['two sides of a rule come together', { duties: ['pay'] }, ['duties']],
    ['no reason holds it up', { reasons: [] }, ['unexplained']],
    ['it was last used too long ago', { lastUsedMs: NOW - 90 * 86_400_000 - 1 }, ['unused']],
    ['nobody ever kept it, and it is not by the job', { reasons: request('2026-06-01') }, ['never-reviewed']],
    ['it is privileged and anything else', { privileged: true, reasons: [] }, ['privileged', 'unexplained']],
  ] as const)('is asked where %s', (_, item, asked) => {
    expect(judge(item)).toEqual({ asked });
  });

  it('is not asked for its last use just within the days', () => {
    expect(judge({ lastUsedMs: NOW - 90 * 86_400_000 })).toEqual({ settled: 'unchanged' });
  });

  it('is in use as long as its application is where no system tells more, but not what is privileged', () => {
    const settling = (unknownUse: string) => ({
      definition: { ...DEFINITION, settled: { usedWithinDays: 90, unknownUse, sampleShare: 0 } } as typeof DEFINITION,
    });
    const about = { lastUsedMs: NOW - 1, useApproximate: true } as const;
    expect(judge(about, settling('ask'))).toEqual({ settled: 'unchanged' });
    const privileged = { ...about, privileged: true };
    expect(judge(privileged, settling('ask'))).toEqual({ asked: ['privileged', 'use-unknown'] });
    expect(judge(privileged, settling('settle'))).toEqual({ settled: 'unchanged', useUnknown: true });
    expect(judge({ lastUsedMs: NOW - 1, privileged: true }, settling('ask'))).toEqual({ settled: 'unchanged' });
    // Where nothing of its application was used, it was not either.
    const unused = { ...privileged, lastUsedMs: NOW - 90 * 86_400_000 - 1 };
    expect(judge(unused, settling('ask'))).toEqual({ asked: ['privileged', 'unused'] });
  });

  it('is gained where its oldest reason began after it was last looked at', () => {
    const both = { reasons: [...request('2026-10-02'), ...ITEM.reasons] };
    expect(judge({ reasons: request('2026-10-02') }, { baseline: '2026-10-01' })).toEqual({ asked: ['gained'] });
    expect(judge({ reasons: request('2026-10-01') }, { baseline: '2026-10-01' })).toHaveProperty('settled');
    expect(judge(both, { baseline: '2026-10-01' })).toHaveProperty('settled');
    const kept = { reasons: request('2026-10-02'), keptMs: at('2026-11-01') };
    expect(judge(kept, { baseline: '2026-10-01' })).toHaveProperty('settled');
    expect(judge(kept)).toHaveProperty('settled');
  });

  it('is unlike peers where fewer than a tenth of at least five have it', () => {
    const peersOf = (people: number, holders: number) => {
      const peers = new PeerCounts();
      const held = { ...ITEM, entitlement: 'crm:x' };
      for (let one = 0; one < people; one += 1) peers.add({ peers: 'p', items: one < holders ? [held] : [] });
      return peers;
    };
    expect(judge({}, { peers: peersOf(11, 1) })).toEqual({ asked: ['unlike-peers'] });
    expect(judge({}, { peers: peersOf(10, 1) })).toHaveProperty('settled');
    expect(judge({}, { peers: peersOf(4, 0) })).toHaveProperty('settled');
    expect(peersOf(11, 2).of('p', 'crm:x')).toEqual({ n: 2, of: 11 });
  });

  it('is settled where nothing is to be asked', () => {
    expect(judge({ reasons: [] }, { line: { left: true } })).toEqual({ settled: 'left' });
    expect(judge({ inModel: false, reasons: [] })).toEqual({ settled: 'not-in-model' });
    expect(judge({ reasons: [], askedIn: 'r' })).toEqual({ settled: 'asked-elsewhere' });
    expect(judge({ entitlement: 'crm:user', reasons: [] })).toEqual({
      settled: 'excluded',
      excluded: { reason: 'seen', by: 'E9' },
    });
    // The exclusion names one entitlement of one person.
    expect(judge({ entitlement: 'crm:user', reasons: [] }, { line: { subject: 's8' } })).toHaveProperty('asked');
  });

  it('is asked where all is drawn, where nothing is known of its use, and where there is no policy', () => {
    const settling = (settled: object | undefined) => ({ definition: { ...DEFINITION, settled } as typeof DEFINITION });
    expect(judge({}, settling({ unknownUse: 'settle', sampleShare: 1 }))).toEqual({ asked: ['sampled'] });
    expect(judge({}, settling({ usedWithinDays: 9, unknownUse: 'ask', sampleShare: 0 }))).toEqual({
      asked: ['use-unknown'],
    });
    expect(judge({ privileged: true }, settling(undefined))).toEqual({ asked: ['privileged', 'everything'] });
  });
});

describe('what is planted', () => {
  const plant = { entitlement: 'crm:y', privileged: false, reviewers: ITEM.reviewers };
  const judgeWith = (line: Partial<PopulationLine>, planted: object | undefined, plants?: PlantBudget) => {
    const peers = new PeerCounts();
    for (let one = 0; one < 12; one += 1) peers.add({ peers: 'p', items: [{ ...ITEM, entitlement: 'crm:x' }] });
    const definition = campaignDefinitionSchema.parse({ ...DEFINITION, planted });
    const campaign = { definition, hash: 'h', begunMs: NOW, baselineMs: undefined };
    const judging = { campaign, peers, excluded: new Map([['s7', 'E7']]) };
    const whole = {
      subject: 's7',
      peers: 'p',
      items: [{ ...ITEM, entitlement: 'crm:x', reasons: [] }],
      plant,
      ...line,
    };
    return judgeLine(judging, whole, new ReviewerLoads(9), plants).verdicts.slice(1);
  };
  const RULE = { share: 0.1, maximum: 2 };

  it('is asked as what only an account has would be, of the same person and in the same queue', () => {
    const expected = { asked: ['unexplained', 'unlike-peers'], reviewer: 's1', planted: true };
    expect(judgeWith({}, RULE, new PlantBudget({ planted: RULE }))).toEqual([
      { entitlement: 'crm:y', peers: { n: 1, of: 12 }, ...expected },
    ]);
    const privileged = { plant: { ...plant, privileged: true, lastUsedMs: NOW - 91 * 86_400_000 } };
    expect(judgeWith(privileged, RULE, new PlantBudget({ planted: RULE }))).toMatchObject([
      { asked: ['privileged', 'unexplained', 'unused', 'unlike-peers'] },
    ]);
  });

  it('is not asked beyond the most, of whom nothing else is asked, nor of whom it was excluded', () => {
    const plants = new PlantBudget({ planted: RULE });
    expect([1, 2, 3].map(() => judgeWith({}, RULE, plants).length)).toEqual([1, 1, 0]);
    const fresh = () => new PlantBudget({ planted: RULE });
    expect(judgeWith({ items: [] }, RULE, fresh())).toEqual([]);
    expect(judgeWith({ items: [ITEM, { ...ITEM, entitlement: 'crm:x' }] }, RULE, fresh())).toHaveLength(1);
    expect(judgeWith({ plant: { ...plant, entitlement: 'crm:user' } }, RULE, fresh())).toEqual([]);
    expect(judgeWith({}, undefined)).toEqual([]);
  });

  it('is drawn by the campaign’s hash, about that share of people', () => {
    const drawn = (hash: string, share = 0.2) =>
      Array.from({ length: 1_000 }, (_, index) =>
        drawPlant({ hash, definition: { ...DEFINITION, planted: { share, maximum: 9 } } }, `s${index}`, [
          { entitlement: 'a' },
          { entitlement: 'b' },
        ]),
      );
    expect(drawn('h')).toEqual(drawn('h'));
    expect(drawn('h')).not.toEqual(drawn('i'));
    const found = drawn('h').flatMap((one) => one?.entitlement ?? []);
    expect(found.length).toBeGreaterThan(150);
    expect(found.length).toBeLessThan(250);
    expect(found.filter((one) => one === 'a').length / found.length).toBeCloseTo(0.5, 0);
    expect(drawPlant({ hash: 'h', definition: DEFINITION }, 's1', [{ entitlement: 'a' }])).toBeUndefined();
    expect(drawPlant({ hash: 'h', definition: { ...DEFINITION, planted: { share: 1, maximum: 9 } } }, 's1', [])).toBe(
      undefined,
    );
  });

  it.each([{ share: 0 }, { share: 0.21 }, { share: 0.1, maximum: 0 }, { share: 0.1, maximum: 1_001 }, { maximum: 5 }])(
    'is refused by the rule %j',
    (planted) => {
      expect(campaignDefinitionSchema.safeParse({ ...DEFINITION, planted }).success).toBe(false);
    },
  );
});

describe('whoever answers', () => {
  const person = (identityId: string, takesOver = true, delegate?: string) => ({
    ...{ identityId, employed: true, takesOver, above: undefined },
    ...(delegate !== undefined && { delegate }),
  });
  const chains = {
    superiors: [person('M1'), person('M2', false, 'D2'), person('M3', false)],
    entitlementOwners: [person('O1')],
    applicationOwners: [person('A1')],
  };

  it('is first whom the stage names, then who is above, then the owner, then whoever has the role', () => {
    expect(candidatesFor('manager', chains, new Set())).toEqual(['M1', 'D2', 'O1', 'role:security']);
    expect(candidatesFor('application-owner', chains, new Set())).toEqual(['A1', 'M1', 'D2', 'O1', 'role:security']);
    expect(candidatesFor('security', chains, new Set())).toEqual(['role:security']);
  });

  it('is nobody who is involved, nor whom they delegated to who is', () => {
    expect(candidatesFor('manager', chains, new Set(['M1', 'D2', 'O1']))).toEqual(['role:security']);
  });

  it('takes no more than one person can, all of somebody’s together', () => {
    const loads = new ReviewerLoads(5);
    const reviewers = ['M1', 'M2', 'role:security'];
    expect(loads.assign(reviewers, 9)).toBe('M1');
    expect(loads.assign(reviewers, 4)).toBe('M2');
    expect(loads.assign(reviewers, 1)).toBe('M2');
    expect(loads.assign(reviewers, 1)).toBe('role:security');
    expect([...loads.overloaded]).toEqual(['M1', 'M2']);
  });

  it('finds the riskiest first', () => {
    const ranks = [
      [['gained']],
      [['duties'], ['gained']],
      [['duties'], ['duties']],
      [['privileged', 'gained']],
    ] as const;
    const sorted = [...ranks].sort((one, other) => (rankOf(one) < rankOf(other) ? -1 : 1));
    expect(sorted).toEqual([ranks[3], ranks[2], ranks[1], ranks[0]]);
  });
});
