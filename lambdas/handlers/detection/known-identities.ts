// Who records are about, as far as that is known: read once for all records of a call, with whoever answers for them, and with
// whoever had an emergency open that may explain one.
import type { ActivityRecord } from '../../core/detection/activity.ts';
import type { DetectionSettings } from '../../core/detection/context.ts';
import type { Match } from '../../core/detection/join.ts';
import { peerGroupOf } from '../../core/detection/known-identity.ts';
import { holdsEmergencyGrant, isBreakGlass, LONGEST_EMERGENCY_MS } from '../../core/detection/open-emergency.ts';
import { PEOPLE_KINDS } from '../../core/identity/attributes.ts';
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import { identityAt } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { findWhereItCounts, type LoadedIdentity, type LoadingDependencies } from '../shared/load-identity.ts';
import type { JoinedRecord } from './find-parties.ts';

export interface KnowingDependencies extends LoadingDependencies {
  readonly activity: Pick<ActivityStore, 'listEmergencies'>;
  readonly policy: Pick<DetectionSettings, 'breakGlassAccounts'>;
}

const CONCURRENT_IDENTITIES = 10;
const DAY_MS = 86_400_000;
/** Of use by a break-glass account in one call, the latest: what is older is told as without an emergency. */
const MAXIMUM_DAYS = 60;

/** Of one call: each identity is read once, and those who answer for it with it. */
export class KnownIdentities {
  readonly #dependencies: KnowingDependencies;
  /** By any id that leads to it; undefined: nobody is there any more. */
  readonly #loaded = new Map<string, LoadedIdentity | undefined>();
  readonly #emergencies = new Set<string>();

  constructor(dependencies: KnowingDependencies) {
    this.#dependencies = dependencies;
  }

  async loadAll(joined: readonly JoinedRecord[]): Promise<void> {
    const ids = joined.flatMap(({ actor, target }) => [actor, target].flatMap((one) => idIn(one) ?? []));
    await this.#load(ids);
    await this.#load([...this.#loaded.values()].flatMap((one) => (one && ownerIdOf(one)) ?? []));
  }

  /** Whoever else had an emergency open when a break-glass account was used, which is nobody's own. */
  async loadEmergencies(records: readonly ActivityRecord[]): Promise<void> {
    const { activity, policy } = this.#dependencies;
    const days = new Set(
      records.filter((record) => isBreakGlass(record, policy)).map(({ timeMs }) => Math.floor(timeMs / DAY_MS)),
    );
    const noted = await mapBounded([...days].slice(-MAXIMUM_DAYS), CONCURRENT_IDENTITIES, (day) =>
      activity.listEmergencies(day * DAY_MS - LONGEST_EMERGENCY_MS, (day + 1) * DAY_MS),
    );
    const ids = noted.flat();
    await this.#load(ids);
    for (const id of ids) {
      const holder = this.#loaded.get(id);
      if (holder !== undefined) this.#emergencies.add(holder.record.header.identityId);
    }
  }

  /** Whether an emergency explains a record in these applications: a person's own, or of a break-glass account anybody's. */
  isEmergency({ record, actor }: JoinedRecord, applicationIds: ReadonlySet<string | undefined>): boolean {
    const actorId = this.idOf(actor);
    const isOpen = (identityId: string) => {
      const timeline = this.#loaded.get(identityId)?.timeline;
      return timeline !== undefined && holdsEmergencyGrant(timeline, applicationIds, record.timeMs);
    };
    if (actorId !== undefined && this.isPerson(actorId)) return isOpen(actorId);
    return isBreakGlass(record, this.#dependencies.policy) && [...this.#emergencies].some(isOpen);
  }

  async #load(ids: readonly string[]): Promise<void> {
    const missing = [...new Set(ids)].filter((identityId) => !this.#loaded.has(identityId));
    await mapBounded(missing, CONCURRENT_IDENTITIES, async (identityId) => {
      const loaded = await findWhereItCounts(this.#dependencies, identityId);
      this.#loaded.set(identityId, loaded);
      if (loaded !== undefined) this.#loaded.set(loaded.record.header.identityId, loaded);
    });
  }

  get(identityId: string): LoadedIdentity | undefined {
    return this.#loaded.get(identityId);
  }

  /** The identity at which it counts; undefined: it is not known whose it is. */
  idOf(match: Match): string | undefined {
    const identityId = idIn(match);
    return identityId === undefined ? undefined : this.#loaded.get(identityId)?.record.header.identityId;
  }

  /** The identity at which an id counts by now, read where it was not; of nobody who is there, the id. */
  async whoIs(identityId: string): Promise<string> {
    await this.#load([identityId]);
    return this.#loaded.get(identityId)?.record.header.identityId ?? identityId;
  }

  ownerOf(identityId: string) {
    const loaded = this.#loaded.get(identityId);
    const ownerId = loaded && ownerIdOf(loaded);
    const owner = ownerId === undefined ? undefined : this.#loaded.get(ownerId);
    return owner && { identityId: owner.record.header.identityId, timeline: owner.timeline };
  }

  peerGroupOf(identityId: string): string | undefined {
    const loaded = this.#loaded.get(identityId);
    return loaded && peerGroupOf(loaded.state);
  }

  isPerson(subjectId: string): boolean {
    const state = this.#loaded.get(subjectId)?.state;
    if (state === undefined || state.status === 'unknown') return true;
    return PEOPLE_KINDS.includes(state.attributes.kind);
  }
}

function idIn(match: Match | undefined): string | undefined {
  return match?.found === 'one' ? match.identityId : undefined;
}

function ownerIdOf({ timeline, nowMs, state }: LoadedIdentity): string | undefined {
  return ownerNeededBy(state) ?? ownerNeededBy(identityAt(timeline, nowMs));
}
