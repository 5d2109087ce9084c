// A rule of one's own over the lake of activity, as it is deployed: what it asks, and what is made of a record that it finds. What
// is found is judged as every detection's findings are: whose it was, what follows, once a day, unless nobody wants to hear of it.
import type { ActivityRecord } from './activity.ts';
import { hourOf, recordKey } from './activity-lake.ts';
import type { Detection } from './detection.ts';

export interface SigmaRule extends Omit<Detection, 'judge' | 'runbook'> {
  /** Whose access is in doubt. */
  readonly about: 'actor' | 'target';
  /** Of Athena; its question marks are those of `windowParameters`. */
  readonly sql: string;
}

/** An alert names it so, and so do settings and mutes. */
export function sigmaId(name: string): string {
  return `sigma-${name}`;
}

const RUNBOOK_PAGE = 'rule-of-your-own';

/** @param found recordKey of each that its query found */
export function detectionOf({ about, sql: _sql, ...rule }: SigmaRule, found: ReadonlySet<string>): Detection {
  return {
    ...rule,
    runbook: RUNBOOK_PAGE,
    judge: (record: ActivityRecord) =>
      found.has(recordKey(record)) && (about === 'actor' || record.target !== undefined)
        ? { about, because: `The rule “${rule.title}” matched.`, evidence: { rule: rule.id } }
        : undefined,
  };
}

/** Of one rule and run. A rule that finds more says what is ordinary. */
export const MAXIMUM_FOUND = 1_000;
/** With as many that the window before had as well. */
export const MAXIMUM_ROWS = 2 * MAXIMUM_FOUND;

/** Where one rule goes on. */
export interface RulePosition {
  /** All that was put into the lake by then was asked for (epoch ms). */
  readonly untilMs: number;
  /** Records that were found near it: the next window begins before it, and counts them no more. */
  readonly seen: readonly string[];
}

export interface RuleWindow {
  readonly fromMs: number;
  readonly untilMs: number;
  /** There is more to ask for after it. */
  readonly isBehind: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Rows have the time at which their writing began, which takes two minutes at most. */
export const OVERLAP_MS = 5 * MINUTE_MS;
/** So far a rule looks back when it runs for the first time. */
const FIRST_MS = DAY_MS;
/** A query reads no more hours than these; whoever is further behind catches up run by run. */
const MAXIMUM_MS = 2 * DAY_MS;

/** By when rows were put into the lake, not by when things happened: what comes late is asked for as well. */
export function windowOf(position: RulePosition | undefined, nowMs: number): RuleWindow {
  const sinceMs = position?.untilMs ?? nowMs - FIRST_MS;
  const untilMs = Math.min(nowMs, sinceMs + MAXIMUM_MS);
  return { fromMs: sinceMs - OVERLAP_MS, untilMs, isBehind: untilMs < nowMs };
}

/** In place of the question marks of a rule: literals of Athena's SQL. */
export function windowParameters({ fromMs, untilMs }: RuleWindow): readonly string[] {
  return [`'${hourOf(fromMs)}'`, `'${hourOf(untilMs)}'`, String(fromMs), String(untilMs)];
}

/** Afterwards: of the records that were found, those that the next window has once more. */
export function positionAfter(
  { untilMs }: RuleWindow,
  found: readonly { readonly key: string; readonly loggedMs: number }[],
): RulePosition {
  const again = found.filter(({ loggedMs }) => loggedMs >= untilMs - OVERLAP_MS);
  return { untilMs, seen: [...new Set(again.map(({ key }) => key))] };
}
