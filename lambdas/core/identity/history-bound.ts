// How long the history of one identity may become. All of it is read and folded whenever something is decided, so a source
// that goes wrong and says something new every minute would end in functions that time out, and a leaver with them. What
// ends access is therefore taken beyond the bound as well; nothing else is.
import type { Fault } from '../errors.ts';
import { type Fact, OWN_SOURCE } from './facts.ts';
import { buildTimeline, identityAt, type Timeline } from './timeline.ts';

/** One a day for 27 years. */
export const MAXIMUM_FACTS = 10_000;
/** Well below the 20 MB that one identity is read of (stores/identities/table.ts): what ends access has room left. */
export const MAXIMUM_FACT_BYTES = 8_000_000;
/** Of the longest facts, so many are far from the bound: below, nothing is measured. */
const MEASURED_FROM = 400;

export const HISTORY_FAULT: Fault = {
  pointer: '/subject',
  detail:
    `has ${MAXIMUM_FACTS} facts or ${MAXIMUM_FACT_BYTES / 1_000_000} MB of them, as many as an identity may have: ` +
    'only what ends access is still taken',
};

/** Those that may not be added to what is known. What Tenure itself states is not bound by this. */
export function beyondBound(known: readonly Fact[], told: readonly Fact[], nowMs: number): readonly Fact[] {
  const knownIds = new Set(known.map(({ factId }) => factId));
  const fresh = told.filter(({ factId, source }) => source !== OWN_SOURCE && !knownIds.has(factId));
  let count = known.length;
  let bytes = known.length + fresh.length < MEASURED_FROM ? 0 : sizeOf(known);
  const refused: Fact[] = [];
  let counting = known;
  for (const fact of fresh) {
    const size = sizeOf([fact]);
    const isWithin = count + 1 <= MAXIMUM_FACTS && bytes + size <= MAXIMUM_FACT_BYTES;
    if (isWithin || endsAccess(counting, fact, nowMs)) {
      count += 1;
      bytes += size;
      counting = [...counting, fact];
    } else {
      refused.push(fact);
    }
  }
  return refused;
}

function sizeOf(facts: readonly Fact[]): number {
  return facts.reduce((sum, fact) => sum + Buffer.byteLength(JSON.stringify(fact)), 0);
}

/** Said again and again it ends nothing more, and is refused like everything else. */
function endsAccess(known: readonly Fact[], fact: Fact, nowMs: number): boolean {
  if (fact.type !== 'leaver' && fact.type !== 'suspension' && fact.type !== 'rescind') return false;
  // It ends access once the mass-error guard has let it.
  return cutsOff(buildTimeline(known), buildTimeline([...known, { ...fact, held: undefined }]), nowMs);
}

/** Whether there is an instant, now or to come, at which access could be used before and cannot be used after. */
function cutsOff(before: Timeline, after: Timeline, nowMs: number): boolean {
  const instants = [before, after].flatMap(({ changes }) => changes.map(({ atMs }) => atMs));
  return [nowMs, ...instants.filter((atMs) => atMs > nowMs)].some(
    (atMs) => identityAt(before, atMs).status === 'active' && identityAt(after, atMs).status !== 'active',
  );
}
