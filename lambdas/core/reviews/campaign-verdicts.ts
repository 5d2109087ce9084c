// What of a population needs an answer, and what is settled by the policy that the campaign states. The policy settles what is
// unchanged, held for a live reason and in use; everything else is asked, with why.
import type { CampaignDefinition } from '../access-model/campaign-rules.ts';
import { sha256Hex } from '../canonical-json.ts';
import {
  ASKED_BECAUSE,
  type AskedBecause,
  type Campaign,
  type CampaignCounts,
  type Peers,
  SECURITY,
  type SettledBecause,
} from './campaign.ts';
import type { Plant, PopulationItem, PopulationLine } from './campaign-population.ts';

const DAY_MS = 86_400_000;
/** Of fewer it cannot be said what is usual. */
const FEWEST_PEERS = 5;
const UNUSUAL_SHARE = 0.1;

/** What is judged of an item of the population. Of what is asked, by whom first. */
export type ItemVerdict = {
  readonly entitlement: string;
  readonly peers?: Peers | undefined;
  /** Epoch ms, as it was known when the population was fixed. */
  readonly lastUsedMs?: number | undefined;
  /** That is when anything was used in its application. */
  readonly useApproximate?: true | undefined;
  /** It is settled though nothing is known of its last use. */
  readonly useUnknown?: true | undefined;
  /** Nobody holds it: it is asked to see whether a reviewer looks. */
  readonly planted?: true | undefined;
} & (
  | { readonly asked: readonly AskedBecause[]; readonly reviewer: string }
  | { readonly settled: SettledBecause; readonly excluded?: { readonly reason: string; readonly by: string } }
);

export interface VerdictLine {
  readonly subject: string;
  readonly verdicts: readonly ItemVerdict[];
}

/** How many of those who do the same job there are, and have something. */
export class PeerCounts {
  readonly #groups = new Map<string, { people: number; readonly holders: Map<string, number> }>();

  add({ peers, items, left }: Pick<PopulationLine, 'peers' | 'items' | 'left'>): void {
    if (left) return;
    const group = this.#groups.get(peers) ?? { people: 0, holders: new Map<string, number>() };
    this.#groups.set(peers, group);
    group.people += 1;
    for (const { entitlement } of items) group.holders.set(entitlement, (group.holders.get(entitlement) ?? 0) + 1);
  }

  /** @param isOneMore as if one of them had it who does not. @default false */
  of(peers: string, entitlement: string, isOneMore = false): Peers | undefined {
    const group = this.#groups.get(peers);
    if (group === undefined) return undefined;
    return { n: (group.holders.get(entitlement) ?? 0) + (isOneMore ? 1 : 0), of: group.people };
  }
}

export interface Judging {
  readonly campaign: Pick<Campaign, 'definition' | 'hash' | 'begunMs' | 'baselineMs'>;
  readonly peers: PeerCounts;
  /** Pseudonym → the identity that an exclusion names. */
  readonly excluded: ReadonlyMap<string, string>;
}

export type Judged =
  | { readonly asked: readonly AskedBecause[] }
  | {
      readonly settled: SettledBecause;
      readonly useUnknown?: true;
      readonly excluded?: { readonly reason: string; readonly by: string };
    };

export function judgeItem(judging: Judging, line: PopulationLine, item: PopulationItem): Judged {
  const { definition } = judging.campaign;
  if (line.left) return { settled: 'left' };
  const exclusion = exclusionOf(definition, judging.excluded.get(line.subject), item.entitlement);
  if (exclusion !== undefined) {
    return { settled: 'excluded', excluded: { reason: exclusion.reason, by: exclusion.by } };
  }
  if (!item.inModel) return { settled: 'not-in-model' };
  if (item.askedIn !== undefined) return { settled: 'asked-elsewhere' };
  const because = becauseOf(judging, item, judging.peers.of(line.peers, item.entitlement));
  if (because.length > 0) return { asked: inOrder(item.privileged ? ['privileged', ...because] : because) };
  const { settled } = definition;
  if (settled === undefined) return { asked: item.privileged ? ['privileged', 'everything'] : ['everything'] };
  if (isDrawn(judging.campaign, line.subject, item.entitlement, settled.sampleShare)) return { asked: ['sampled'] };
  return { settled: 'unchanged', ...(!isUseKnown(item) && { useUnknown: true }) };
}

export function exclusionOf({ excluded }: CampaignDefinition, identityId: string | undefined, entitlement: string) {
  return excluded.find(
    (one) =>
      (one.identity === undefined || one.identity === identityId) &&
      (one.entitlement === undefined || one.entitlement === entitlement),
  );
}

function becauseOf(
  { campaign }: Pick<Judging, 'campaign'>,
  item: PopulationItem,
  usual: Peers | undefined,
): readonly AskedBecause[] {
  const { definition, begunMs, baselineMs } = campaign;
  const { usedWithinDays, unknownUse } = definition.settled ?? {};
  const sinceMs = Math.min(...item.reasons.map((one) => one.sinceMs));
  const reviewedMs = item.keptMs === undefined ? baselineMs : Math.max(item.keptMs, baselineMs ?? 0);
  const isExplained = item.reasons.length > 0;
  const isByJob = item.reasons.some(({ type }) => type === 'birthright');
  const isUnusual = usual !== undefined && usual.of >= FEWEST_PEERS && usual.n / usual.of < UNUSUAL_SHARE;
  const usedByMs = usedWithinDays === undefined ? undefined : begunMs - usedWithinDays * DAY_MS;
  const isUnused = usedByMs !== undefined && item.lastUsedMs !== undefined && item.lastUsedMs < usedByMs;
  return [
    ...((item.duties ?? []).length > 0 ? (['duties'] as const) : []),
    ...(isExplained ? [] : (['unexplained'] as const)),
    ...(isUnused ? (['unused'] as const) : []),
    ...(isUnusual ? (['unlike-peers'] as const) : []),
    ...(isExplained && reviewedMs !== undefined && sinceMs > reviewedMs ? (['gained'] as const) : []),
    ...(isExplained && reviewedMs === undefined && !isByJob ? (['never-reviewed'] as const) : []),
    ...(usedByMs !== undefined && !isUnused && !isUseKnown(item) && unknownUse === 'ask'
      ? (['use-unknown'] as const)
      : []),
  ];
}

/** That its application is in use says nothing of what is privileged in it. */
function isUseKnown({ lastUsedMs, useApproximate, privileged }: PopulationItem): boolean {
  return lastUsedMs !== undefined && !(privileged && useApproximate);
}

/** The riskiest first, each once. */
export function inOrder(because: readonly AskedBecause[]): readonly AskedBecause[] {
  return ASKED_BECAUSE.filter((one) => because.includes(one));
}

/** By chance, which is the campaign's own: whoever opens it cannot choose, and whoever checks it draws the same. */
function isDrawn({ hash }: Judging['campaign'], subject: string, entitlement: string, share: number): boolean {
  return share > 0 && shareOf(`${hash} sample ${subject} ${entitlement}`) < share;
}

/** By the same chance. @param candidates what may be planted about them; undefined: nothing is */
export function drawPlant<Candidate extends { readonly entitlement: string }>(
  { definition: { planted }, hash }: Pick<Campaign, 'definition' | 'hash'>,
  subject: string,
  candidates: readonly Candidate[],
): Candidate | undefined {
  if (planted === undefined || shareOf(`${hash} plant ${subject}`) >= planted.share) return undefined;
  return candidates[Math.floor(shareOf(`${hash} plant which ${subject}`) * candidates.length)];
}

/** How many were planted so far, of the most that may be. */
export class PlantBudget {
  #left: number;

  constructor({ planted }: Pick<CampaignDefinition, 'planted'>) {
    this.#left = planted?.maximum ?? 0;
  }

  /** Whether there was one left. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}

/** From 0 to just below 1. */
function shareOf(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 12), 16) / 0x1_0000_0000_0000;
}

/** How much each reviewer is asked about so far. */
export class ReviewerLoads {
  readonly #items = new Map<string, number>();
  readonly #maximum: number;
  /** Who would be asked about more, had those beyond not gone to somebody else. */
  readonly overloaded = new Set<string>();

  constructor(maximumPerReviewer: number) {
    this.#maximum = maximumPerReviewer;
  }

  /**
   * The first in order who can take so many items more. All of somebody's that the same people answer stay together, so whoever
   * is asked about nobody yet can. Security takes whatever nobody else can.
   */
  assign(reviewers: readonly string[], items: number): string {
    const able = reviewers.find((one) => {
      const before = this.#items.get(one) ?? 0;
      const isAble = one === SECURITY || before === 0 || before + items <= this.#maximum;
      if (!isAble) this.overloaded.add(one);
      return isAble;
    });
    const assigned = able ?? SECURITY;
    this.#items.set(assigned, (this.#items.get(assigned) ?? 0) + items);
    return assigned;
  }
}

/** Sorts the riskiest first: by the gravest of what is asked, then by how much of it there is. */
export function rankOf(because: readonly (readonly AskedBecause[])[]): string {
  const gravest = ASKED_BECAUSE.findIndex((one) => because.some((all) => all.includes(one)));
  const grave = because.filter((all) => all.includes(ASKED_BECAUSE[gravest] ?? 'everything')).length;
  return `${String(gravest).padStart(2, '0')}.${String(Math.max(0, 9_999 - grave)).padStart(4, '0')}`;
}

/** An item, or what is planted. */
type Judgeable = Pick<PopulationItem, 'entitlement' | 'reviewers' | 'lastUsedMs' | 'useApproximate'>;

/** As it would be had they it, and nobody knew why: what is planted tells itself apart by nothing. */
function askedAsHeld(judging: Judging, line: PopulationLine, plant: Plant): readonly AskedBecause[] {
  const item = { ...plant, inModel: true, reasons: [], held: true };
  const because = becauseOf(judging, item, judging.peers.of(line.peers, plant.entitlement, true));
  return inOrder(plant.privileged ? ['privileged', ...because] : because);
}

function isExcluded({ campaign, excluded }: Judging, { subject }: PopulationLine, { entitlement }: Plant): boolean {
  return exclusionOf(campaign.definition, excluded.get(subject), entitlement) !== undefined;
}

/** All of somebody's. Whoever answers is assigned by `loads`, which notes it. */
export function judgeLine(
  judging: Judging,
  line: PopulationLine,
  loads: ReviewerLoads,
  plants = new PlantBudget({}),
): VerdictLine {
  const judged: { readonly item: Judgeable; readonly verdict: Judged & Pick<ItemVerdict, 'planted'> }[] =
    line.items.map((item) => ({ item, verdict: judgeItem(judging, line, item) }));
  // Nobody is asked about for its sake alone.
  const { plant } = line;
  const isAsked = judged.some(({ verdict }) => 'asked' in verdict);
  if (plant !== undefined && isAsked && !isExcluded(judging, line, plant) && plants.take()) {
    judged.push({ item: plant, verdict: { asked: askedAsHeld(judging, line, plant), planted: true } });
  }
  const asked = new Map<string, readonly string[]>();
  const sizes = new Map<string, number>();
  for (const { item, verdict } of judged) {
    if (!('asked' in verdict)) continue;
    const key = item.reviewers.join(' ');
    asked.set(key, item.reviewers);
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  const assigned = new Map([...asked].map(([key, reviewers]) => [key, loads.assign(reviewers, sizes.get(key) ?? 0)]));
  const verdicts = judged.map(({ item, verdict }): ItemVerdict => {
    const { entitlement, reviewers } = item;
    const peers = judging.peers.of(line.peers, entitlement, 'planted' in verdict);
    const { lastUsedMs, useApproximate } = item;
    const described = {
      entitlement,
      ...(peers && { peers }),
      ...(lastUsedMs !== undefined && { lastUsedMs }),
      ...(useApproximate && { useApproximate }),
    };
    if (!('asked' in verdict)) return { ...described, ...verdict };
    const { asked: because, planted } = verdict;
    const reviewer = assigned.get(reviewers.join(' ')) ?? SECURITY;
    return { ...described, asked: because, reviewer, ...(planted && { planted }) };
  });
  return { subject: line.subject, verdicts };
}

type VerdictCounts = Pick<CampaignCounts, 'population' | 'settled' | 'excluded' | 'asked'>;

/** How many of what is asked nobody holds. */
export function countPlanted(lines: readonly VerdictLine[]): number {
  return lines.flatMap(({ verdicts }) => verdicts).filter(({ planted }) => planted).length;
}

export function countVerdicts(counts: VerdictCounts, lines: readonly VerdictLine[]): VerdictCounts {
  const all = lines.flatMap(({ verdicts }) => verdicts);
  const settled = all.flatMap((one) => ('settled' in one ? [one.settled] : []));
  return {
    population: counts.population + all.length,
    settled: counts.settled + settled.length,
    excluded: counts.excluded + settled.filter((one) => one === 'excluded').length,
    asked: counts.asked + all.length - settled.length,
  };
}
