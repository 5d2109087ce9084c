// Records what comparing a snapshot with what is known brought: what takes access from nobody at once, the rest after
// the mass-error guard has judged all of it. Recording it again changes nothing.
import { type Fault, InvalidInputError } from '../../core/errors.ts';
import { type FeedEvent, inSnapshot } from '../../core/hr/person-snapshot.ts';
import { stampAuthority } from '../../core/identity/authority.ts';
import { buildTimeline, type Timeline } from '../../core/identity/timeline.ts';
import { type AppendDependencies, appendFact } from '../shared/append-fact.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { findBeyondReach } from './beyond-reach.ts';
import { type Delivery, type GuardDependencies, guardDelivery } from './guard-delivery.ts';

export interface RecordDependencies extends AppendDependencies, GuardDependencies {}

/** The hold in which the event waits, if it does. */
export async function recordFeedEvent(
  dependencies: AppendDependencies & Pick<RecordDependencies, 'precedence'>,
  { fact, payloadHash }: FeedEvent,
  holdId?: string,
): Promise<string | undefined> {
  const stamped = stampAuthority(fact, dependencies.precedence);
  const { held } = await appendFact(dependencies, holdId === undefined ? stamped : { ...stamped, held: holdId }, {
    payloadHash,
    actor: { type: 'hr-source', id: fact.source },
  });
  return held;
}

/**
 * All of one identity's events, in the order they were said; one that cannot be recorded keeps no later one out.
 *
 * @returns the hold in which any of them waits
 */
export async function recordGuarded(
  dependencies: RecordDependencies,
  delivery: Omit<Delivery, 'facts'>,
  events: readonly FeedEvent[],
): Promise<string | undefined> {
  const faults = await faultsOfReach(dependencies, delivery.source, events);
  if (faults.length > 0) throw new InvalidInputError(`${delivery.source} may not speak of everybody`, faults);
  const holds = await guardDelivery(dependencies, { ...delivery, facts: events.map(({ fact }) => fact) });
  let heldIn: string | undefined;
  let refused: InvalidInputError | undefined;
  for (const event of events) {
    try {
      heldIn = (await recordFeedEvent(dependencies, event, holds.get(event.fact.factId))) ?? heldIn;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      refused = error;
    }
  }
  if (refused !== undefined) throw refused;
  return heldIn;
}

/** What is wrong with these where the source may not speak of their identity; pointers name attributes. */
export async function faultsOfReach(
  dependencies: Pick<RecordDependencies, 'facts' | 'directory' | 'clock' | 'precedence'>,
  source: string,
  events: readonly FeedEvent[],
): Promise<readonly Fault[]> {
  const facts = events.map(({ fact }) => fact);
  const [faults = []] = (await findBeyondReach(dependencies, source, facts)).values();
  return faults.map((fault) => ({ ...fault, pointer: inSnapshot(fault.pointer) }));
}

export interface Known {
  /** Where what is said of them counts: the survivor's id, when theirs was merged into another. */
  readonly identityId: string;
  readonly timeline: Timeline;
  /** 0: nothing is known. */
  readonly version: number;
  readonly nowMs: number;
}

/** What is known of somebody, who may be unknown, and the time by which it is judged. */
export async function loadKnown(dependencies: AppendDependencies, identityId: string): Promise<Known> {
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return { identityId, timeline: buildTimeline([]), version: 0, nowMs: dependencies.clock() };
  const { record, timeline, nowMs } = loaded;
  if (timeline.mergedInto !== undefined) return await loadKnown(dependencies, timeline.mergedInto);
  return { identityId, timeline, version: record.header.version, nowMs };
}
