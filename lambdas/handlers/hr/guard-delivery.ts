// Asks the mass-error guard about all of a delivery before any of it is written. What it holds is recorded with the
// hold's id, and therefore safe, but without effect until a person releases it (core/identity/held-facts.ts).
//
// What this costs: an event of a kind that can take access away, a joiner's and a mover's among them, costs a read of its
// identity and, if it does, a read of what it owns, a write and a read of the window. The population is counted only when more than `neverHeld`
// lose access within a window: 1,000 headers a page, at most 50 pages, kept for as long as the window.
import { sha256Hex } from '../../core/canonical-json.ts';
import { RetryableError } from '../../core/errors.ts';
import {
  type HoldReason,
  type MassErrorGuardSettings,
  mayTakeAccess,
  takingOf,
} from '../../core/hr/mass-error-guard.ts';
import type { Fact } from '../../core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../core/identity/source-precedence.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold, HoldStore } from '../../stores/holds/hold-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { openedEntry } from '../shared/hold-entries.ts';
import {
  deployedGuardSettings,
  type JudgeDependencies,
  type JudgedDelivery,
  type Losing,
  reasonToHold,
} from '../shared/judge-losses.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { newOf, onceTold, ownedLosing, ownersThen } from './owned-losing.ts';

const CONCURRENT_IDENTITIES = 10;
/** One transaction's: DynamoDB takes 100 items, the check of the hold among them. */
const HELD_AT_ONCE = 50;
/** Holds of one source within one window, each but the last decided already. */
const MAXIMUM_HOLDS = 20;
const MINUTE_MS = 60_000;

export interface Guard {
  readonly settings: MassErrorGuardSettings;
  readonly holds: HoldStore;
  readonly alert: SendAlert;
}

export function liveGuard(): Guard {
  return { settings: deployedGuardSettings(), holds: dynamoHoldStore(), alert: snsAlerts() };
}

export type GuardDependencies = Pick<Dependencies, 'directory' | 'clock' | 'model'> & {
  readonly guard: Guard;
  /** How much each source's word counts: what counts for nothing takes nothing away, and the other way round. */
  readonly precedence: HrSourcePrecedence;
};

export type JudgeDeliveryDependencies = JudgeDependencies & Pick<GuardDependencies, 'model' | 'precedence'>;

export interface Delivery extends JudgedDelivery {
  readonly source: string;
  readonly facts: readonly Fact[];
  /** The last part of the hold's id, for a delivery with a hold of its own. @default the source's of this window */
  readonly ownHold?: string | undefined;
}

/** Fact id → the hold it must wait in; empty when all may have effect. */
export async function guardDelivery(
  dependencies: GuardDependencies,
  delivery: Delivery,
): Promise<ReadonlyMap<string, string>> {
  const losing = await findLosing(dependencies, delivery.facts);
  if (losing.length === 0) return new Map();
  const reason = await reasonToHold(dependencies, delivery, losing);
  if (reason === undefined) return new Map();
  // What somebody owns loses by what is told of them: it waits with that, and nothing of its own does.
  const identityIds = losing.filter(({ facts }) => facts.length > 0).map(({ identityId }) => identityId);
  const holdId = await putIntoHold(dependencies, delivery, reason, identityIds);
  const facts = losing.flatMap((one) => one.facts);
  return new Map(facts.map(({ factId }) => [factId, holdId]));
}

/** Why guardDelivery would hold any of it; undefined when it would not. Nothing is noted. */
export async function reasonThatWouldHold(
  dependencies: JudgeDeliveryDependencies,
  delivery: Delivery,
): Promise<HoldReason | undefined> {
  const losing = await findLosing(dependencies, delivery.facts);
  return losing.length === 0 ? undefined : await reasonToHold(dependencies, delivery, losing, false);
}

async function findLosing(dependencies: JudgeDeliveryDependencies, facts: readonly Fact[]): Promise<readonly Losing[]> {
  const byIdentity = new Map<string, Fact[]>();
  for (const fact of facts) byIdentity.set(fact.identityId, [...(byIdentity.get(fact.identityId) ?? []), fact]);
  const told = { byIdentity, precedence: dependencies.precedence };
  const then = onceTold(dependencies, told);
  const candidates = [...byIdentity].filter(([, ofIdentity]) => ofIdentity.some(mayTakeAccess));
  const found = await mapBounded(candidates, CONCURRENT_IDENTITIES, async ([identityId]): Promise<Losing[]> => {
    const loaded = await findWhereItCounts(dependencies, identityId);
    if (loaded === undefined) return [];
    const { record, nowMs } = loaded;
    const fresh = newOf(record, [identityId], told);
    const taking = takingOf(record.facts, fresh, dependencies.model(), nowMs, await ownersThen(then, loaded, fresh));
    if (taking === undefined) return [];
    const { loss, facts: taken } = taking;
    const owned = await ownedLosing(then, loaded, buildTimeline([...record.facts, ...fresh]));
    // Whoever is cut off loses what there is, whatever gave it.
    const applications = loss.extent === 'all' ? (record.header.applications ?? []) : loss.applications;
    return [{ identityId, extent: loss.extent, applications, facts: taken }, ...owned];
  });
  return found.flat();
}

/** Into the source's open hold, or a new one. Somebody has been told before the delivery is answered. */
async function putIntoHold(
  { clock, guard }: GuardDependencies,
  { source, ownHold }: Delivery,
  reason: HoldReason,
  identityIds: readonly string[],
): Promise<string> {
  const { holds, settings } = guard;
  const windowMs = settings.windowMinutes * MINUTE_MS;
  const openedMs = clock();
  const begin = toIso(Math.floor(openedMs / windowMs) * windowMs);
  const name =
    ownHold === undefined ? `${begin.slice(0, 16).replaceAll(/[-:]/g, '')}.${source}` : `${ownHold}.${source}`;
  for (let number = 1; number <= MAXIMUM_HOLDS; number += 1) {
    const holdId = `${name}.${number}`;
    const opening = { holdId, source, openedMs, reason, status: 'open', alerted: false } as const;
    const hold = await holds.openHold(opening, [openedEntry(opening)]);
    if (hold.status !== 'open' || !(await addAll(holds, holdId, identityIds))) continue;
    if (!hold.alerted) {
      await guard.alert(alertOf(hold, settings));
      await holds.markAlerted(holdId);
    }
    return holdId;
  }
  throw new RetryableError(`${MAXIMUM_HOLDS} holds of ${source} were decided within one window`);
}

/** An identity that was added before the decision is decided with the others, whether or not its fact gets here. */
async function addAll(holds: HoldStore, holdId: string, identityIds: readonly string[]): Promise<boolean> {
  for (let start = 0; start < identityIds.length; start += HELD_AT_ONCE) {
    if (!(await holds.addHeld(holdId, identityIds.slice(start, start + HELD_AT_ONCE)))) return false;
  }
  return true;
}

function alertOf({ holdId, source, reason }: Hold, { windowMinutes }: MassErrorGuardSettings) {
  const { count, threshold } = reason;
  const where = reason.rule === 'application' ? ` in the application ${reason.applicationId}` : '';
  const what =
    reason.rule === 'unreadable-rows'
      ? `A file of ${source} lacks identities, and ${count} of its rows could not be read at all.`
      : `${source} would take access from ${count} identities${where} within ${windowMinutes} minutes; from ${threshold} on they are held.`;
  return {
    subject: `Tenure holds events of ${source}`,
    message: [
      what,
      `They are safe, and have no effect until somebody decides. Hold: ${holdId}`,
      `GET /holds/${holdId} names the identities; POST /holds/${holdId}/release or /drop decides.`,
      'Runbook: docs/runbook/mass-change-held.md',
    ].join('\n'),
  };
}

/** One event is its own delivery; a batch is that of its events, in whatever order. */
export function deliveryIdOf(facts: readonly Fact[]): string {
  const ids = facts.map(({ factId }) => factId).sort();
  return ids.length === 1 ? (ids[0] as string) : `batch:${sha256Hex(JSON.stringify(ids))}`;
}
