// Planted mistakes in what review campaigns take away, and give back.
import type { CampaignReviewOpenedFact, Fact } from '../../lambdas/core/identity/facts.ts';
import { inFacts, type Plant } from './planting.ts';
import type { WorldDependencies } from './world.ts';

const FAR_MS = 8_640_000_000_000_000;
const BACKDATED_MS = 600_000;
const DECIDING = ['decide-campaign-items', 'undo-campaign-removal'];
/** In which the first of those are who the histories tell of. */
const OVERLOOKED = 3;

export const PLANTS_OF_CAMPAIGNS: readonly Plant[] = [
  inOpenings('campaigns-never-due', 'what nobody answered in a campaign stays', (opened) => ({
    ...opened,
    dueMs: FAR_MS,
    stages: opened.stages.map(() => ({ dueMs: FAR_MS })),
  })),
  inOpenings('campaigns-leave-profiles', 'what a profile gives outlives its removal', (opened) => ({
    ...opened,
    // About a fact that there is not, so that it is about something.
    items: opened.items.map((item) => ({ ...item, birthright: false, facts: [...item.facts, 'tenure:none'] })),
  })),
  inOpenings('silence-is-final', 'what is only suspended cannot be answered any more', (opened) => ({
    ...opened,
    items: opened.items.map((item) => ({ ...item, ifNobodyAnswers: 'remove' })),
  })),
  inOpenings('undone-for-ever', 'a removal can be undone long after its time', (opened) => ({
    ...opened,
    undoMs: FAR_MS / 2,
  })),
  inOpenings('planted-items-count', 'an item that nobody holds takes away what its like gives', (opened) => ({
    ...opened,
    items: opened.items.map(({ planted: _planted, ...item }) => item),
  })),
  withoutAnswers('removals-forgotten', 'what was decided to be removed is kept', 'remove'),
  withoutAnswers('undoing-without-effect', 'what was given back stays away', 'undo'),
  inFacts('first-answer-counts', 'who answers later in a campaign is not heard', (facts) =>
    facts.filter((fact, index) => !isAnswer(fact) || facts.findIndex((one) => isSameItem(one, fact)) === index),
  ),
  inFacts('deadlines-stay', 'a deadline that was moved is none', (facts) =>
    facts.filter(({ type }) => type !== 'access-review-moved'),
  ),
  inFacts('shortened-is-kept', 'what was shortened never ends', (facts) =>
    facts.map((fact): Fact => (isAnswer(fact) && fact.answer === 'shorten' ? { ...fact, endsMs: FAR_MS } : fact)),
  ),
  {
    flag: 'batches-of-one',
    mistake: 'of many that are decided on as one only the first is',
    apply: () => (dependencies) => ({
      ...dependencies,
      campaigns: {
        ...dependencies.campaigns,
        beginBatch: (batch) => dependencies.campaigns.beginBatch({ ...batch, items: batch.items.slice(0, 1) }),
      },
    }),
  },
  within(DECIDING, 'left-reviewers-answer', 'whoever was asked answers, though they have left', (dependencies) =>
    knowing(dependencies, (fact) => fact.type !== 'leaver' && fact.type !== 'suspension'),
  ),
  within(DECIDING, 'copies-are-answers', 'a second copy of an answer is another answer', (dependencies) =>
    knowing(dependencies, (fact) => !isAnswer(fact)),
  ),
  within(DECIDING, 'answers-backdated', 'an answer counts from before it was said', (dependencies) => ({
    ...dependencies,
    clock: () => dependencies.clock() - BACKDATED_MS,
  })),
  within(DECIDING, 'first-stage-for-ever', 'whom the first stage names answers in all of them', (dependencies) => ({
    ...dependencies,
    campaigns: {
      ...dependencies.campaigns,
      findCampaign: async (campaignId) => {
        const campaign = await dependencies.campaigns.findCampaign(campaignId);
        const { definition } = campaign ?? {};
        const [first] = definition?.stages ?? [];
        if (campaign === undefined || definition === undefined || first === undefined) return campaign;
        return { ...campaign, definition: { ...definition, stages: definition.stages.map(() => first) } };
      },
    },
  })),
  within(['tend-campaigns'], 'queues-of-the-departed', 'what a reviewer had who left stays theirs', (dependencies) =>
    knowing(dependencies, (fact) => fact.type !== 'leaver' && fact.type !== 'suspension'),
  ),
  within(
    ['tend-campaigns'],
    'replacements-untold',
    'who comes in the place of a reviewer is not told',
    (dependencies) => ({
      ...dependencies,
      notices: {
        ...dependencies.notices,
        wake: async (identityId, atMs) => {
          // Whoever is told that a stage has begun is told at once.
          if (atMs <= dependencies.clock()) await dependencies.notices.wake(identityId, atMs);
        },
      },
    }),
  ),
  within(['fix-population'], 'parts-overlooked', 'a part of the population is not looked at', (dependencies) => ({
    ...dependencies,
    directory: {
      ...dependencies.directory,
      listIdentities: async (input) =>
        input.segment?.index === OVERLOOKED
          ? { items: [], next: undefined }
          : dependencies.directory.listIdentities(input),
    },
  })),
];

/** What the functions of these names get. */
function within(
  functions: readonly string[],
  flag: string,
  mistake: string,
  change: (dependencies: WorldDependencies) => WorldDependencies,
): Plant {
  return {
    flag,
    mistake,
    apply: () => (dependencies, functionName) =>
      functions.includes(functionName) ? change(dependencies) : dependencies,
  };
}

function knowing(dependencies: WorldDependencies, isKnown: (fact: Fact) => boolean): WorldDependencies {
  const { directory } = dependencies;
  return {
    ...dependencies,
    directory: {
      ...directory,
      load: async (identityId) => {
        const record = await directory.load(identityId);
        return record && { ...record, facts: record.facts.filter(isKnown) };
      },
    },
  };
}

function inOpenings(
  flag: string,
  mistake: string,
  change: (opened: CampaignReviewOpenedFact) => CampaignReviewOpenedFact,
): Plant {
  return inFacts(flag, mistake, (facts) =>
    facts.map((fact) => (fact.type === 'access-review-opened' && fact.basis === 'campaign' ? change(fact) : fact)),
  );
}

function withoutAnswers(flag: string, mistake: string, answer: 'remove' | 'undo'): Plant {
  return inFacts(flag, mistake, (facts) => facts.filter((fact) => !isAnswer(fact) || fact.answer !== answer));
}

function isAnswer(fact: Fact) {
  return fact.type === 'access-review-decided';
}

function isSameItem(one: Fact, other: Fact): boolean {
  return isAnswer(one) && isAnswer(other) && one.reviewId === other.reviewId && one.entitlement === other.entitlement;
}
