// Owners answer for their service accounts in the course of a history, some of them late and some never. It draws from a stream of
// its own, so that the histories of old seeds say what they said.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { type OwnershipAcceptedFact, ownFactBase } from '../../lambdas/core/identity/facts.ts';
import { ownerNeededBy } from '../../lambdas/core/identity/ownership.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';
import { tellDecided } from './timed-grants.ts';
import type { World } from './world.ts';

export const ANSWERS_STREAM = 2_300_000_011;
const MOST = 4;

/** In days: histories last for hours, or for months. */
export function withQuestions(random: Random, setting: Setting): Setting {
  const nonHuman: AccessModel['nonHuman'] = {
    'service-account': {
      acceptWithinDays: random.pick([0.01, 0.05, 0.2]),
      attestEveryDays: random.pick([0.05, 0.3, 20]),
    },
  };
  const asking = (model: AccessModel): AccessModel => ({ ...model, nonHuman, hash: `${model.hash}, answered for` });
  const { deployment } = setting;
  return {
    ...setting,
    model: asking(setting.model),
    deployment: deployment && { ...deployment, model: asking(deployment.model) },
  };
}

export function answerForOwned(
  world: World,
  { arrivals, startMs, endsMs }: History,
  { random, coverage }: { readonly random: Random; readonly coverage: Coverage },
): void {
  const owned = arrivals.flatMap(({ fact }) =>
    fact.type === 'joiner' && fact.attributes.kind === 'service-account' ? fact.identityId : [],
  );
  for (const identityId of [...new Set(owned)].sort()) {
    for (let index = 0; index < random.below(MOST + 1); index += 1) {
      const inMs = random.below(endsMs - startMs);
      setTimeout(() => void answer(identityId, index, startMs + inMs), inMs);
    }
  }

  async function answer(identityId: string, index: number, nowMs: number): Promise<void> {
    const record = await world.stores.directory.load(identityId);
    const timeline = record && buildTimeline(record.facts);
    const state = timeline && identityAt(timeline, nowMs);
    const owner = state && ownerNeededBy(state);
    if (owner === undefined || state === undefined) return;
    const dueMs = nowMs + 3_600_000 * (1 + index);
    const fact: OwnershipAcceptedFact = {
      ...ownFactBase(identityId, `accepted/${identityId}/${index}`, nowMs),
      ...{ type: 'ownership-accepted', owner, acceptedBy: owner, purpose: 'nightly export', dueMs },
    };
    const wasLapsed = state.status === 'suspended';
    tellDecided(world, { fact, by: owner, random }, () => {
      coverage.happened.add('answered for by its owner');
      if (wasLapsed) coverage.happened.add('let in by its owner');
    });
  }
}
