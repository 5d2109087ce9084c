// What another access model changes for somebody, and the model that takes nothing away before somebody has agreed to
// that. The walk over the population, `tenure plan` and each pass ask the same functions, so that what was printed before
// a deployment is what happens after it.
import type { AccessModel, AccessProfile, Application, Entitlement } from '../access-model/access-model.ts';
import type { DutyRule } from '../access-model/duty-rule.ts';
import type { NonHumanRules } from '../access-model/non-human-rules.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Whom } from '../duties/segregation.ts';
import type { IdentityKind } from '../identity/attributes.ts';
import type { IdentityState } from '../identity/timeline.ts';
import type { AccountRecord } from './account-record.ts';
import type { GivenAccount } from './compiled-model.ts';
import { desiredAccessInState } from './desired-access.ts';

/** A grant that reasons hold up. */
export interface DueGrant {
  readonly applicationId: string;
  readonly entitlement: string;
  /** What the system calls it: an entitlement that names another group is another grant. */
  readonly grant: string;
  readonly privileged: boolean;
  /** The access profiles that give it; what only people decided on has none. */
  readonly profiles: readonly string[];
}

export interface AccessChange {
  readonly loses: readonly DueGrant[];
  readonly gains: readonly DueGrant[];
  /** The applications in which the account itself goes. */
  readonly closes: readonly string[];
  /** Whether anything is left to whoever loses something. */
  readonly keeps: 'all' | 'some' | 'nothing';
}

/** @param whom whose exceptions from the segregation of duties count, and when. @default no exception does */
export function accessChange(state: IdentityState, before: AccessModel, after: AccessModel, whom?: Whom): AccessChange {
  const had = desiredAccessInState(state, before, whom).accounts;
  return changeOfAccounts(
    { accounts: had, model: before },
    { accounts: desiredAccessInState(state, after, whom).accounts, model: after },
  );
}

interface Held {
  readonly accounts: readonly GivenAccount[];
  readonly model: AccessModel;
}

/** As changeBetween, of what two models give: application by application, most of which others have as well. */
export function changeOfAccounts(had: Held, has: Held): AccessChange {
  const after = new Map(has.accounts.map((account) => [account.applicationId, account]));
  const loses: DueGrant[] = [];
  const gains: DueGrant[] = [];
  for (const account of had.accounts) {
    const other = after.get(account.applicationId) ?? NO_ACCOUNT;
    after.delete(account.applicationId);
    const change = changeOfAccount(account, had.model, other, has.model);
    for (const one of change.loses) loses.push(one);
    for (const one of change.gains) gains.push(one);
  }
  for (const account of after.values()) for (const one of grantsIn([account], has.model)) gains.push(one);
  if (loses.length === 0) return { loses, gains, closes: [], keeps: 'all' };
  const left = new Set(has.accounts.map(({ applicationId }) => applicationId));
  const closes = new Set(loses.map(({ applicationId }) => applicationId).filter((id) => !left.has(id)));
  return { loses, gains, closes: [...closes].sort(), keeps: has.accounts.length === 0 ? 'nothing' : 'some' };
}

type Changed = Pick<AccessChange, 'loses' | 'gains'>;

const NO_ACCOUNT: GivenAccount = { applicationId: '', entitlements: [] };
/** By the very accounts, which are one model's each. */
const changesOfAccounts = new WeakMap<
  GivenAccount,
  WeakMap<GivenAccount, { readonly of: AccessModel; readonly changed: Changed }>
>();

function changeOfAccount(had: GivenAccount, before: AccessModel, has: GivenAccount, after: AccessModel): Changed {
  const ofHad = changesOfAccounts.get(had) ?? new WeakMap();
  changesOfAccounts.set(had, ofHad);
  const known = ofHad.get(has);
  if (known?.of === after) return known.changed;
  const { loses, gains } = changeBetween(grantsIn([had], before), grantsIn([has], after));
  const changed = { loses, gains };
  ofHad.set(has, { of: after, changed });
  return changed;
}

export function changeBetween(had: readonly DueGrant[], has: readonly DueGrant[]): AccessChange {
  const [hadKeys, hasKeys] = [had, has].map((grants) => new Set(grants.map(keyOf))) as [Set<string>, Set<string>];
  const loses = had.filter((one) => !hasKeys.has(keyOf(one)));
  const left = new Set(has.map(({ applicationId }) => applicationId));
  const closes = new Set(loses.map(({ applicationId }) => applicationId).filter((id) => !left.has(id)));
  return {
    loses,
    gains: has.filter((one) => !hadKeys.has(keyOf(one))),
    closes: [...closes].sort(),
    keeps: loses.length === 0 ? 'all' : has.length === 0 ? 'nothing' : 'some',
  };
}

export function dueGrants(state: IdentityState, model: AccessModel, whom?: Whom): readonly DueGrant[] {
  return grantsIn(desiredAccessInState(state, model, whom).accounts, model);
}

/** By the very accounts: one for all to whom the same profiles give something in the application. */
const grantsOfAccounts = new WeakMap<AccessModel, WeakMap<GivenAccount, readonly DueGrant[]>>();

export function grantsIn(accounts: readonly GivenAccount[], model: AccessModel): readonly DueGrant[] {
  const known = grantsOfAccounts.get(model) ?? new WeakMap<GivenAccount, readonly DueGrant[]>();
  grantsOfAccounts.set(model, known);
  return accounts.flatMap((account) => {
    const grants = known.get(account) ?? grantsOf(account, model);
    known.set(account, grants);
    return grants;
  });
}

function grantsOf({ applicationId, entitlements }: GivenAccount, model: AccessModel): readonly DueGrant[] {
  const described = applicationsOf(model).get(applicationId)?.entitlements ?? [];
  return entitlements.flatMap(({ entitlement, reasons }): DueGrant[] => {
    const known = described.find(({ id }) => id === entitlement);
    if (known === undefined) return [];
    const { grant, privileged } = known;
    const profiles = [...new Set(reasons.flatMap((one) => (one.type === 'birthright' ? one.profile : [])))];
    return [{ applicationId, entitlement, grant, privileged, profiles }];
  });
}

/** What was granted and nobody knows by which model: the answer where the model that was settled under is not known. */
export function grantsOnRecord(accounts: readonly AccountRecord[]): readonly DueGrant[] {
  return accounts.flatMap(({ applicationId, granted = [], closedMs }) =>
    closedMs !== undefined
      ? []
      : granted.map(({ entitlement, grant, privileged }) => {
          return { applicationId, entitlement, grant, privileged, profiles: [] };
        }),
  );
}

function keyOf({ applicationId, grant }: Pick<DueGrant, 'applicationId' | 'grant'>): string {
  return `${applicationId}\n${grant}`;
}

/** Worked out once for two models, which are not changed once they are read. */
function ofPair<Result>(
  work: (before: AccessModel, after: AccessModel) => Result,
): (before: AccessModel, after: AccessModel) => Result {
  const results = new WeakMap<AccessModel, WeakMap<AccessModel, { readonly result: Result }>>();
  return (before, after) => {
    const ofBefore = results.get(before) ?? new WeakMap();
    results.set(before, ofBefore);
    const known = ofBefore.get(after) ?? { result: work(before, after) };
    ofBefore.set(after, known);
    return known.result;
  };
}

/** Models are not changed once they are read. */
const applicationMaps = new WeakMap<AccessModel, ReadonlyMap<string, Application>>();

function applicationsOf(model: AccessModel): ReadonlyMap<string, Application> {
  const known = applicationMaps.get(model) ?? new Map(model.applications.map((one) => [one.id, one]));
  applicationMaps.set(model, known);
  return known;
}

/**
 * The applications that are to be visited anew though the grants in them stay: they are reached otherwise, or keep
 * accounts for another time.
 */
export const changedApplications = ofPair((before: AccessModel, after: AccessModel): ReadonlySet<string> => {
  const known = applicationsOf(before);
  const describe = ({ connector, settings, network, retention, retired }: Application) =>
    canonicalJson({ connector, settings, network, retention, retired });
  const same = after.applications.filter((one) => {
    const other = known.get(one.id);
    return other !== undefined && describe(other) === describe(one);
  });
  const unchanged = new Set(same.map(({ id }) => id));
  const all = [...before.applications, ...after.applications].map(({ id }) => id);
  return new Set(all.filter((id) => !unchanged.has(id)));
});

/**
 * The model that holds up what either of two does: everything of the later one, and what the earlier one gave beside it,
 * in the applications that the later one still reaches in the same way; and what either forbids to be held together. Its
 * hash is the later one's, since that is what is deployed.
 */
export const keepBoth = ofPair((before: AccessModel, after: AccessModel): AccessModel => {
  const [earlier, later] = [applicationsOf(before), applicationsOf(after)];
  const kept = after.applications.map((application) => keepEntitlements(earlier.get(application.id), application));
  const revived = new Set(
    kept.filter(({ retired }, index) => retired !== after.applications[index]?.retired).map(({ id }) => id),
  );
  const words = new Map(
    kept.map(({ id, entitlements }) => [id, new Map(entitlements.map((one) => [one.grant, one.id]))]),
  );
  const translate = (reference: string): readonly string[] => {
    const [applicationId = '', id] = reference.split(':');
    const application = earlier.get(applicationId);
    if (application === undefined || application.retired || !isReachedAlike(application, later.get(applicationId)))
      return [];
    const grant = application.entitlements.find((one) => one.id === id)?.grant;
    const now = grant === undefined ? undefined : words.get(applicationId)?.get(grant);
    return now === undefined ? [] : [`${applicationId}:${now}`];
  };
  const stays = (reference: string) => !revived.has(reference.split(':')[0] ?? '');
  const given = after.profiles.map((profile) => ({ ...profile, entitlements: profile.entitlements.filter(stays) }));
  const alsoGiven = before.profiles.map((profile) => ({
    ...profile,
    entitlements: profile.entitlements.flatMap(translate),
  }));
  // What was given for a time by a name of the earlier model is kept as well, whatever that name stands for now.
  const names = before.applications.flatMap(({ id, entitlements }) => entitlements.map((one) => `${id}:${one.id}`));
  const alsoGives = new Map(
    names
      .map((name) => [name, translate(name).filter((other) => other !== name)] as const)
      .filter(([, all]) => all.length > 0),
  );
  const earlierDuties = (before.duties ?? []).map((rule) => ({
    ...rule,
    sides: rule.sides.map((side) => ({ ...side, entitlements: side.entitlements.flatMap(translate) })),
  }));
  const duties: readonly DutyRule[] = [...(after.duties ?? []), ...earlierDuties];
  const content = {
    ...after,
    nonHuman: askedByBoth(before.nonHuman, after.nonHuman),
    applications: kept,
    profiles: withoutRepeated([...given, ...alsoGiven]),
    ...(alsoGives.size > 0 && { alsoGives }),
    ...(duties.length > 0 && { duties }),
  };
  const handsOverAs = [
    { ...content, profiles: given, applications: handingOverAs(after, kept) },
    { ...content, profiles: alsoGiven, applications: handingOverAs(before, kept) },
  ];
  return { ...content, handsOverAs };
});

/** Nobody loses anything since the later model limits what the earlier one did not. */
function askedByBoth(before: NonHumanRules | undefined, after: NonHumanRules | undefined): NonHumanRules | undefined {
  if (after === undefined) return undefined;
  const kinds = Object.entries(after).map(([kind, { holdsNoMoreThanOwner, needs = [], ...rule }]) => {
    const asked = before?.[kind as IdentityKind];
    const isLimited = holdsNoMoreThanOwner === true && asked?.holdsNoMoreThanOwner === true;
    const both = needs.filter((one) => asked?.needs?.includes(one));
    return [kind, { ...rule, ...(isLimited && { holdsNoMoreThanOwner }), ...(both.length > 0 && { needs: both }) }];
  });
  return Object.fromEntries(kinds);
}

/**
 * The model that holds up what the earlier one does and nothing else, as far as the later one still reaches it: for whom
 * that and what the later one gives must not be held together.
 */
export const keepEarlier = ofPair((before: AccessModel, after: AccessModel): AccessModel => {
  return keepBoth(before, { ...after, profiles: [], duties: [] });
});

/** For as long as one of the two models says, whatever the other does. */
function handingOverAs(model: AccessModel, kept: readonly Application[]): readonly Application[] {
  const known = applicationsOf(model);
  return kept.map((application) => {
    const described = known.get(application.id)?.entitlements ?? [];
    const entitlements = application.entitlements.map(({ handover: _longest, ...one }): Entitlement => {
      const handover = described.find(({ grant }) => grant === one.grant)?.handover;
      return handover === undefined ? one : { ...one, handover };
    });
    return { ...application, entitlements };
  });
}

/** An application with another connector is another system: what was granted in the one before is not there. */
function isReachedAlike(before: Application, after: Application | undefined): boolean {
  return before.connector === after?.connector;
}

function keepEntitlements(before: Application | undefined, after: Application): Application {
  if (before === undefined || !isReachedAlike(before, after)) return after;
  const words = new Set(after.entitlements.map(({ grant }) => grant));
  const handed = after.entitlements.map((one) => {
    const days = before.entitlements.find(({ grant }) => grant === one.grant)?.handover?.days ?? 0;
    return days > (one.handover?.days ?? 0) ? { ...one, handover: { days } } : one;
  });
  const taken = new Set(after.entitlements.map(({ id }) => id));
  const more = before.entitlements.filter(({ grant }) => !words.has(grant));
  const renamed = more.map((one): Entitlement => ({ ...one, id: taken.has(one.id) ? `${one.id}~before` : one.id }));
  const tools = new Set(before.entitlements.filter((one) => one.agentMayHold).map(({ grant }) => grant));
  const known = handed.map((one): Entitlement => (tools.has(one.grant) ? { ...one, agentMayHold: true } : one));
  return { ...after, retired: before.retired && after.retired, entitlements: [...known, ...renamed] };
}

/** One reason is named once, where both models give it. */
function withoutRepeated(profiles: readonly AccessProfile[]): readonly AccessProfile[] {
  const given = new Set<string>();
  return profiles.map((profile) => {
    const condition = canonicalJson({ id: profile.id, when: profile.when });
    const entitlements = profile.entitlements.filter((reference) => !given.has(`${condition} ${reference}`));
    for (const reference of entitlements) given.add(`${condition} ${reference}`);
    return { ...profile, entitlements };
  });
}
