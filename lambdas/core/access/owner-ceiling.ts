// An AI agent holds no more than its owner answers for: what the owner holds by reasons of their own, what is in an
// application that the owner owns, and tools that the model lets agents alone hold. What is beyond that is not given,
// whatever holds it up; it comes back when the owner has it again.
import type { AccessModel } from '../access-model/access-model.ts';
import type { EmployedState, OwnerThen } from '../identity/timeline.ts';
import type { GivenAccount } from './compiled-model.ts';

/** What reasons hold up and the owner does not answer for. */
export interface BeyondOwner {
  readonly ownerId: string;
  /** `application:entitlement`, in the order of the accounts. */
  readonly entitlements: readonly string[];
}

export interface WithinOwner {
  readonly accounts: readonly GivenAccount[];
  /** Absent: the owner answers for all of it, or nothing limits it. */
  readonly beyondOwner?: BeyondOwner | undefined;
}

/** Undefined: nothing limits it. */
export function limitingOwner({ attributes, ownedBy }: EmployedState, model: AccessModel): OwnerThen | undefined {
  return model.nonHuman?.[attributes.kind]?.holdsNoMoreThanOwner === true ? ownedBy : undefined;
}

/** By the very lists: one for all agents with the same profiles of owners with the same profiles. */
const known = new WeakMap<
  AccessModel,
  WeakMap<readonly GivenAccount[], WeakMap<readonly GivenAccount[], WithinOwner>>
>();

/** @param held what the owner holds by that model */
export function withinOwner(
  accounts: readonly GivenAccount[],
  { identityId, held }: { readonly identityId: string; readonly held: readonly GivenAccount[] },
  model: AccessModel,
): WithinOwner {
  // What is said of one owner is not said of another.
  const ofOne = (found: WithinOwner): WithinOwner =>
    found.beyondOwner === undefined ? found : { ...found, beyondOwner: { ...found.beyondOwner, ownerId: identityId } };
  if (ownersIn(model).has(identityId)) return cut(accounts, held, model, identityId);
  const ofModel = known.get(model) ?? new WeakMap();
  known.set(model, ofModel);
  const ofAccounts = ofModel.get(accounts) ?? new WeakMap();
  ofModel.set(accounts, ofAccounts);
  const found = ofAccounts.get(held) ?? cut(accounts, held, model, identityId);
  ofAccounts.set(held, found);
  return ofOne(found);
}

function cut(
  accounts: readonly GivenAccount[],
  held: readonly GivenAccount[],
  model: AccessModel,
  ownerId: string,
): WithinOwner {
  const ofOwner = new Set(
    held.flatMap(({ applicationId, entitlements }) => entitlements.map((one) => `${applicationId}:${one.entitlement}`)),
  );
  const tools = toolsIn(model);
  const beyond: string[] = [];
  const left = accounts.map((account): GivenAccount => {
    const { applicationId } = account;
    if (ownersIn(model).get(ownerId)?.has(applicationId) === true) return account;
    const entitlements = account.entitlements.filter(({ entitlement }) => {
      const reference = `${applicationId}:${entitlement}`;
      const isWithin = ofOwner.has(reference) || tools.has(reference);
      if (!isWithin) beyond.push(reference);
      return isWithin;
    });
    return entitlements.length === account.entitlements.length ? account : { applicationId, entitlements };
  });
  if (beyond.length === 0) return { accounts };
  return {
    accounts: left.filter(({ entitlements }) => entitlements.length > 0),
    beyondOwner: { ownerId, entitlements: beyond },
  };
}

/** Models are not changed once they are read. */
const ownersOf = new WeakMap<AccessModel, ReadonlyMap<string, ReadonlySet<string>>>();
const toolsOf = new WeakMap<AccessModel, ReadonlySet<string>>();

/** Owner → the applications they own. */
function ownersIn(model: AccessModel): ReadonlyMap<string, ReadonlySet<string>> {
  const found = ownersOf.get(model);
  if (found !== undefined) return found;
  const owners = new Map<string, Set<string>>();
  for (const { id, owner } of model.applications) owners.set(owner, (owners.get(owner) ?? new Set()).add(id));
  ownersOf.set(model, owners);
  return owners;
}

function toolsIn(model: AccessModel): ReadonlySet<string> {
  const found = toolsOf.get(model);
  if (found !== undefined) return found;
  const tools = model.applications.flatMap(({ id, entitlements }) =>
    entitlements.flatMap((one) => (one.agentMayHold === true ? `${id}:${one.id}` : [])),
  );
  const made = new Set(tools);
  toolsOf.set(model, made);
  return made;
}
