// What became of one HR event: whether it waits, counts, or was taken back, and whether the systems have followed.
import { type HrEventOutcomeAnswer, hrEventRoutes } from '../../api/hr-events.ts';
import { NotFoundError } from '../../core/errors.ts';
import { effectiveInstantsOf } from '../../core/identity/effective-instant.ts';
import { type Fact, factIdOf } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity, findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';

const ROUTE = hrEventRoutes['get-hr-event'];

export const getHrEvent = answerOperator(ROUTE, async (dependencies: ApiDependencies, { query: { source, id } }) => {
  const accepted = await dependencies.facts.findAcceptedEvent(source, id);
  const told = accepted && (await findIdentity(dependencies, accepted.identityId));
  const fact = told?.timeline.facts.find(({ factId }) => factId === factIdOf(source, id));
  if (told === undefined || fact === undefined) throw new NotFoundError('No such event was accepted.');
  const { mergedInto } = told.timeline;
  const counting = mergedInto === undefined ? told : await findWhereItCounts(dependencies, mergedInto);
  const body = present(fact, counting ?? told, { source, eventId: id });
  return { status: 200, shows: [body.identityId], body, log: { identityId: body.identityId } };
});

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

export const handler = serveApi(ROUTE, () => getHrEvent(liveApiDependencies()));
