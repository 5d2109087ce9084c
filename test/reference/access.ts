// What somebody should have, by brute force: every entitlement of every profile whose condition holds, asked one by one.
// Written from the glossary and the sample models, with nothing from lambdas/core but its types.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import { bringsTogether, type Excepted, keptApart } from './duties.ts';
import { plainlyMatches } from './patterns.ts';
import type { OwnerThen, ReferenceState } from './state.ts';

const DAY_MS = 86_400_000;

export interface ReferenceAccount {
  readonly applicationId: string;
  /** On leave an account is kept, and cannot be used. */
  readonly enabled: boolean;
  /** Sorted. */
  readonly entitlements: readonly string[];
}

export function referenceAccess(
  state: ReferenceState,
  model: AccessModel,
  excepted?: Excepted,
): readonly ReferenceAccount[] {
  return heldBy(state, model, excepted).map(({ applicationId, entitlements }) => ({
    applicationId,
    enabled: state.status === 'active',
    entitlements: entitlements.map(({ entitlement }) => entitlement),
  }));
}

/** What is kept apart is not among it. */
function heldBy(state: ReferenceState, model: AccessModel, excepted?: Excepted): readonly HeldAccount[] {
  const { status, attributes, granted = [], excepted: letIn = [], notGiven = [] } = state;
  if (status !== 'active' && status !== 'suspended') return [];
  // What is given for a time has no profile.
  const decided = granted.map((reference) => ({ reference, profile: '' }));
  const given = heldAccounts(attributes, model).map(({ applicationId, entitlements }) => ({
    applicationId,
    entitlements: entitlements.filter(({ entitlement }) => !notGiven.includes(`${applicationId}:${entitlement}`)),
  }));
  const beside = togetherWith(given, decided, model);
  const offered = handedOver(state, model, excepted);
  const handed = offered.filter(({ reference }) => {
    const alone = togetherWith(
      [],
      offered.filter((one) => one.reference === reference),
      model,
    );
    return !bringsTogether(alone, beside, model, excepted, letIn);
  });
  return keptApart(withinOwner(togetherWith(beside, handed, model), state, model), model, excepted, letIn);
}

/** Of an agent that is held to it: what its owner holds or owns, and what is marked for agents alone. */
function withinOwner(
  held: readonly HeldAccount[],
  { attributes: { kind }, belongsTo }: ReferenceState,
  model: AccessModel,
): readonly HeldAccount[] {
  const isLimited = kind !== undefined && model.nonHuman?.[kind]?.holdsNoMoreThanOwner === true;
  if (!isLimited || belongsTo === undefined) return held;
  const ofOwner = referenceAccess(belongsTo.state, model);
  return held
    .map(({ applicationId, entitlements }) => ({
      applicationId,
      entitlements: entitlements.filter(({ entitlement }) =>
        isAmongHeld(belongsTo.identityId, ofOwner, `${applicationId}:${entitlement}`, model),
      ),
    }))
    .filter(({ entitlements }) => entitlements.length > 0);
}

/** Whether an agent of this owner may hold it. @param reference `application:entitlement` */
export function mayHoldOf({ identityId, state }: OwnerThen, reference: string, model: AccessModel): boolean {
  return isAmongHeld(identityId, referenceAccess(state, model), reference, model);
}

function isAmongHeld(
  ownerId: string,
  ofOwner: readonly ReferenceAccount[],
  reference: string,
  model: AccessModel,
): boolean {
  const [applicationId, id] = reference.split(':');
  const application = model.applications.find((one) => one.id === applicationId);
  const isTool = application?.entitlements.some((one) => one.id === id && one.agentMayHold === true) === true;
  return isTool || application?.owner === ownerId || isIn(ofOwner, reference);
}

/** @param reference `application:entitlement` */
export function holdsNow(state: ReferenceState, reference: string, model: AccessModel): boolean {
  return isIn(referenceAccess(state, model), reference);
}

function isIn(accounts: readonly ReferenceAccount[], reference: string): boolean {
  return accounts.some(({ applicationId, entitlements }) =>
    entitlements.some((entitlement) => `${applicationId}:${entitlement}` === reference),
  );
}

interface Given {
  readonly reference: string;
  readonly profile: string;
}

function togetherWith(
  held: readonly HeldAccount[],
  more: readonly Given[],
  model: AccessModel,
): readonly HeldAccount[] {
  return model.applications
    .filter(({ retired }) => retired !== true)
    .map(({ id, entitlements }) => ({
      applicationId: id,
      entitlements: entitlements
        .map((entitlement) => {
          const account = held.find(({ applicationId }) => applicationId === id);
          const profiles = account?.entitlements.find((one) => one.entitlement === entitlement.id)?.profiles ?? [];
          const added = more.filter(({ reference }) => reference === `${id}:${entitlement.id}`);
          return { entitlement: entitlement.id, profiles: [...profiles, ...added.map(({ profile }) => profile)] };
        })
        .filter(({ profiles }) => profiles.length > 0)
        .sort((a, b) => (a.entitlement < b.entitlement ? -1 : 1)),
    }))
    .filter(({ entitlements }) => entitlements.length > 0);
}

/** What a profile gave until the state was another one, no longer ago than it may be handed over, and none gives now. */
function handedOver(
  { status, attributes, moved = [] }: ReferenceState,
  model: AccessModel,
  excepted?: Excepted,
): Given[] {
  if (status !== 'active') return [];
  const listed = (accounts: readonly HeldAccount[]) =>
    accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map(({ entitlement, profiles }) => ({ reference: `${applicationId}:${entitlement}`, profiles })),
    );
  const given = listed(heldAccounts(attributes, model)).map(({ reference }) => reference);
  const known = new Map<string, Given[]>();
  for (const { before, atMs, agoMs, notKept } of moved) {
    const then = excepted && { identityId: excepted.identityId, nowMs: atMs - 1 };
    for (const { reference, profiles } of listed(heldBy({ ...before, moved: [] }, model, then))) {
      const [applicationId, id] = reference.split(':');
      const application = model.applications.find((one) => one.id === applicationId);
      const { days = 0 } = application?.entitlements.find((one) => one.id === id)?.handover ?? {};
      const handed = profiles.filter((profile) => profile !== '').map((profile) => ({ reference, profile }));
      if (agoMs >= days * DAY_MS || given.includes(reference) || handed.length === 0) continue;
      if (notKept.includes(reference)) known.delete(reference);
      else known.set(reference, handed);
    }
  }
  return [...known.values()].flat();
}

/** When what is handed over may end (epoch ms), by every window that there is. */
export function handoverEnds({ moved = [] }: ReferenceState, { applications }: AccessModel): readonly number[] {
  const windows = applications.flatMap(({ entitlements }) =>
    entitlements.flatMap(({ handover }) => handover?.days ?? []),
  );
  return moved.flatMap(({ atMs }) => windows.map((days) => atMs + days * DAY_MS));
}

export interface HeldAccount {
  readonly applicationId: string;
  /** Sorted, each with the profiles that give it, in the order of the model. */
  readonly entitlements: readonly { readonly entitlement: string; readonly profiles: readonly string[] }[];
}

/** What the profiles give whose conditions these attributes meet, in the order of the model; nothing in what is retired. */
export function heldAccounts(attributes: Partial<Attributes>, model: AccessModel): readonly HeldAccount[] {
  const byModel = heldBefore.get(attributes) ?? new WeakMap<AccessModel, readonly HeldAccount[]>();
  heldBefore.set(attributes, byModel);
  const held = byModel.get(model) ?? heldAnew(attributes, model);
  byModel.set(model, held);
  return held;
}

/** Of the same attributes it is asked at many instants, and neither they nor a model ever change. */
const heldBefore = new WeakMap<Partial<Attributes>, WeakMap<AccessModel, readonly HeldAccount[]>>();

function heldAnew(attributes: Partial<Attributes>, model: AccessModel): readonly HeldAccount[] {
  const given = model.profiles
    .filter(({ when }) => plainlyMatches(when, attributes))
    .flatMap(({ id, entitlements }) => entitlements.map((reference) => ({ profile: id, reference })));
  return model.applications
    .filter(({ retired }) => retired !== true)
    .map(({ id, entitlements }) => ({
      applicationId: id,
      entitlements: entitlements
        .map((entitlement) => ({
          entitlement: entitlement.id,
          profiles: given
            .filter(({ reference }) => reference === `${id}:${entitlement.id}`)
            .map(({ profile }) => profile),
        }))
        .filter(({ profiles }) => profiles.length > 0)
        .sort((a, b) => (a.entitlement < b.entitlement ? -1 : 1)),
    }))
    .filter(({ entitlements }) => entitlements.length > 0);
}
