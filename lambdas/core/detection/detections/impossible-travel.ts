// Two sign-ins of one person, further apart than anybody travels in the time between.
import type { ActivityRecord } from '../activity.ts';
import type { Detection } from '../detection.ts';
import { HOUR_MS, identityIn, isKnownEgress, isMachine, iso, isUse } from '../judging.ts';
import type { RememberedPlace } from '../memory.ts';
import { distanceKm, networkKey } from '../network.ts';

/** Below this, addresses are not placed well enough. */
const LEAST_KM = 300;
/** Where only countries are told: sooner than this nobody crosses a border and signs in again. */
const BORDER_MS = HOUR_MS / 2;

export const impossibleTravel: Detection = {
  id: 'impossible-travel',
  title: 'Two sign-ins were further apart than anybody travels',
  severity: 'medium',
  window: 'the sign-ins remembered before and after it',
  joins: ['places remembered of the identity', 'known VPN and relay egress (egressNetworks)'],
  response: { people: 'ask', nonHuman: 'record' },
  runbook: 'unusual-use',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity?.memory === undefined || record.action !== 'sign-in' || !isUse(record) || record.clockDoubted === true)
      return undefined;
    if (isMachine(identity) || isKnownEgress(record, settings)) return undefined;
    const key = networkKey(record.network ?? {});
    // Egress that became known since is not a place either.
    const places = identity.memory.places.filter(
      ({ network }) => network !== key && !settings.egressNetworks.includes(network),
    );
    const before = places.findLast(({ atMs }) => atMs <= record.timeMs);
    const after = places.find(({ atMs }) => atMs > record.timeMs);
    const other = [before, after].find(
      (place) => place !== undefined && isTooFar(place, record, settings.travelKmPerHour),
    );
    if (other === undefined) return undefined;
    const km = kilometres(other, record);
    const minutes = Math.round(Math.abs(record.timeMs - other.atMs) / 60_000);
    return {
      about: 'actor',
      anywhere: true,
      because: `It signed in ${km === undefined ? 'from two countries' : `${km} km apart`} within ${minutes} minutes.`,
      evidence: {
        minutes,
        otherAt: iso(other.atMs),
        ...(km !== undefined && { km }),
        ...(record.network?.country !== undefined && { country: record.network.country }),
        ...(other.country !== undefined && { otherCountry: other.country }),
      },
    };
  },
};

function isTooFar(place: RememberedPlace, record: ActivityRecord, kmPerHour: number): boolean {
  const elapsedMs = Math.abs(record.timeMs - place.atMs);
  const km = kilometres(place, record);
  if (km !== undefined) return km >= LEAST_KM && km > (elapsedMs / HOUR_MS) * kmPerHour;
  const [one, other] = [place.country, record.network?.country];
  return one !== undefined && other !== undefined && one !== other && elapsedMs < BORDER_MS;
}

function kilometres({ latitude, longitude }: RememberedPlace, { network }: ActivityRecord): number | undefined {
  const { latitude: north, longitude: east } = network ?? {};
  if (latitude === undefined || longitude === undefined || north === undefined || east === undefined) return undefined;
  return Math.round(distanceKm({ latitude, longitude }, { latitude: north, longitude: east }));
}
