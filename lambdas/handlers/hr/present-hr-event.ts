// What became of one HR event: whether it waits, counts, or was taken back, and whether the systems have followed.
import type { HrEventOutcomeAnswer } from '../../api/hr-events.ts';
import { effectiveInstantsOf } from '../../core/identity/effective-instant.ts';
import { type Fact, factIdOf } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';
import type { AcceptedEvent } from '../../stores/facts/fact-store.ts';
import { findWhereItCounts, type LoadedIdentity, type LoadingDependencies } from '../shared/load-identity.ts';

/** Undefined: whom it is about is not known any more. */
export async function presentHrEvent(
  dependencies: LoadingDependencies,
  { source, sourceEventId }: AcceptedEvent,
  told: LoadedIdentity | undefined,
): Promise<HrEventOutcomeAnswer | undefined> {
  const fact = told?.timeline.facts.find(({ factId }) => factId === factIdOf(source, sourceEventId));
  if (told === undefined || fact === undefined) return undefined;
  const { mergedInto } = told.timeline;
  const counting = mergedInto === undefined ? told : await findWhereItCounts(dependencies, mergedInto);
  return present(fact, counting ?? told, { source, eventId: sourceEventId });
}

function present(
  fact: Fact,
  { record, timeline, nowMs }: LoadedIdentity,
  place: Pick<HrEventOutcomeAnswer, 'source' | 'eventId'>,
): HrEventOutcomeAnswer {
  const { identityId = fact.identityId, settledMs } = record.header;
  const effectiveMs = effectiveInstantsOf(timeline)(fact);
  return {
    ...place,
    identityId: fact.about ?? fact.identityId,
    countsFor: identityId === fact.identityId ? undefined : identityId,
    type: fact.type,
    recordedAt: toIso(fact.recordedMs),
    receivedAt: toIso(fact.receivedMs),
    effectiveAt: 'effectiveAt' in fact ? fact.effectiveAt : undefined,
    effectiveInstant: effectiveMs === undefined ? undefined : toIso(effectiveMs),
    outcome: outcomeOf(fact, { record, timeline, nowMs }, effectiveMs),
    hold: fact.held,
    takenBackBy: timeline.rescinded.get(fact.factId),
    settledAt: settledMs === undefined ? undefined : toIso(settledMs),
    openTasks: record.tasks.filter(({ status }) => status === 'open').length,
  };
}

function outcomeOf(
  { factId, held }: Fact,
  { record: { header }, timeline, nowMs }: Pick<LoadedIdentity, 'record' | 'timeline' | 'nowMs'>,
  effectiveMs: number | undefined,
): HrEventOutcomeAnswer['outcome'] {
  const decision = timeline.facts.find(
    (fact) => (fact.type === 'hold-released' || fact.type === 'hold-dropped') && fact.hold === held,
  );
  if (held !== undefined && decision === undefined) return 'held';
  if (held !== undefined && decision?.type === 'hold-dropped') return 'dropped';
  if (timeline.rescinded.has(factId)) return 'taken-back';
  if (timeline.outweighed.has(factId)) return 'outweighed';
  if (effectiveMs !== undefined && effectiveMs > nowMs) return 'to-come';
  if (header.escalation !== undefined) return 'stuck';
  return header.settledVersion === header.version ? 'done' : 'being-worked-on';
}
