// Looks at whoever's requests, and what is owed for them, are due to be looked at, and notes what is to be told to whom. Who can decide is found anew
// each time: whoever has come to be one of them is asked, and nobody who is one no longer is reminded.
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import type { AccessGrantedFact } from '../../core/identity/facts.ts';
import { mayOwn, needsOwner } from '../../core/identity/ownership.ts';
import type { TimedGrant } from '../../core/identity/timed-grants.ts';
import { identityAt, isEmployed, type Timeline } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { NoticeSettings } from '../../core/requests/notice-settings.ts';
import {
  findNotices,
  NEWS_MS,
  type Notice,
  nextDigestMs,
  type WatchedGrant,
  type WatchedRequest,
  waysTo,
} from '../../core/requests/notices.ts';
import { type RequestState, requestsIn } from '../../core/requests/request-state.ts';
import type { NoticeStore, Watch } from '../../stores/notices/notice-store.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { coversIn, endCovers } from './covered-identity.ts';
import type { RequestDependencies } from './load-request.ts';
import { waitingFor } from './waiting-request.ts';
import { owedIn } from './watched-owed.ts';

/** Named at once. */
const PAGE_SIZE = 50;
const CONCURRENCY = 4;
/** What could not be looked at is tried again then, and is not in the way of others meanwhile. */
const RETRY_MS = 5 * 60_000;
/** Nobody asks for notices that are older: what they are about is long over. */
const KEPT_MS = 40 * 86_400_000;

export interface FindingDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'listWatched' | 'note' | 'saveWatch' | 'wake'>;
  readonly settings: NoticeSettings;
}

export interface Found {
  /** Identities. */
  readonly looked: number;
  /** What went wrong with some of them. */
  readonly failures: readonly unknown[];
}

export async function findDueNotices(dependencies: FindingDependencies): Promise<Found> {
  const { notices, clock } = dependencies;
  const due = await notices.listWatched(clock(), PAGE_SIZE);
  const failures: unknown[] = [];
  await mapBounded(due, CONCURRENCY, async (watch) => {
    try {
      await lookAt(dependencies, watch);
    } catch (error) {
      failures.push(error);
      await notices.saveWatch({ ...watch, dueMs: clock() + RETRY_MS });
    }
  });
  return { looked: due.length, failures };
}

async function lookAt(dependencies: FindingDependencies, watch: Watch): Promise<void> {
  const { notices, clock, settings } = dependencies;
  const loaded = await findWhereItCounts(dependencies, watch.identityId);
  if (loaded?.record.header.identityId !== watch.identityId) {
    if (loaded !== undefined) await notices.wake(loaded.record.header.identityId, clock());
    await notices.saveWatch({ ...watch, dueMs: undefined, told: [] });
    return;
  }
  // Whatever is told of it: what it copies is held no longer.
  const isCovering = coversIn(loaded).length > 0;
  if (isCovering) await endCovers(dependencies, watch.identityId);
  const { timeline, nowMs, state } = loaded;
  const news = requestsIn(timeline.facts, nowMs).filter((request) => isNews(request, nowMs));
  const held = (isEmployed(state) && state.grants) || [];
  const grants = held.filter((grant) => !isContinued(timeline, grant));
  const found = findNotices(
    {
      requests: await mapBounded(news, CONCURRENCY, (request) => watched(dependencies, loaded, request)),
      grants: await mapBounded(grants, CONCURRENCY, (grant) => watchedGrant(dependencies, loaded, grant)),
      owed: await owedIn(dependencies, loaded),
      given: timeline.facts.filter((fact) => fact.type === 'access-granted'),
      isCovering,
    },
    watch.told,
    nowMs,
    settings,
  );
  for (const notice of found.notices) await note(dependencies, loaded, notice);
  // Whoever woke it meanwhile has it looked at again; what was noted by then is not noted twice.
  await notices.saveWatch({ ...watch, dueMs: found.nextMs, told: found.told });
}

/** Of thousands that were ever asked, the few of which anything may have to be told. */
function isNews({ asked, decisions, status }: RequestState, nowMs: number): boolean {
  const lastMs = Math.max(asked.expiresMs, ...decisions.map(({ recordedMs }) => recordedMs));
  return status === 'open' || nowMs - lastMs <= NEWS_MS;
}

/** Whether it is held on once this ends. */
function isContinued(timeline: Timeline, { entitlement, untilMs }: TimedGrant): boolean {
  const after = untilMs === undefined ? undefined : identityAt(timeline, untilMs);
  const held = (after !== undefined && isEmployed(after) && after.grants) || [];
  return held.some((one) => one.entitlement === entitlement);
}

async function watched(
  dependencies: FindingDependencies,
  loaded: LoadedIdentity,
  request: RequestState,
): Promise<WatchedRequest> {
  const { entitlement, requestedBy } = request.asked;
  const privileged = isPrivileged(dependencies, entitlement);
  const whom = mayOwn(loaded.state) ? [loaded.record.header.identityId] : [];
  if (request.status === 'open') {
    return { request, privileged, waiting: await waitingFor(dependencies, loaded, request), concerned: [] };
  }
  const requester = await personOf(dependencies, requestedBy);
  return { request, privileged, concerned: [...new Set([requester, ...whom])] };
}

/** Who has it, or answers for what has it; and who agreed to it. */
async function watchedGrant(
  dependencies: FindingDependencies,
  { record, timeline, state }: LoadedIdentity,
  grant: TimedGrant,
): Promise<WatchedGrant> {
  const { identityId, summary } = record.header;
  const given = timeline.facts.find((fact): fact is AccessGrantedFact => fact.factId === grant.factId);
  const holder = isEmployed(state) && needsOwner(state.attributes.kind) ? summary.ownerId : identityId;
  const named = [...(holder === undefined ? [] : [holder]), ...(given?.approvedBy ?? [])];
  const concerned = await Promise.all(named.map((one) => personOf(dependencies, one)));
  return { grant, privileged: isPrivileged(dependencies, grant.entitlement), concerned: [...new Set(concerned)] };
}

async function note(dependencies: FindingDependencies, loaded: LoadedIdentity, notice: Notice): Promise<void> {
  const { notices, clock, settings } = dependencies;
  const { identityId } = loaded.record.header;
  const nowMs = clock();
  const dueMs = notice.urgent ? nowMs : nextDigestMs(nowMs, await timeZoneOf(dependencies, notice), settings);
  for (const way of waysTo(notice.recipient, settings)) {
    await notices.note({ ...notice, way, identityId, dueMs, tries: 0 }, nowMs + KEPT_MS);
  }
}

async function timeZoneOf(dependencies: FindingDependencies, { recipient }: Notice): Promise<string> {
  const loaded = 'person' in recipient ? await findWhereItCounts(dependencies, recipient.person) : undefined;
  return (loaded !== undefined && isEmployed(loaded.state) && loaded.state.attributes.timeZone) || 'UTC';
}

function isPrivileged({ model }: FindingDependencies, entitlement: string): boolean {
  return findEntitlement(model(), entitlement)?.entitlement.privileged === true;
}
