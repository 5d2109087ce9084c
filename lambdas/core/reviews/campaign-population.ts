// What somebody has that is in the scope of a campaign: what reasons hold up, and what accounts were last read to hold though
// none does. It is fixed when the campaign begins, so it says all that the campaign judges by.
import type { AccountRecord } from '../access/account-record.ts';
import { heldGrants, matchGrants } from '../access/granted-access.ts';
import { lastUseOfEntitlement, type RememberedUses } from '../access/last-use.ts';
import { reasonsAt } from '../access/reasons-ledger.ts';
import { unreachableApplication } from '../access/unreachable-account.ts';
import type { AccessModel, Application } from '../access-model/access-model.ts';
import type { CampaignDefinition } from '../access-model/campaign-rules.ts';
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import { segregate } from '../duties/segregation.ts';
import { accessReviewsIn } from '../identity/access-reviews.ts';
import { type IdentityState, isEmployed, type Timeline } from '../identity/timeline.ts';
import { isInScope, type Looked } from './campaign-scope.ts';

/** A line of the population. */
export interface PopulationLine {
  /** Whose: their pseudonym in the sealed log. */
  readonly subject: string;
  /** Those of the same kind, department and title have the same. */
  readonly peers: string;
  /** They have left, so that all of it goes already. */
  readonly left?: true | undefined;
  /** Nobody could read what they have. */
  readonly unread?: true | undefined;
  readonly items: readonly PopulationItem[];
  /** What they do not hold and may be asked about all the same, to see whether a reviewer looks. */
  readonly plant?: Plant | undefined;
}

export interface Plant {
  /** `application:entitlement` */
  readonly entitlement: string;
  readonly privileged: boolean;
  /** As of an item: of many systems it is that of the application. */
  readonly lastUsedMs?: number | undefined;
  readonly useApproximate?: true | undefined;
  /** Who would be asked, as of an item. */
  readonly reviewers: readonly string[];
}

export interface PopulationItem {
  /** `application:entitlement`; where the model has none, what the system calls it. */
  readonly entitlement: string;
  readonly inModel: boolean;
  readonly privileged: boolean;
  /** None: only the account has it. */
  readonly reasons: readonly PopulationReason[];
  /** By the account as it was last read. */
  readonly held: boolean;
  /** Epoch ms, of that. Absent: it never was. */
  readonly readMs?: number | undefined;
  /** Epoch ms. Absent: not known, as long as nobody tells. */
  readonly lastUsedMs?: number | undefined;
  /** That was when anything was used in its application: its own last use was no later. */
  readonly useApproximate?: true | undefined;
  /** Rules about duties of which it is one side, where they have another. */
  readonly duties?: readonly string[] | undefined;
  /** When somebody last answered that it is kept (epoch ms). */
  readonly keptMs?: number | undefined;
  /** The review in which it is asked already. */
  readonly askedIn?: string | undefined;
  /** Who would be asked, in this order: pseudonyms, or `role:security`. */
  readonly reviewers: readonly string[];
}

export interface PopulationReason {
  readonly type: string;
  /** The access profile, or the request. */
  readonly of: string;
  readonly fact: string;
  /** Epoch ms. */
  readonly sinceMs: number;
}

export interface WhoseItems {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly state: IdentityState;
  readonly accounts: readonly AccountRecord[];
  /** Above them. */
  readonly superiors: readonly string[];
  readonly model: AccessModel;
  readonly nowMs: number;
}

export type FoundItem = Omit<PopulationItem, 'reviewers'>;

/** More is no account: what is beyond is named by none. A bound on what a system that lies can make of a line. */
export const MAXIMUM_ITEMS = 2_000;
const MAXIMUM_NAME = 200;

/** In the order of applications and entitlements. */
export function itemsOf(definition: CampaignDefinition, whose: WhoseItems): readonly FoundItem[] {
  const { identityId, timeline, state, accounts, superiors, model, nowMs } = whose;
  const attributes = state.status === 'unknown' ? undefined : state.attributes;
  const looked: Looked = { identityId, kind: attributes?.kind, ownerId: attributes?.owner, superiors };
  const due = reasonsAt(timeline, model, nowMs, identityId);
  const duties = dutiesOf(whose, due);
  const past = new PastReviews(timeline, nowMs);
  const applicationIds = [
    ...new Set([
      ...due.map(({ applicationId }) => applicationId),
      ...accounts.flatMap(({ applicationId, account }) => (account === undefined ? [] : [applicationId])),
    ]),
  ];
  const found = applicationIds.flatMap((applicationId): FoundItem[] => {
    const application = applicationsOf(model).get(applicationId) ?? unreachableApplication(applicationId);
    const record = accounts.find((one) => one.applicationId === applicationId);
    const held = record?.account === undefined ? [] : heldGrants(record.account);
    const ofIt = due.filter((one) => one.applicationId === applicationId);
    const entitlements = new Map(application.entitlements.map((one) => [one.id, one]));
    const words = ofIt.flatMap(({ entitlement }) => entitlements.get(entitlement)?.grant ?? []);
    const matched = matchGrants(words, held, record?.granted);
    const read = record === undefined ? {} : { readMs: record.readMs };
    const explained = ofIt.flatMap(({ entitlement: id, reasons }): FoundItem[] => {
      const entitlement = entitlements.get(id);
      const reference = `${applicationId}:${id}`;
      const ruled = duties.get(reference);
      const isExcepted = ruled?.isExcepted ?? false;
      if (entitlement === undefined) return [];
      if (!isInScope(definition, looked, { application, entitlement, isExplained: true, isExcepted })) return [];
      return [
        {
          entitlement: reference,
          inModel: true,
          privileged: entitlement.privileged,
          reasons: reasons.map(({ reason, sinceMs }) => ({
            type: reason.type,
            of: 'profile' in reason ? reason.profile : reason.request,
            fact: reason.fact,
            sinceMs,
          })),
          held: matched.has(entitlement.grant),
          ...read,
          ...(ruled && { duties: ruled.rules }),
          ...past.of(reference),
        },
      ];
    });
    const standing = new Set([...matched.values()].map(({ grant }) => grant));
    const unexplained = held.flatMap(({ grant }): FoundItem[] => {
      if (standing.has(grant)) return [];
      const entitlement = application.entitlements.find((one) => one.grant === grant);
      if (!isInScope(definition, looked, { application, entitlement, isExplained: false, isExcepted: false }))
        return [];
      const reference = `${applicationId}:${entitlement?.id ?? grant.slice(0, MAXIMUM_NAME)}`;
      return [
        {
          entitlement: reference,
          inModel: entitlement !== undefined,
          privileged: entitlement?.privileged ?? true,
          reasons: [],
          held: true,
          ...read,
          ...past.of(reference),
        },
      ];
    });
    return [...explained, ...unexplained];
  });
  return found.slice(0, MAXIMUM_ITEMS);
}

/** With when each was last used, by what is remembered of whose they are. */
export function withLastUses<Item extends Pick<FoundItem, 'entitlement'>>(
  items: readonly Item[],
  memory: RememberedUses | undefined,
): readonly Item[] {
  return items.map((item) => {
    const { atMs, approximate } = lastUseOfEntitlement(memory, item.entitlement) ?? {};
    if (atMs === undefined) return item;
    return { ...item, lastUsedMs: atMs, ...(approximate && { useApproximate: approximate }) };
  });
}

/** What of the scope they neither hold nor were to hold, in systems where something of theirs is: which may be planted. */
export function plantableFor(
  definition: CampaignDefinition,
  { identityId, timeline, state, accounts, superiors, model, nowMs }: WhoseItems,
): readonly Omit<Plant, 'reviewers'>[] {
  if (!isEmployed(state)) return [];
  const { kind, owner: ownerId } = state.attributes;
  const due = reasonsAt(timeline, model, nowMs, identityId);
  const asked = new Set(accessReviewsIn(timeline.standing).flatMap(({ items }) => items.map((one) => one.entitlement)));
  return model.applications.flatMap((application) => {
    const account = accounts.find(({ applicationId }) => applicationId === application.id)?.account;
    const ofIt = due.filter(({ applicationId }) => applicationId === application.id);
    if (account === undefined && ofIt.length === 0) return [];
    const held = new Set(account === undefined ? [] : heldGrants(account).map(({ grant }) => grant));
    return application.entitlements.flatMap((entitlement) => {
      const reference = `${application.id}:${entitlement.id}`;
      const isTheirs = held.has(entitlement.grant) || ofIt.some((one) => one.entitlement === entitlement.id);
      const item = { application, entitlement, isExplained: false, isExcepted: false };
      if (isTheirs || asked.has(reference)) return [];
      if (!isInScope(definition, { identityId, kind, ownerId, superiors }, item)) return [];
      return [{ entitlement: reference, privileged: entitlement.privileged }];
    });
  });
}

const byId = new WeakMap<AccessModel, ReadonlyMap<string, Application>>();

function applicationsOf(model: AccessModel): ReadonlyMap<string, Application> {
  const known = byId.get(model) ?? new Map(model.applications.map((one) => [one.id, one]));
  byId.set(model, known);
  return known;
}

interface Ruled {
  readonly rules: readonly string[];
  readonly isExcepted: boolean;
}

/** By entitlement: rules of which it is one side, and another is held too. */
function dutiesOf(
  { identityId, state, model, nowMs }: WhoseItems,
  due: ReturnType<typeof reasonsAt>,
): ReadonlyMap<string, Ruled> {
  const ruled = new Map<string, Ruled>();
  if ((model.duties ?? []).length === 0 || !isEmployed(state)) return ruled;
  const justified = due.map(({ applicationId, entitlement, reasons }) => ({
    reference: `${applicationId}:${entitlement}`,
    reasons: reasons.map(({ reason }) => reason),
  }));
  const { exceptions } = state;
  for (const { rule, outcome, sides } of segregate(model, justified, { identityId, nowMs, exceptions }).conflicts) {
    for (const reference of sides.flatMap(({ entitlements, refused }) => (refused ? [] : entitlements))) {
      const { rules = [], isExcepted = false } = ruled.get(reference) ?? {};
      ruled.set(reference, { rules: [...rules, rule.id], isExcepted: isExcepted || outcome === 'excepted' });
    }
  }
  return ruled;
}

/** What was said of an item before. */
class PastReviews {
  readonly #kept = new Map<string, number>();
  readonly #asked = new Map<string, string>();

  constructor({ standing }: Timeline, nowMs: number) {
    for (const { opened, dueMs, items } of accessReviewsIn(standing)) {
      for (const { entitlement, answer, planted } of items) {
        if (planted) continue;
        if (dueMs > nowMs && (opened.basis === 'campaign' || answer === undefined)) {
          this.#asked.set(entitlement, opened.reviewId);
        } else if (answer?.answer === 'keep' || answer?.answer === 'shorten') {
          this.#kept.set(entitlement, Math.max(answer.recordedMs, this.#kept.get(entitlement) ?? 0));
        }
      }
    }
  }

  of(entitlement: string): Pick<FoundItem, 'keptMs' | 'askedIn'> {
    const [keptMs, askedIn] = [this.#kept.get(entitlement), this.#asked.get(entitlement)];
    return { ...(keptMs !== undefined && { keptMs }), ...(askedIn !== undefined && { askedIn }) };
  }
}

/** Those who do the same job. Hashed, since a title may be one person's alone. @param seed the campaign's hash */
export function peersOf(state: IdentityState, seed: string): string {
  const { kind, department, title } = state.status === 'unknown' ? {} : state.attributes;
  return sha256Hex(canonicalJson([seed, kind ?? null, department ?? null, title ?? null])).slice(0, 16);
}
