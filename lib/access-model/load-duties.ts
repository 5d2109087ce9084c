// Reads `duties.yaml`: rules that name what there is, and that the model itself does not break.
import type { AccessProfile, Application } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule, DutySide } from '../../lambdas/core/access-model/duty-rule.ts';
import { DEFAULT_TIME_ZONE, resolveMoment } from '../../lambdas/core/moment.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Faults, parseWith, placeOf, reportDuplicates, type Written } from './faults.ts';
import { type DutiesFile, dutiesFileSchema } from './file-schemas.ts';
import type { ValuePath, YamlFile } from './yaml-file.ts';

/** What the rules are checked against. */
interface Judged {
  readonly applications: { readonly loaded: readonly Application[]; readonly faulty: ReadonlySet<string> };
  readonly unreadable: ReadonlySet<string>;
  readonly profiles: readonly Written<AccessProfile>[];
  /** Undefined when owners.yaml itself has faults. */
  readonly ownerIds: ReadonlySet<string> | undefined;
}

type RuleFile = DutiesFile['rules'][number];

/** Of everybody's baseline, which each profile comes on top of. */
const EVERYONE = 'baseline-everyone';

export function loadDuties(file: YamlFile | undefined, judged: Judged, faults: Faults): readonly DutyRule[] {
  const content = file && parseWith(dutiesFileSchema, file, faults);
  if (file === undefined || content === undefined) return [];
  const rules = content.rules.map((value, index) => ({ value, file, path: ['rules', index] }));
  reportDuplicates(rules, 'rule', faults);
  for (const rule of rules) {
    reportWrongSides(rule, judged, faults);
    reportHandedOver(rule, judged, faults);
    reportWrongExceptions(rule, judged, faults);
    reportBroken(rule, judged.profiles, faults);
  }
  return content.rules.map(toRule);
}

/** A date is its last moment in UTC: whose exception it is may work anywhere, and move. */
function toRule({ exceptions, sides, ...rule }: RuleFile): DutyRule {
  return {
    ...rule,
    sides: sides.map(({ name, entitlements, profiles }) => {
      return { name, entitlements: entitlements.toSorted(), profiles: profiles.toSorted() };
    }),
    exceptions: exceptions.map(({ identity, owner, reason, until }) => {
      return { identityId: identity, owner, reason, untilMs: resolveMoment(until, DEFAULT_TIME_ZONE, 'end-of-day') };
    }),
  };
}

function reportWrongSides({ value, file, path }: Written<RuleFile>, judged: Judged, faults: Faults): void {
  const { applications, unreadable, profiles } = judged;
  const entitlements = new Set(
    applications.loaded.flatMap(({ id, entitlements }) => entitlements.map((entitlement) => `${id}:${entitlement.id}`)),
  );
  const profileIds = new Set(profiles.map(({ value: { id } }) => id));
  const seen = new Map<string, string>();
  const reportTwice = (name: string, side: string, at: ValuePath) => {
    const first = seen.get(name);
    seen.set(name, side);
    if (first === undefined) return;
    const where =
      first === side ? 'is listed twice' : `is on two sides, "${first}" and "${side}": nobody could hold it`;
    faults.at(file, at, `rule "${value.id}": "${name}" ${where}`);
  };
  for (const [index, side] of value.sides.entries()) {
    const sidePath = [...path, 'sides', index];
    if (side.entitlements.length + side.profiles.length === 0) {
      faults.at(file, sidePath, `rule "${value.id}": side "${side.name}" names neither entitlements nor profiles`);
    }
    for (const [place, reference] of side.entitlements.entries()) {
      const at = [...sidePath, 'entitlements', place];
      const [applicationId = ''] = reference.split(':');
      const isJudged = !applications.faulty.has(applicationId) && !unreadable.has(applicationId);
      if (isJudged && !entitlements.has(reference)) {
        faults.at(file, at, `unknown entitlement "${reference}"${didYouMean(reference, entitlements)}`);
      }
      reportTwice(reference, side.name, at);
    }
    for (const [place, profile] of side.profiles.entries()) {
      const at = [...sidePath, 'profiles', place];
      if (!profileIds.has(profile))
        faults.at(file, at, `unknown profile "${profile}"${didYouMean(profile, profileIds)}`);
      reportTwice(profile, side.name, at);
    }
  }
}

/** Of what nobody may hold beside something else, a mover keeps nothing: the next job may bring the other side. */
function reportHandedOver({ value, file, path }: Written<RuleFile>, { applications }: Judged, faults: Faults): void {
  if (value.mode !== 'prevent') return;
  const handed = new Set(
    applications.loaded.flatMap(({ id, entitlements }) =>
      entitlements.flatMap((one) => (one.handover === undefined ? [] : `${id}:${one.id}`)),
    ),
  );
  for (const [index, { entitlements }] of value.sides.entries()) {
    for (const [place, reference] of entitlements.entries()) {
      if (!handed.has(reference)) continue;
      const message = `rule "${value.id}": "${reference}" has a handover window: expected none of what a rule prevents`;
      faults.at(file, [...path, 'sides', index, 'entitlements', place], message);
    }
  }
}

function reportWrongExceptions({ value, file, path }: Written<RuleFile>, { ownerIds }: Judged, faults: Faults): void {
  if (value.mode === 'prevent' && value.exceptions.length > 0) {
    const message = `rule "${value.id}": prevent knows no exceptions: expected mode require-exception, or none of them`;
    faults.at(file, [...path, 'exceptions'], message);
  }
  for (const [index, { identity, owner }] of value.exceptions.entries()) {
    const at = [...path, 'exceptions', index, 'owner'];
    if (owner === identity) faults.at(file, at, `rule "${value.id}": nobody answers for an exception of their own`);
    else if (ownerIds !== undefined && !ownerIds.has(owner)) {
      const hint = didYouMean(owner, ownerIds) || ': owners.yaml names who may answer for one';
      faults.at(file, at, `unknown owner "${owner}"${hint}`);
    }
  }
}

/** What the model itself gives to whoever meets one condition, or to everybody beside any other, no rule can prevent. */
function reportBroken(rule: Written<RuleFile>, profiles: readonly Written<AccessProfile>[], faults: Faults): void {
  const { value, file, path } = rule;
  if (value.mode !== 'prevent') return;
  const everyone = profiles.find(({ value: { id } }) => id === EVERYONE);
  for (const profile of profiles) {
    const own = value.sides.filter((side) => givesSide(profile.value, side)).map(({ name }) => name);
    const always = value.sides.filter((side) => everyone && givesSide(everyone.value, side)).map(({ name }) => name);
    if (own.length > 1) {
      const message = `rule "${value.id}": profile "${profile.value.id}" (${placeOf(profile)}) gives ${quoted(own)} at once`;
      faults.at(file, path, message);
    } else if (profile !== everyone && own.length > 0 && always.length === 1 && always[0] !== own[0]) {
      const message = `rule "${value.id}": profile "${profile.value.id}" (${placeOf(profile)}) gives ${quoted(own)}, and everyone has ${quoted(always)}`;
      faults.at(file, path, message);
    }
  }
}

export function givesSide({ id, entitlements }: AccessProfile, side: DutySide): boolean {
  return side.profiles.includes(id) || entitlements.some((reference) => side.entitlements.includes(reference));
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' and ');
}
