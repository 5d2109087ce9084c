// How long leavers' access lasted, by system: p50 and p99 over the removals proven lately, beside the deadlines others
// promise.
import { timeToRevokeRoutes } from '../../api/time-to-revoke.ts';
import { toIso } from '../../core/moment.ts';
import {
  DEADLINES,
  type RevocationTimes,
  revocationTimes,
  summariseRevocations,
} from '../../core/removal/time-to-revoke.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;
/** Of the latest removals; more would say no more about a percentile. */
const MAXIMUM_REMOVALS = 2_000;
const PER_PAGE = 100;

const ROUTE = timeToRevokeRoutes['get-time-to-revoke'];

export const getTimeToRevoke = answerOperator(ROUTE, async (dependencies: ApiDependencies) => {
  const nowMs = dependencies.clock();
  const sinceMs = nowMs - DAYS * DAY_MS;
  const { times, removals, complete } = await readTimes(dependencies, sinceMs, nowMs);
  const body = {
    since: toIso(sinceMs),
    removals,
    complete,
    deadlines: DEADLINES,
    applications: summariseRevocations(times),
  };
  return { status: 200, shows: [], body, log: { removals } };
});

async function readTimes({ accounts }: ApiDependencies, sinceMs: number, nowMs: number) {
  const times: RevocationTimes[] = [];
  let removals = 0;
  for (const month of monthsBetween(sinceMs, nowMs)) {
    let after: string | undefined;
    do {
      const page = await accounts.listCertificates({ month, limit: PER_PAGE, after });
      for (const certificate of page.items) {
        if (certificate.provenAt < toIso(sinceMs)) return { times, removals, complete: true };
        times.push(...revocationTimes(certificate));
        removals += 1;
      }
      after = page.next;
      if (removals >= MAXIMUM_REMOVALS) return { times, removals, complete: false };
    } while (after !== undefined);
  }
  return { times, removals, complete: true };
}

/** The latest first, `2026-11`. */
function monthsBetween(sinceMs: number, nowMs: number): readonly string[] {
  const months = new Set<string>();
  for (let atMs = nowMs; atMs > sinceMs; atMs -= DAY_MS) months.add(toIso(atMs).slice(0, 7));
  return [...months.add(toIso(sinceMs).slice(0, 7))];
}

export const handler = serveApi(ROUTE, () => getTimeToRevoke(liveApiDependencies()));
