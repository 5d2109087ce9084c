// What a campaign comes to by time alone: the next stage, its end, and when it is over. One thing at a time, so that whoever dies
// in the middle of one goes on with it.
import type { Campaign, CampaignWalk, MovedDeadline } from './campaign.ts';

/** What is to be done now. Undefined: nothing, but for counting. */
export type CampaignStep =
  | { readonly do: 'walk'; readonly walk: CampaignWalk }
  | { readonly do: 'tell'; readonly stage: number }
  /** Whoever is above those who have not answered is told, and security. */
  | { readonly do: 'escalate'; readonly stage: number }
  | { readonly do: 'close' };

export function stepOf(campaign: Campaign, nowMs: number): CampaignStep | undefined {
  const { state, walk, dueMs = [], stage = 0, toldStage = -1, escalatedStage = -1 } = campaign;
  if (state !== 'open' && state !== 'closing') return undefined;
  if (walk !== undefined) return { do: 'walk', walk };
  const lastMs = dueMs.at(-1) ?? 0;
  const isOver = nowMs >= lastMs;
  if (state === 'open' && !isOver && nowMs >= (dueMs[stage] ?? 0)) return { do: 'walk', walk: { what: 'staging' } };
  if (state === 'open' && isOver) return { do: 'walk', walk: { what: 'counting' } };
  if (state === 'open' && toldStage < stage) return { do: 'tell', stage };
  if (state === 'open' && escalatedStage < stage && nowMs >= stageSpan(campaign).escalatesMs)
    return { do: 'escalate', stage };
  return state === 'closing' ? { do: 'close' } : undefined;
}

const HOUR_MS = 3_600_000;
const ESCALATE_HOURS = 48;

export interface StageSpan {
  /** Epoch ms. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** When it is told that somebody has not answered. */
  readonly escalatesMs: number;
}

/** Of the stage that is open. */
export function stageSpan({
  definition,
  stage = 0,
  dueMs = [],
  begunMs,
  openedMs = begunMs,
}: Pick<Campaign, 'definition' | 'stage' | 'dueMs' | 'begunMs' | 'openedMs'>): StageSpan {
  const untilMs = dueMs[stage] ?? 0;
  const fromMs = stage === 0 ? openedMs : (dueMs[stage - 1] ?? openedMs);
  const { escalateHours = ESCALATE_HOURS } = definition;
  const halfMs = fromMs + (untilMs - fromMs) / 2;
  return { fromMs, untilMs, escalatesMs: Math.ceil(Math.max(untilMs - escalateHours * HOUR_MS, halfMs)) };
}

/** The stage that is open, from 0. */
export function openStage({ dueMs = [] }: Pick<Campaign, 'dueMs'>, nowMs: number): number {
  const open = dueMs.findIndex((one) => nowMs < one);
  return open === -1 ? Math.max(0, dueMs.length - 1) : open;
}

/** Once everybody has been seen to. */
export function afterWalk(campaign: Campaign, nowMs: number): Campaign {
  const { walk, ...left } = campaign;
  if (walk === undefined) return left;
  switch (walk.what) {
    case 'moving':
      return { ...left, ...(walk.moving && { dueMs: walk.moving.dueMs }) };
    case 'staging':
      return { ...left, stage: openStage(campaign, nowMs) };
    case 'counting':
      return { ...left, state: 'closing' };
    default:
      return walk.what satisfies never;
  }
}

const DAY_MS = 24 * HOUR_MS;
/** What is later is another campaign. */
const LATEST_MS = 365 * DAY_MS;
/** So many people's deadlines are moved in a second, at least: who asks later than that has some end before it is moved. */
const MOVED_PER_SECOND = 20;

/** Stages after the one that is open keep their length. Or why it cannot be, as a sentence. */
export function movedDeadlines(
  campaign: Pick<Campaign, 'state' | 'dueMs' | 'walk' | 'people'>,
  dueMs: number,
  nowMs: number,
): readonly number[] | string {
  const { state, dueMs: known = [], walk, people } = campaign;
  const stage = openStage({ dueMs: known }, nowMs);
  const currentMs = known[stage];
  if (state !== 'open' || currentMs === undefined || nowMs >= currentMs) return 'The campaign is not open.';
  if (walk !== undefined) return 'Something is done to everybody in it just now: try again in a while.';
  if (dueMs < nowMs + HOUR_MS) return 'It is over by then, or nearly: expected an hour from now, or later.';
  if (dueMs > nowMs + LATEST_MS) return 'It is too late: expected a year from now at the latest.';
  if (currentMs - nowMs < (people / MOVED_PER_SECOND) * 1_000) {
    return 'It is due too soon for everybody to be told before: what nobody answered ends then.';
  }
  return known.map((one, index) => (index < stage ? one : one + dueMs - currentMs));
}

export function movingOf(moving: MovedDeadline): CampaignWalk {
  return { what: 'moving', moving };
}
