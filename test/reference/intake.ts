// What intake must refuse, and what it must note of what it takes in: from docs/reference/hr-events.md, with nothing from
// lambdas/ but types.

import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../lambdas/core/identity/source-precedence.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const AHEAD_MS = 5 * MINUTE_MS;
const IMMEDIATE_BEHIND_MS = 7 * DAY_MS;

/** Why nobody can mean it; undefined: it is taken in. */
export function refusalOf(fact: Fact, receivedMs: number): string | undefined {
  const behindMs = receivedMs - fact.recordedMs;
  if (behindMs < -AHEAD_MS) return 'its clock is more than 5 minutes ahead';
  if (fact.type === 'leaver' && fact.immediate && behindMs > IMMEDIATE_BEHIND_MS) return '"now" was a week ago';
  if (fact.type === 'leaver' && fact.successor === fact.identityId) return 'it takes over from itself';
  if ('attributes' in fact && fact.attributes.owner === fact.identityId) return 'it answers for itself';
  return undefined;
}

/** The fact as it is to be kept: with how much its source's word counts on who is employed, and on each attribute. */
export function weighedBy(fact: Fact, precedence: HrSourcePrecedence): Fact {
  const source = precedence[fact.source];
  const isWeighed = ['joiner', 'mover', 'leaver', 'suspension', 'return'].includes(fact.type);
  if (source === undefined || !isWeighed) return fact;
  const onEmployment = source.authority > 0 ? { sourceAuthority: source.authority } : {};
  if (!('attributes' in fact)) return { ...fact, ...onEmployment };
  const onEach = Object.keys(fact.attributes)
    .map((name) => [name, Object.entries(source.attributes).find(([one]) => one === name)?.[1] ?? source.authority])
    .filter(([, authority]) => Number(authority) > 0);
  return { ...fact, ...onEmployment, ...(onEach.length > 0 && { authority: Object.fromEntries(onEach) }) };
}

/** What differs between what was said and what was kept of it; when it came, and where it counts, is not HR's to say. */
export function differenceOf(said: Fact, kept: Fact): string | undefined {
  const [one, other] = [said, kept].map(describe);
  return one === other ? undefined : `it was said ${one}, and is kept ${other}`;
}

function describe({ receivedMs: _when, held: _held, identityId: _where, about: _about, ...said }: Fact): string {
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, one]) => one !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, one]) => [name, sorted(one)]),
        )
      : value;
  return JSON.stringify(sorted(said));
}
