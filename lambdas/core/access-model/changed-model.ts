// An access model with some of it changed, as somebody would like to see it before it is written down and deployed.
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import type { Fault } from '../errors.ts';
import { CONDITION_ATTRIBUTES } from '../identity/attributes.ts';
import type { AccessModel, AccessProfile } from './access-model.ts';
import { type EventPattern, split } from './event-pattern.ts';

const ATTRIBUTES: readonly string[] = CONDITION_ATTRIBUTES;

export interface ModelChange {
  /** Each is added, or takes the place of the one with its id. */
  readonly profiles?: readonly AccessProfile[] | undefined;
  /** Ids of profiles that there would no longer be. */
  readonly without?: readonly string[] | undefined;
  /** Ids of applications that would be retired. */
  readonly retire?: readonly string[] | undefined;
}

/** Pointers lead into the change. */
export type ChangedModel =
  | { readonly model: AccessModel; readonly faults?: undefined }
  | { readonly model?: undefined; readonly faults: readonly Fault[] };

export function changeModel(
  { hash: _hash, ...deployed }: AccessModel,
  { profiles = [], without = [], retire = [] }: ModelChange,
): ChangedModel {
  const faults = [
    ...twice(
      profiles.map(({ id }) => id),
      '/profiles',
      '/id',
    ),
    ...unknown(
      without,
      '/without',
      deployed.profiles.map(({ id }) => id),
      'a profile that the model has',
    ),
    ...unknown(
      retire,
      '/retire',
      deployed.applications.map(({ id }) => id),
      'an application that the model has',
    ),
    ...profiles.flatMap(({ when }, index) => faultsOfCondition(when, `/profiles/${index}/when`)),
    ...profiles.flatMap((profile, index) => faultsOfReferences(deployed, profile, `/profiles/${index}`)),
  ];
  if (faults.length > 0) return { faults };
  const replaced = new Set([...without, ...profiles.map(({ id }) => id)]);
  const content = {
    ...deployed,
    applications: deployed.applications.map((one) =>
      retire.includes(one.id) ? { ...one, retired: true as const } : one,
    ),
    profiles: [...deployed.profiles.filter(({ id }) => !replaced.has(id)), ...profiles].sort((one, other) =>
      one.id < other.id ? -1 : 1,
    ),
  };
  return { model: { hash: sha256Hex(canonicalJson(content)), ...content } };
}

function twice(ids: readonly string[], pointer: string, member: string): readonly Fault[] {
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [{ pointer: `${pointer}/${index}${member}`, detail: 'is named before: expected once' }],
  );
}

function unknown(
  ids: readonly string[],
  pointer: string,
  known: readonly string[],
  expected: string,
): readonly Fault[] {
  return ids.flatMap((id, index) =>
    known.includes(id) ? [] : [{ pointer: `${pointer}/${index}`, detail: `expected the id of ${expected}` }],
  );
}

function faultsOfReferences(
  { applications }: Pick<AccessModel, 'applications'>,
  { entitlements }: AccessProfile,
  pointer: string,
): readonly Fault[] {
  return entitlements.flatMap((reference, index) => {
    const [applicationId, entitlement] = reference.split(':');
    const application = applications.find(({ id }) => id === applicationId);
    const isKnown = application?.entitlements.some(({ id }) => id === entitlement) === true;
    if (isKnown) return [];
    const detail = 'expected application:entitlement, one that the model has';
    return [{ pointer: `${pointer}/entitlements/${index}`, detail }];
  });
}

function faultsOfCondition(when: EventPattern, pointer: string): readonly Fault[] {
  const { conditions, branches = [] } = split(when);
  const detail = `expected conditions on any of ${ATTRIBUTES.join(', ')}`;
  const isUnknown = conditions.some(([name]) => !ATTRIBUTES.includes(name));
  return [
    ...(isUnknown ? [{ pointer, detail }] : []),
    ...branches.flatMap((branch, index) => faultsOfCondition(branch, `${pointer}/$or/${index}`)),
  ];
}
