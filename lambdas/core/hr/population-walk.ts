// How far the walk over the population has come that a change of the access model sets off. Everybody is looked at before
// anybody loses anything by the change; then it is known how many would, and the mass-error guard judges.
import * as z from 'zod';
import type { AccessChange } from '../access/model-change.ts';
import { type HoldReason, judge, type MassErrorGuardSettings } from './mass-error-guard.ts';

export const modelChangeSchema = z.strictObject({
  /** A change that takes access from more identities is reported, and takes nothing before somebody has released it. */
  maximumLosing: z.int().min(0).max(1_000_000).default(25),
  /** So many are converged in a minute, at most. */
  identitiesPerMinute: z.int().min(1).max(10_000).default(300),
});
export type ModelChangeSettings = z.infer<typeof modelChangeSchema>;

export interface PopulationWalk {
  /** Of the model that was deployed. */
  readonly modelHash: string;
  readonly startedMs: number;
  /** The hold, if it comes to one, and the list of those whom the change concerns. */
  readonly holdId: string;
  /** `gaining` and `losing`: those are being converged; `looking-again`: for whoever settled under another model meanwhile. */
  readonly step: 'looking' | 'gaining' | 'losing' | 'looking-again' | 'done';
  /** Undefined until everybody was looked at: nothing is taken away before. */
  readonly verdict?: 'held' | 'cleared' | 'dropped' | undefined;
  /** When it was (epoch ms). */
  readonly decidedMs?: number | undefined;
  /** Where the next page begins. */
  readonly after?: string | undefined;
  /** Since when somebody in it could not be read (epoch ms). */
  readonly stuckMs?: number | undefined;
  /** Raised with each writing. */
  readonly revision: number;
  readonly counts: WalkCounts;
}

export interface WalkCounts {
  readonly employed: number;
  /** Who is left without any access, and who keeps some. */
  readonly emptied: number;
  readonly reduced: number;
  /** Whom it concerns and takes nothing from. */
  readonly gaining: number;
  /** Application → how many have an account there, and how many of them would lose it. */
  readonly accounts: Readonly<Record<string, number>>;
  readonly closes: Readonly<Record<string, number>>;
}

export const NOTHING_COUNTED: WalkCounts = {
  employed: 0,
  emptied: 0,
  reduced: 0,
  gaining: 0,
  accounts: {},
  closes: {},
};

/** What was found out about one identity, or about so many alike. */
export interface Seen {
  /** @default 1 */
  readonly people?: number;
  readonly isEmployed: boolean;
  readonly applications: readonly string[];
  /** Undefined: the change does not concern it. */
  readonly change: Pick<AccessChange, 'keeps' | 'closes'> | undefined;
}

/** Of who cannot be read the worst is counted: all of it may be lost. */
export function unread(isEmployed: boolean, applications: readonly string[]): Seen {
  return { isEmployed, applications, change: { keeps: 'nothing', closes: applications } };
}

export function countSeen(counts: WalkCounts, seen: readonly Seen[]): WalkCounts {
  const changed = (keeps: AccessChange['keeps']) => sumOf(seen.filter(({ change }) => change?.keeps === keeps));
  const employed = seen.filter(({ isEmployed }) => isEmployed);
  return {
    employed: counts.employed + sumOf(employed),
    emptied: counts.emptied + changed('nothing'),
    reduced: counts.reduced + changed('some'),
    gaining: counts.gaining + changed('all'),
    accounts: countEach(counts.accounts, employed, ({ applications }) => applications),
    closes: countEach(counts.closes, seen, ({ change }) => change?.closes ?? []),
  };
}

function sumOf(seen: readonly Seen[]): number {
  return seen.reduce((sum, { people = 1 }) => sum + people, 0);
}

function countEach(
  counts: Readonly<Record<string, number>>,
  seen: readonly Seen[],
  idsIn: (one: Seen) => readonly string[],
): Readonly<Record<string, number>> {
  const counted = new Map(Object.entries(counts));
  for (const one of seen) {
    for (const id of idsIn(one)) counted.set(id, (counted.get(id) ?? 0) + (one.people ?? 1));
  }
  return Object.fromEntries(counted);
}

/** The reason to ask a person first; undefined: it is no more than the settings let pass. */
export function reasonToReport(
  { employed, emptied, reduced, accounts, closes }: WalkCounts,
  guard: MassErrorGuardSettings,
  { maximumLosing }: ModelChangeSettings,
): HoldReason | undefined {
  const count = emptied + reduced;
  if (count > maximumLosing) return { rule: 'model-change', count, threshold: maximumLosing + 1 };
  const sum = { deliveryId: 'model', atMs: 0, identities: emptied, reduced, applications: closes };
  const judgement = judge(sum, { ...guard, maximumIdentities: count }, { employed, applications: accounts });
  if (judgement.verdict === 'pass') return undefined;
  return { rule: 'model-change', count, threshold: Math.min(count, judgement.reason.threshold) };
}

/** `<instant>.access-model.<hash>`: sorts by time among the holds. */
export function walkHoldId(modelHash: string, startedMs: number): string {
  const instant = new Date(startedMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${instant}.access-model.${modelHash.replaceAll(/[^\w-]/g, '-').slice(0, 12)}`;
}

/** Whether a pass may take away what the deployed model no longer gives. */
export function isCleared(walk: PopulationWalk | undefined, modelHash: string): boolean {
  return walk?.modelHash === modelHash && walk.verdict === 'cleared';
}
