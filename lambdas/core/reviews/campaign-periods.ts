// When a campaign of the access model is due: in periods that follow each other from its first day on, in UTC. One period, one
// campaign: its id is made of the two, so that whoever opens it a second time finds it.
import type { CampaignInterval, CampaignRule } from '../access-model/campaign-rules.ts';
import { sha256Hex } from '../canonical-json.ts';

const MONTHS: Readonly<Record<CampaignInterval, number>> = { month: 1, quarter: 3, 'half-year': 6, year: 12 };

/** Of the period in which the instant lies (RFC 3339 full-date). Undefined: it has none, or its first day is to come. */
export function periodOf({ every, firstDay }: Pick<CampaignRule, 'every' | 'firstDay'>, nowMs: number) {
  if (every === undefined || firstDay === undefined) return undefined;
  const first = new Date(`${firstDay}T00:00:00Z`);
  if (nowMs < first.getTime()) return undefined;
  const now = new Date(nowMs);
  const since = 12 * (now.getUTCFullYear() - first.getUTCFullYear()) + now.getUTCMonth() - first.getUTCMonth();
  const periods = Math.floor(since / MONTHS[every]);
  const begins = dayInMonth(first, periods * MONTHS[every]);
  // On the 31st of a month begins what would on a day that this month does not have, and before it the period before.
  return toDay(begins.getTime() <= nowMs ? begins : dayInMonth(first, (periods - 1) * MONTHS[every]));
}

function dayInMonth(first: Date, months: number): Date {
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(first.getUTCDate(), lastDay)));
}

function toDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** `2026-10-01.privileged-access`: what sorts by time, and may be part of an execution's name. */
export function campaignIdOf(ruleId: string, period: string): string {
  return `${period}.${ruleId}`;
}

const MAXIMUM_SLUG = 30;

/** Of one that has a definition of its own, in canonical JSON: the same on the same day is the same. */
export function ownCampaignId(name: string, definition: string, nowMs: number): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAXIMUM_SLUG)
    .replaceAll(/^-|-$/g, '');
  const hash = sha256Hex(definition).slice(0, 8);
  return `${toDay(new Date(nowMs))}.${slug === '' ? hash : `${slug}-${hash}`}`;
}
