// Who can answer about somebody's items of a campaign now, as the stores know everybody now.
import { OWNED_KINDS } from '../../core/identity/attributes.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Approvers } from '../../core/requests/approvers.ts';
import { type AskedItem, type Campaign, type CampaignPerson, SECURITY } from '../../core/reviews/campaign.ts';
import { type CampaignItemState, campaignItemStates, stageAt } from '../../core/reviews/campaign-answers.ts';
import { involvedIn, reassignedFrom, reviewersOf } from '../../core/reviews/reviewers.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import type { ChainDependencies } from '../shared/load-superiors.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { Chains } from './campaign-chains.ts';

export interface ItemReviewers extends Approvers {
  /** People who never may. */
  readonly involved: ReadonlySet<string>;
  /** Operators who gave it by hand: they may not either. */
  readonly operators: readonly string[];
}

type ReviewerDependencies = ChainDependencies & Pick<Dependencies, 'directory' | 'model'>;

/** More is no handing over: whoever follows them stops there, and whoever is next by the rule is asked. */
const MAXIMUM_REASSIGNED = 50;

/** For one request: of many people the same few are asked. */
export class CampaignReviewers {
  readonly #dependencies: ReviewerDependencies;
  readonly #campaign: Pick<Campaign, 'campaignId' | 'definition'>;
  readonly #chains: Chains;
  readonly #people = new Map<string, Promise<string>>();

  constructor(dependencies: ReviewerDependencies, campaign: Pick<Campaign, 'campaignId' | 'definition'>) {
    this.#dependencies = dependencies;
    this.#campaign = campaign;
    this.#chains = new Chains(dependencies, dependencies.model());
  }

  /** @param person in whose queues it is; undefined: nobody knows */
  async of(
    { record, timeline, state, nowMs }: LoadedIdentity,
    { review, item }: CampaignItemState,
    person: CampaignPerson | undefined,
  ): Promise<ItemReviewers> {
    const model = this.#dependencies.model();
    const { identityId, summary } = record.header;
    const involvedNow = involvedIn(identityId, timeline.standing, item, model);
    const people = await Promise.all(involvedNow.people.map((one) => this.#personOf(one)));
    const involved = new Set([...involvedNow.people, ...people]);
    const isOwned = 'attributes' in state && OWNED_KINDS.includes(state.attributes.kind);
    const above = isOwned ? (summary.ownerId ?? summary.managerId) : (summary.managerId ?? summary.ownerId);
    const [superiors, owners] = await Promise.all([this.#chains.above(above), this.#chains.ownersOf(item.entitlement)]);
    const number = stageAt(review, nowMs);
    const stage = this.#campaign.definition.stages[number];
    // Of a stage that has just begun nobody may have been asked yet: whoever is to be by the rule can answer.
    const isAsked = person?.stage === number;
    const asked = isAsked ? person.items.find(({ entitlement }) => entitlement === item.entitlement) : undefined;
    const assigned = await this.#assigned(asked, identityId, nowMs);
    const approvers = reviewersOf(
      { reviewers: stage?.reviewers ?? 'manager', chains: { superiors, ...owners }, ...assigned },
      involved,
    );
    return { ...approvers, involved, operators: involvedNow.operators };
  }

  /** In whose queues they come in the stage that is open by now: first of those who can answer. */
  async assign(loaded: LoadedIdentity, person: CampaignPerson): Promise<readonly AskedItem[]> {
    const { campaignId } = this.#campaign;
    const states = campaignItemStates(loaded.timeline, campaignId, loaded.nowMs);
    return mapBounded(person.items, 1, async ({ handedOver: _handedOver, ...asked }) => {
      const state = states.find(({ item }) => item.entitlement === asked.entitlement);
      if (state === undefined) return asked;
      const { people } = await this.of(loaded, state, undefined);
      return { ...asked, reviewer: people[0] ?? SECURITY };
    });
  }

  /** In whose queue it is by now, whoever had it before. */
  async #assigned(asked: AskedItem | undefined, identityId: string, nowMs: number) {
    const { sinceMs: afterFirstMs = 0, untilMs = Number.POSITIVE_INFINITY } = asked?.handedOver ?? {};
    let reviewer = nowMs < untilMs ? asked?.reviewer : undefined;
    let [afterMs, isHandedOver] = [afterFirstMs, asked?.handedOver !== undefined];
    for (let handed = 0; handed < MAXIMUM_REASSIGNED; handed += 1) {
      if (reviewer === undefined || reviewer === SECURITY) break;
      const loaded = await findWhereItCounts(this.#dependencies, reviewer);
      const about = { campaignId: this.#campaign.campaignId, identityId, afterMs, nowMs };
      const next = loaded && reassignedFrom(loaded.timeline.standing, about);
      if (next === undefined) break;
      [reviewer, afterMs, isHandedOver] = [next.to, next.atMs, true];
    }
    const isSecuritys = reviewer === SECURITY;
    const [assigned] = isSecuritys ? [] : await this.#chains.above(reviewer);
    return { assigned, isSecuritys, isHandedOver };
  }

  #personOf(identityId: string): Promise<string> {
    const known = this.#people.get(identityId) ?? personOf(this.#dependencies, identityId);
    this.#people.set(identityId, known);
    return known;
  }
}
