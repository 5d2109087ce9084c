// Beginning a campaign: by its schedule, or by a person. What it is, and by which access model it judges, is fixed with the
// first write; whoever begins it once more, at the same time or later, finds it.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { CampaignDefinition, CampaignRule } from '../../core/access-model/campaign-rules.ts';
import type { Actor } from '../../core/audit/audit.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, type Fault, InvalidInputError, NotFoundError } from '../../core/errors.ts';
import { type Campaign, NOTHING_COUNTED } from '../../core/reviews/campaign.ts';
import { campaignIdOf, ownCampaignId, periodOf } from '../../core/reviews/campaign-periods.ts';
import { matchesNothing, unknownNames } from '../../core/reviews/campaign-scope.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import type { CampaignWorkflow } from '../../stores/campaigns/campaign-workflow.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { campaignEntry } from './campaign-opening.ts';

export interface BeginningDependencies extends Pick<Dependencies, 'modelChanges' | 'clock' | 'model'> {
  readonly campaigns: Pick<CampaignStore, 'beginCampaign' | 'findCampaign' | 'listCampaigns'>;
  readonly workflow: CampaignWorkflow;
}

export interface AskedCampaign {
  /** The id of one in the access model. */
  readonly campaign?: string | undefined;
  readonly definition?: CampaignDefinition | undefined;
}

/** What is to be looked at, and under which id. */
export interface NamedCampaign {
  readonly campaignId: string;
  readonly definition: CampaignDefinition;
  readonly rule?: string | undefined;
}

/** Throws NotFoundError, ConflictError, and InvalidInputError where it names what there is not. */
export function nameCampaign(
  { campaign, definition }: AskedCampaign,
  model: AccessModel,
  nowMs: number,
): NamedCampaign {
  if (campaign !== undefined) {
    const rule = model.reviews?.campaigns?.find(({ id }) => id === campaign);
    if (rule === undefined) throw new NotFoundError('The access model has no such campaign.');
    const { id, every: _every, firstDay: _firstDay, ...ofRule } = rule;
    return { campaignId: campaignIdOf(id, dayOf(rule, nowMs)), definition: ofRule, rule: id };
  }
  if (definition === undefined) throw new ConflictError('Neither a campaign nor a definition is named.');
  const faults = faultsIn(definition, model);
  if (faults.length > 0) throw new InvalidInputError('The definition names what there is not.', faults);
  return { campaignId: ownCampaignId(definition.name, canonicalJson(definition), nowMs), definition };
}

/** Of its period; by hand also before its first one, or where it has none: then it is the day's. */
function dayOf(rule: CampaignRule, nowMs: number): string {
  return periodOf(rule, nowMs) ?? new Date(nowMs).toISOString().slice(0, 10);
}

function faultsIn(definition: CampaignDefinition, model: AccessModel): readonly Fault[] {
  const unknown = unknownNames(definition, model).map(({ path, what, name }): Fault => {
    return { pointer: `/definition/${path.join('/')}`, detail: `expected an ${what} of the access model, not ${name}` };
  });
  if (unknown.length > 0 || !matchesNothing(definition, model)) return unknown;
  const detail = 'expected a scope with something in it: no entitlement of the access model is all of this at once';
  return [{ pointer: '/definition/scope', detail }];
}

export interface Opening {
  /** An identity, or `schedule`. */
  readonly openedBy: string;
  readonly reason?: string | undefined;
  readonly actor: Actor;
}

/** Two who begin at the same time begin one. Whoever died before its execution was started has it started by the next. */
export async function beginCampaign(
  dependencies: BeginningDependencies,
  { campaignId, definition, rule }: NamedCampaign,
  { openedBy, reason, actor }: Opening,
): Promise<Campaign> {
  const { campaigns, modelChanges, clock } = dependencies;
  const known = await campaigns.findCampaign(campaignId);
  if (known !== undefined) return started(dependencies, known);
  const model = dependencies.model();
  await modelChanges.saveModel(model);
  const begunMs = clock();
  const { hash: modelHash } = model;
  const before = rule === undefined ? undefined : await lastOf(campaigns, rule);
  const campaign: Campaign = {
    ...{ campaignId, definition, rule, state: 'opening', openedBy, reason, begunMs, modelHash },
    hash: sha256Hex(canonicalJson({ campaignId, definition, begunMs, modelHash })),
    ...(before && { baselineMs: before.begunMs }),
    ...{ people: 0, counts: NOTHING_COUNTED, revision: 1 },
  };
  const begun = { type: 'review-campaign-begun', campaignId, ...(reason !== undefined && { reason }) } as const;
  const isFirst = await campaigns.beginCampaign(campaign, [campaignEntry(campaign, begunMs, actor, begun)]);
  if (isFirst) return started(dependencies, campaign);
  const other = await campaigns.findCampaign(campaignId);
  if (other === undefined) throw new ConflictError('The campaign is being begun by somebody else.');
  return started(dependencies, other);
}

/** Whoever is not open after so long has died. */
const OPENED_WITHIN_MS = 3_600_000;

/** Has it opened, where it is not. */
export async function started(
  { workflow, clock }: Pick<BeginningDependencies, 'workflow' | 'clock'>,
  campaign: Campaign,
): Promise<Campaign> {
  const attempt = Math.max(0, Math.floor((clock() - campaign.begunMs) / OPENED_WITHIN_MS));
  if (campaign.state === 'opening') await workflow.start(campaign.campaignId, attempt);
  return campaign;
}

const CAMPAIGNS_AT_ONCE = 25;
/** One of every month for years. */
const MAXIMUM_PAGES = 20;

/** The latest of that rule that was opened: what came after it began is gained. */
export async function lastOf(
  campaigns: Pick<CampaignStore, 'listCampaigns'>,
  rule: string,
): Promise<Campaign | undefined> {
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await campaigns.listCampaigns({ limit: CAMPAIGNS_AT_ONCE, after });
    const found = items.find((one) => one.rule === rule && one.population !== undefined);
    if (found !== undefined || next === undefined) return found;
    after = next;
  }
  return undefined;
}
