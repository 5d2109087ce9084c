// How many have lost access lately, whoever took it from them: so many are asked about before more do (core/hr/mass-error-guard.ts).
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import {
  disablingOf,
  type HoldReason,
  judge,
  type MassErrorGuardSettings,
  massErrorGuardSchema,
  needsPopulation,
  type Population,
  sumOf,
  type Taking,
} from '../../core/hr/mass-error-guard.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import type { CountedPopulation, HoldStore, PopulationCount } from '../../stores/holds/hold-store.ts';
import type { Dependencies } from './dependencies.ts';

const COUNT_PAGE = 1_000;
/** Of one judgement, for which a source waits: whoever judges next counts on. */
const MAXIMUM_COUNT_PAGES = 50;
const MINUTE_MS = 60_000;

export function deployedGuardSettings(): MassErrorGuardSettings {
  return massErrorGuardSchema.parse(JSON.parse(fromEnvironment('massErrorGuard')));
}

/** What it takes to judge, and not to hold. */
export type JudgeDependencies = Pick<Dependencies, 'directory' | 'clock'> & {
  readonly guard: { readonly settings: MassErrorGuardSettings; readonly holds: HoldStore };
};

export interface JudgedDelivery {
  /** The same when delivered again. */
  readonly deliveryId: string;
  /** Held whatever the counts, where it takes access from anybody at all. @default only the counts decide */
  readonly doubt?: { readonly rule: 'unreadable-rows'; readonly count: number } | undefined;
}

export interface Losing {
  /** As the source calls it, which is not where the fact counts when the id was merged into another. */
  readonly identityId: string;
  readonly extent: Taking['loss']['extent'];
  readonly applications: readonly string[];
  /** Those that take its access. */
  readonly facts: readonly Fact[];
}

/** Noted before it is counted, so that of two deliveries at the same time at least one sees both. */
export async function reasonToHold(
  dependencies: JudgeDependencies,
  { deliveryId, doubt }: JudgedDelivery,
  losing: readonly Losing[],
  isNoted = true,
): Promise<HoldReason | undefined> {
  const { clock, guard } = dependencies;
  const { settings, holds } = guard;
  const nowMs = clock();
  const windowMs = settings.windowMinutes * MINUTE_MS;
  const people = losing.map(({ identityId, extent, applications }) => ({ identityId, extent, applications }));
  const disabling = disablingOf(deliveryId, nowMs, people);
  if (isNoted) await holds.noteDisabling(disabling, nowMs + 2 * windowMs);
  if (doubt !== undefined) return { ...doubt, threshold: 1 };
  // Each delivery takes all or some access from at least one, so that many are enough to know.
  const limit = 2 * settings.maximumIdentities + 1;
  const { items: lately, isWhole } = await holds.listDisabling(nowMs - windowMs, limit);
  // Of a window that was not read whole, nobody can tell whether those left out are others: each counts anew.
  const known = isWhole ? lately : lately.map(({ people: _left, ...counts }) => counts);
  const sum = sumOf([...known, disabling], settings, nowMs);
  const population = needsPopulation(sum, settings) ? await findPopulation(dependencies, nowMs) : undefined;
  const judgement = judge(sum, settings, population);
  return judgement.verdict === 'hold' ? judgement.reason : undefined;
}

/** Undefined, and it is noted: one more may be kept out. What is refused is not noted, since it takes nothing from anybody. */
export async function reasonNotToSuspend(
  dependencies: JudgeDependencies,
  { identityId, applications = [] }: Pick<IdentityHeader, 'identityId' | 'applications'>,
): Promise<HoldReason | undefined> {
  const losing = [{ identityId, extent: 'all', applications, facts: [] }] as const;
  const delivery = { deliveryId: `suspension:${identityId}` };
  return (
    (await reasonToHold(dependencies, delivery, losing, false)) ?? (await reasonToHold(dependencies, delivery, losing))
  );
}

/**
 * Where one judgement does not come to the end, what was counted last is gone by meanwhile, however long ago; where nothing was,
 * what was counted so far, which errs towards asking a person.
 */
async function findPopulation({ directory, guard }: JudgeDependencies, nowMs: number): Promise<Population> {
  const { holds, settings } = guard;
  const known = await holds.findPopulation();
  if (known !== undefined && known.countedMs > nowMs - settings.windowMinutes * MINUTE_MS) return known;
  const { after, ...counted } = await countOn(directory, known?.going);
  const isFirst = known === undefined || known.countedMs === 0;
  const { employed, applications, countedMs } = isFirst ? { ...counted, countedMs: 0 } : known;
  const population: CountedPopulation =
    after === undefined
      ? { ...counted, countedMs: nowMs }
      : { employed, applications, countedMs, going: { ...counted, after } };
  await holds.savePopulation(population);
  return population;
}

async function countOn(
  directory: JudgeDependencies['directory'],
  going: PopulationCount | undefined,
): Promise<Population & Partial<PopulationCount>> {
  let employed = going?.employed ?? 0;
  const holders = new Map(Object.entries(going?.applications ?? {}));
  let after = going?.after;
  for (let page = 1; page <= MAXIMUM_COUNT_PAGES; page += 1) {
    const { items, next } = await directory.listIdentities({ limit: COUNT_PAGE, after });
    for (const { summary, applications = [] } of items) {
      if (summary.status !== 'active' && summary.status !== 'suspended') continue;
      employed += 1;
      for (const id of applications) holders.set(id, (holders.get(id) ?? 0) + 1);
    }
    after = next;
    if (after === undefined) break;
  }
  return { employed, applications: Object.fromEntries(holders), ...(after !== undefined && { after }) };
}
