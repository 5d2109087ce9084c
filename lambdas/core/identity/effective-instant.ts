// When each fact takes effect, for showing a timeline to people. Deciding uses the timeline's own changes.

import { DEFAULT_TIME_ZONE } from '../moment.ts';
import { type Fact, isEffective, isSuspending } from './facts.ts';
import { instantOf, type Timeline } from './timeline.ts';

/** Epoch ms; undefined for facts that have no time of their own (a rescind, an attestation). */
export type EffectiveInstants = (fact: Fact) => number | undefined;

/** Of as many facts of the timeline as are asked for: it is gone through once. */
export function effectiveInstantsOf({ changes }: Timeline): EffectiveInstants {
  const brought = new Map<string, number>();
  for (const { factId, atMs } of changes) if (factId !== undefined && !brought.has(factId)) brought.set(factId, atMs);
  const known = changes.findLast(({ state }) => 'attributes' in state)?.state;
  const inherited = known !== undefined && 'attributes' in known ? known.attributes.timeZone : undefined;
  return (fact) => {
    if (fact.type === 'access-granted') return fact.startsMs;
    if (fact.type === 'access-ended') return fact.endsMs;
    if (isSuspending(fact)) return fact.recordedMs;
    if (!isEffective(fact)) return undefined;
    const own = 'attributes' in fact ? (fact.attributes.timeZone ?? undefined) : undefined;
    // Rescinded, or without effect on the state: the instant it would have had.
    return brought.get(fact.factId) ?? instantOf(fact, own ?? inherited ?? DEFAULT_TIME_ZONE);
  };
}
