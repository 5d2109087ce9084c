// What a population says about its access model, as changes of the model's files that somebody may make: each with what it rests
// on, and a diff where one can be told. Whoever makes one sees in `tenure plan` what it does.
import type {
  AskedEntitlement,
  Explanation,
  PlainCondition,
  ProfilesTogether,
  RoleInsight,
} from '../../lambdas/core/access/role-insight.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { canonicalJson, sha256Hex } from '../../lambdas/core/canonical-json.ts';
import {
  addEntitlements,
  type FileEdit,
  type ModelFile,
  newProfile,
  removeProfile,
  unifiedDiff,
} from './model-edits.ts';

export interface Candidate {
  readonly title: string;
  /** Sentences. */
  readonly why: readonly string[];
  /** Whom it would give something. */
  readonly wouldGain?: readonly string[];
  /** Absent: there is none that would be right whatever else is meant; `why` says so. */
  readonly diff?: string | undefined;
}

export interface Candidates {
  readonly unheld: readonly Candidate[];
  readonly together: readonly Candidate[];
  readonly asked: readonly Candidate[];
}

export interface ModelFiles {
  /** The files of profiles. */
  readonly profiles: readonly ModelFile[];
  /** Where profiles are, from the repository's root. */
  readonly folder: string;
}

const NO_DIFF = 'There is no diff: it is not written as a list in a file of profiles.';
/** In the id of a profile. */
const MAXIMUM_ID = 40;
const HASH_LENGTH = 6;

export function candidatesFor(insight: RoleInsight, model: AccessModel, files: ModelFiles): Candidates {
  return {
    unheld: insight.unheld.map((id) => unheld(id, model, files)),
    together: insight.together.map((one) => together(one, model, files)),
    asked: byCondition(insight.asked).map((all) => asked(all, model, files)),
  };
}

function unheld(id: string, model: AccessModel, { profiles }: ModelFiles): Candidate {
  const named = whereNamed(id, model);
  const why = ['Nobody meets its condition.', ...named];
  const edits = named.length > 0 ? undefined : removeProfile(profiles, id);
  if (edits === undefined) return { title: `\`${id}\``, why: named.length > 0 ? why : [...why, NO_DIFF] };
  return { title: `\`${id}\``, why, diff: unifiedDiff(edits) };
}

/** What else in the model goes by a profile, and would be refused without it. */
function whereNamed(id: string, { duties = [], emergency = [] }: AccessModel): readonly string[] {
  const rules = duties.filter(({ sides }) => sides.some((side) => side.profiles.includes(id)));
  const emergencies = emergency.filter(({ who }) => who.includes(id));
  return [
    ...rules.map((rule) => `There is no diff: the rule \`${rule.id}\` of \`duties.yaml\` names \`${id}\`.`),
    ...emergencies.map((rule) => `There is no diff: \`${rule.id}\` of \`requests.yaml\` names \`${id}\`.`),
  ];
}

function together(
  { profiles: ids, people }: ProfilesTogether,
  model: AccessModel,
  { profiles }: ModelFiles,
): Candidate {
  const title = ids.map((id) => `\`${id}\``).join(', ');
  const why = [`The same ${people} identities have all of them, and nobody has one of them alone.`];
  const [kept = '', ...merged] = ids;
  const named = merged.flatMap((id) => whereNamed(id, model));
  if (named.length > 0) return { title, why: [...why, ...named] };
  const given = (id: string) => model.profiles.find((profile) => profile.id === id)?.entitlements ?? [];
  const more = [...new Set(merged.flatMap(given))].filter((reference) => !given(kept).includes(reference)).sort();
  const added = more.length === 0 ? [] : addEntitlements(profiles, kept, more);
  const removed = merged.map((id) => removeProfile(profiles, id));
  // Two that go from one file may leave it empty, which no single one of them does.
  const edits = isWhole(removed) && added !== undefined ? [...added, ...removed.flat()] : undefined;
  if (edits === undefined || leavesNothing(edits, profiles, ids)) return { title, why: [...why, NO_DIFF] };
  return { title, why: [...why, `One profile can give what they give: \`${kept}\`.`], diff: unifiedDiff(edits) };
}

function isWhole(edits: readonly (readonly FileEdit[] | undefined)[]): edits is readonly (readonly FileEdit[])[] {
  return edits.every((one) => one !== undefined);
}

/** Whether a file is to go and to be changed as well, or loses every profile one by one. */
function leavesNothing(edits: readonly FileEdit[], files: readonly ModelFile[], ids: readonly string[]): boolean {
  const removed = new Set(edits.filter(({ splices }) => splices === 'remove').map(({ path }) => path));
  if (edits.some(({ path, splices }) => splices !== 'remove' && removed.has(path))) return true;
  return files.some(({ path, text }) => {
    const own = [...text.matchAll(/^\s*- id:\s*(\S+)/gm)].map(([, id = '']) => id);
    return own.length > 1 && edits.some((one) => one.path === path) && own.every((id) => ids.slice(1).includes(id));
  });
}

interface Explained extends AskedEntitlement {
  readonly explanation: Explanation;
}

/** What one condition explains is one profile; what none does stands alone. */
function byCondition(all: readonly AskedEntitlement[]): readonly (readonly AskedEntitlement[])[] {
  const groups = new Map<string, AskedEntitlement[]>();
  for (const one of all) {
    const key = one.explanation === undefined ? one.entitlement : canonicalJson(one.explanation.when);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const isExplained = (group: readonly AskedEntitlement[]) => group[0]?.explanation !== undefined;
  return [...groups.values()].sort((one, other) => Number(isExplained(other)) - Number(isExplained(one)));
}

function asked(all: readonly AskedEntitlement[], model: AccessModel, files: ModelFiles): Candidate {
  const title = all.map(({ entitlement }) => `\`${entitlement}\``).join(', ');
  const why = all.map(({ entitlement, holders, isGivenToOthers }) => {
    const others = isGivenToOthers ? 'profiles give it to others' : 'no profile gives it to anybody';
    const privileged = isPrivileged(entitlement, model) ? ', which is privileged,' : '';
    return `\`${entitlement}\`${privileged} is held by ${holders} by decisions of people alone; ${others}.`;
  });
  const explained = all.filter((one): one is Explained => one.explanation !== undefined);
  const [first] = explained;
  if (first === undefined) return { title, why: [...why, 'No attribute says who they are: leave it to be asked for.'] };
  const { when } = first.explanation;
  const wouldGain = [...new Set(explained.flatMap(({ explanation }) => explanation.wouldGain))].sort();
  const counts = explained.map(
    ({ entitlement, holders, explanation }) => `${explanation.explains} of the ${holders} of \`${entitlement}\``,
  );
  const found = `${sentence(when)} finds ${counts.join(', ')}, and ${wouldGain.length} who do not have all of it.`;
  const references = explained.map(({ entitlement }) => entitlement).sort();
  const edits = giving(references, when, model, files);
  const told = edits === undefined ? [...why, found, NO_DIFF] : [...why, found];
  return { title, why: told, wouldGain, diff: edits && unifiedDiff(edits) };
}

function giving(
  references: readonly string[],
  when: PlainCondition,
  model: AccessModel,
  { profiles, folder }: ModelFiles,
): readonly FileEdit[] | undefined {
  const pattern = canonicalJson(Object.fromEntries(Object.entries(when).map(([name, value]) => [name, [value]])));
  const known = model.profiles.find((profile) => canonicalJson(profile.when) === pattern);
  const added = known && addEntitlements(profiles, known.id, references);
  if (added !== undefined) return added;
  const id = idFor(when, model);
  return newProfile(folder, {
    id,
    name: nameFor(when),
    when: when as Record<string, string>,
    entitlements: references,
  });
}

function isPrivileged(reference: string, { applications }: AccessModel): boolean {
  return applications.some(({ id, entitlements }) =>
    entitlements.some((one) => `${id}:${one.id}` === reference && one.privileged),
  );
}

function sentence(when: PlainCondition): string {
  return Object.entries(when)
    .map(([name, value]) => `\`${name}\` is ${JSON.stringify(value)}`)
    .join(' and ');
}

const MAXIMUM_NAME = 100;

function nameFor(when: PlainCondition): string {
  return `Asked for by ${Object.values(when).join(', ')}`.slice(0, MAXIMUM_NAME).trim();
}

/** Lower-case letters, digits and single hyphens; the hash tells two apart that are written alike. */
function idFor(when: PlainCondition, { profiles }: AccessModel): string {
  const words = Object.values(when)
    .join(' ')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const hash = sha256Hex(canonicalJson(when)).slice(0, HASH_LENGTH);
  const trimmed = (text: string, length: number) => text.slice(0, length).replaceAll(/^-+|-+$/g, '');
  const plain = trimmed(`asked-${trimmed(words, MAXIMUM_ID)}`, MAXIMUM_ID);
  if (plain !== 'asked' && profiles.every(({ id }) => id !== plain)) return plain;
  return `${trimmed(plain, MAXIMUM_ID - HASH_LENGTH - 1)}-${hash}`;
}
