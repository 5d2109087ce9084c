// HR systems post what they have to say until it is taken in, and operators decide on what waits for them: both through
// the real routes, signed and with claims.
import { PEOPLE_KINDS } from '../../lambdas/core/identity/attributes.ts';
import { type Fact, factIdOf } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import type { Coverage } from './coverage.ts';
import { type Arrival, type History, MINUTE_MS } from './history.ts';
import type { Invariants } from './invariants.ts';
import type { Random } from './random.ts';
import { SECURITY, type World } from './world.ts';

export interface Surroundings {
  readonly aside: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
}

/** As an HR system can say it: people with names and an address, and what is taken back is its own. */
export function asPosted(history: History): History {
  const arrivals = history.arrivals.map((arrival) => ({ ...arrival, fact: sayable(arrival.fact) }));
  return { ...history, arrivals, isPosted: true };
}

/** The address of somebody by which systems know them; case is nothing that they tell apart. */
export function addressOf(name: string): string {
  return `${name}@acme.example`;
}

function sayable(fact: Fact): Fact {
  const { authority: _weight, sourceAuthority: _say, ...said } = fact as Fact & { readonly authority?: unknown };
  if (said.type === 'rescind') {
    const [, eventId = ''] = /^[^:]*:(.*)$/.exec(said.rescinds) ?? [];
    return { ...said, rescinds: factIdOf(said.source, eventId) };
  }
  if (said.type !== 'joiner' || !PEOPLE_KINDS.includes(said.attributes.kind)) return said as Fact;
  const { identityId, attributes } = said;
  const person = { givenName: 'Ada', familyName: identityId, email: addressOf(identityId.toLowerCase()) };
  return { ...said, attributes: { ...person, ...attributes } };
}

export function toEvent(fact: Fact): object {
  const { identityId, source, sourceEventId, recordedMs, type } = fact;
  const { factId: _id, receivedMs: _when, source: _source, ...rest } = fact;
  const {
    identityId: _who,
    sourceEventId: _event,
    recordedMs: _said,
    type: _type,
    ...data
  } = rest as Record<string, unknown>;
  const rescinds = fact.type === 'rescind' ? { rescinds: fact.rescinds.slice(`${source}:`.length) } : {};
  return {
    specversion: '1.0',
    id: sourceEventId,
    source: `/hr/${source}`,
    type: `jml.${type}`,
    subject: identityId,
    time: toIso(recordedMs),
    data: { ...data, ...rescinds },
  };
}

/** What is sent at once: a batch, or one event. */
function deliveriesOf(arrivals: readonly Arrival[]): readonly (readonly Arrival[])[] {
  const batches = new Map<string, Arrival[]>();
  for (const [index, arrival] of arrivals.entries()) {
    const name = arrival.batch ?? `alone ${index}`;
    batches.set(name, [...(batches.get(name) ?? []), arrival]);
  }
  return [...batches.values()];
}

/** HR sends each delivery until it is taken in. @returns what was, by its fact's id */
export function postAll(world: World, history: History, surroundings: Surroundings): ReadonlyMap<string, Fact> {
  const { aside, invariants, coverage } = surroundings;
  const accepted = new Map<string, Fact>();
  const send = async (facts: readonly Fact[]): Promise<void> => {
    const onAnswer = invariants.onPosted(facts);
    const status = await world.post(facts[0]?.source ?? '', facts.map(toEvent)).catch(() => undefined);
    onAnswer(status);
    if (status === 202) {
      if (facts.length > 1) coverage.happened.add('batch');
      if (facts.every(({ factId }) => accepted.has(factId))) coverage.happened.add('delivered again');
      for (const fact of facts) accepted.set(fact.factId, fact);
    } else if (status === undefined || status >= 500) {
      setTimeout(() => void send(facts), aside.below(MINUTE_MS));
    } else if (status === 422) coverage.happened.add('refused by intake');
  };
  for (const delivery of deliveriesOf(history.arrivals)) {
    const [{ atMs } = { atMs: history.startMs }] = delivery;
    const facts = delivery.map(({ fact }) => fact);
    setTimeout(() => void send(facts), atMs - history.startMs);
  }
  return accepted;
}

const DECIDE_EVERY_MS = 25 * MINUTE_MS;

/** Somebody looks at what waits now and then; sometimes it is somebody whom it concerns. */
export function keepDeciding(world: World, untilMs: number, surroundings: Surroundings): void {
  const { aside, invariants, coverage } = surroundings;
  const decide = async (holdId: string): Promise<void> => {
    if (aside.chance(0.3)) return;
    const [concerned] = await world.heldIn(holdId);
    const operatorId = concerned !== undefined && aside.chance(0.3) ? concerned : SECURITY;
    const decided = aside.chance(0.6) ? 'release' : 'drop';
    const onAnswer = invariants.onDeciding(holdId, decided, operatorId);
    const status = await world.decideHold(holdId, decided, operatorId).catch(() => undefined);
    onAnswer(status);
    if (status === 403) coverage.happened.add('decision refused to whom it concerns');
    if (status === 200) coverage.happened.add(decided === 'release' ? 'hold released' : 'hold dropped');
  };
  setTimeout(async () => {
    if (Date.now() > untilMs) return;
    keepDeciding(world, untilMs, surroundings);
    for (const { holdId, merge } of await world.openHolds()) if (merge === undefined) await decide(holdId);
  }, MINUTE_MS + aside.below(DECIDE_EVERY_MS));
}
