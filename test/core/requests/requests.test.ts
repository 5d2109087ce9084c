// How far a request has come and who can decide on it: by what was said and who is there, in whatever order it came.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalStage, Approver } from '../../../lambdas/core/access-model/request-rules.ts';
import { type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import type { Superior } from '../../../lambdas/core/identity/management-chain.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { approversOf, mayDecide } from '../../../lambdas/core/requests/approvers.ts';
import { expiryOf, ruleFor } from '../../../lambdas/core/requests/asking.ts';
import { currentStage, factsOfAnswer } from '../../../lambdas/core/requests/deciding.ts';
import { requestsIn } from '../../../lambdas/core/requests/request-state.ts';
import { MODEL } from '../../simulation/access-model.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const DAY_MS = 86_400_000;
const base = (id: string, atMs = NOW_MS) => ownFactBase('E1', id, atMs);
const asked: Fact = {
  ...base('requested/r'),
  type: 'access-requested',
  requestId: 'r',
  entitlement: 'chat:sales-room',
  requestedBy: 'E1',
  reason: 'the quarter ends',
  endsMs: NOW_MS + 9 * DAY_MS,
  expiresMs: NOW_MS + 7 * DAY_MS,
  rule: 'x',
};
const STAGES: readonly ApprovalStage[] = [
  { anyOf: ['manager'], quorum: 1, fallback: [] },
  { anyOf: ['security'], quorum: 2, fallback: [] },
];

/** The facts after each of these has agreed in turn. */
function agreeing(...people: readonly string[]): readonly Fact[] {
  const facts: Fact[] = [asked];
  for (const [index, by] of people.entries()) {
    const [request] = requestsIn(facts, NOW_MS);
    if (request === undefined) throw new Error('nothing was asked');
    const said = { identityId: 'E1', request, stages: STAGES, by, nowMs: NOW_MS + index + 1, id: `${index}` };
    const [decided, granted] = factsOfAnswer({ ...said, answer: 'approve' });
    facts.push(decided, ...(granted === undefined ? [] : [granted]));
  }
  return facts;
}

describe('a request', () => {
  it('is approved when enough have agreed to each of its stages, and not before', () => {
    const statusAfter = (...people: string[]) => requestsIn(agreeing(...people), NOW_MS)[0]?.status;
    expect(['M', 'M S1', 'M S1 S2'].map((people) => statusAfter(...people.split(' ')))).toEqual([
      'open',
      'open',
      'approved',
    ]);
    const granted = agreeing('M', 'S1', 'S2').at(-1);
    expect(granted).toMatchObject({ type: 'access-granted', approvedBy: ['M', 'S1', 'S2'], startsMs: NOW_MS + 3 });
  });

  it('counts nobody twice in a stage', () => {
    const facts = agreeing('M', 'S1', 'S1');
    expect(facts.some(({ type }) => type === 'access-granted')).toBe(false);
    const [request] = requestsIn(facts, NOW_MS);
    expect(request && currentStage(request, STAGES)).toBe(1);
  });

  it('stands the same whatever order its facts come in, however often', () => {
    const facts = agreeing('M', 'S1', 'S2');
    const withdrawn: Fact = {
      ...base('w', NOW_MS + 9),
      type: 'request-decided',
      requestId: 'r',
      answer: 'withdraw',
      answeredBy: 'E1',
    };
    const all = [...facts, withdrawn];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), fc.constantFrom(...all), (order, again) => {
        const told = requestsIn(buildTimeline([...order, again]).facts, NOW_MS + 10);
        expect(told).toEqual(requestsIn(buildTimeline(all).facts, NOW_MS + 10));
      }),
    );
  });

  it('expires with its time, or when what it asks for has ended', () => {
    const rule = { id: 'x', entitlements: [], by: ['self'], expiresDays: 7, stages: STAGES } as const;
    const what = { entitlement: 'chat:sales-room', startsMs: undefined };
    expect(expiryOf(rule, { ...what, endsMs: undefined }, NOW_MS)).toBe(NOW_MS + 7 * DAY_MS);
    expect(expiryOf(rule, { ...what, endsMs: NOW_MS + DAY_MS }, NOW_MS)).toBe(NOW_MS + DAY_MS);
    expect(requestsIn([asked], NOW_MS + 7 * DAY_MS - 1)[0]?.status).toBe('open');
    expect(requestsIn([asked], NOW_MS + 7 * DAY_MS)[0]?.status).toBe('expired');
  });

  it('is for what a rule names and the model still has', () => {
    const rule = {
      id: 'x',
      entitlements: ['chat:sales-room', 'chat:gone'],
      by: ['self'],
      expiresDays: 7,
      stages: STAGES,
    } as const;
    const model = { ...MODEL, requests: [rule] };
    expect(ruleFor(model, 'chat:sales-room')).toBe(rule);
    expect(ruleFor(model, 'chat:gone')).toBeUndefined();
    expect(ruleFor(model, 'chat:everyone')).toBeUndefined();
    const retired = MODEL.applications.map((one) => ({ ...one, retired: true as const }));
    expect(ruleFor({ ...model, applications: retired }, 'chat:sales-room')).toBeUndefined();
    expect(ruleFor(MODEL, 'chat:sales-room')).toBeUndefined();
  });
});

describe('who can decide', () => {
  const chain = fc.array(fc.record({ identityId: fc.constantFrom('A', 'B', 'C', 'D'), takesOver: fc.boolean() }), {
    maxLength: 4,
  });
  const toSuperiors = (all: readonly { identityId: string; takesOver: boolean }[]): readonly Superior[] =>
    all.map((one) => ({ ...one, employed: one.takesOver, above: undefined }));
  const approvers = fc.uniqueArray(
    fc.constantFrom<Approver>('manager', 'application-owner', 'entitlement-owner', 'security'),
    {
      minLength: 1,
    },
  );

  it('is never who is away, asked or is to get it, and as many are there as have to agree', () => {
    let found = 0;
    const stages = fc.record({
      anyOf: approvers,
      quorum: fc.integer({ min: 1, max: 2 }),
      fallback: fc.oneof(fc.constant([]), approvers),
    });
    fc.assert(
      fc.property(stages, fc.tuple(chain, chain, chain), fc.subarray(['A', 'B', 'C', 'D']), (stage, chains, mine) => {
        const [superiors, owners, entitlementOwners] = chains.map(toSuperiors) as [Superior[], Superior[], Superior[]];
        const people = { superiors, owners, entitlementOwners, involved: new Set(mine) };
        const who = approversOf(stage, people);
        const isThere = (id: string) => chains.flat().some((one) => one.identityId === id && one.takesOver);
        if (who === undefined) {
          expect([...stage.anyOf, ...stage.fallback]).not.toContain('security');
          return;
        }
        found += 1;
        for (const id of who.people) expect(isThere(id) && !mine.includes(id)).toBe(true);
        expect(who.security || who.people.length >= stage.quorum).toBe(true);
        for (const id of ['A', 'B', 'C', 'D']) {
          for (const hasRole of [true, false]) {
            if (mine.includes(id)) expect(mayDecide(who, people, id, hasRole)).toBe(false);
          }
        }
      }),
    );
    expect(found).toBeGreaterThan(20);
  });

  it('is the fallback only where too few of the others are there', () => {
    const there: Superior = { identityId: 'A', employed: true, takesOver: true, above: undefined };
    const owner: Superior = { ...there, identityId: 'B' };
    const stage: ApprovalStage = { anyOf: ['manager'], quorum: 1, fallback: ['application-owner'] };
    const people = { superiors: [there], owners: [owner], entitlementOwners: [], involved: new Set<string>() };
    expect(approversOf(stage, people)?.people).toEqual(['A']);
    expect(approversOf(stage, { ...people, involved: new Set(['A']) })?.people).toEqual(['B']);
    expect(approversOf(stage, { ...people, involved: new Set(['A', 'B']) })).toBeUndefined();
  });
});
