// Reads access-model/*.yaml when the app is synthesised, reports every fault at once, and compiles what functions
// get. So a mistake stops the deployment and not, months later, somebody's access.
import type * as z from 'zod';
import type { AccessModel, AccessProfile, Application } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../lambdas/core/access-model/duty-rule.ts';
import type { EmergencyRule } from '../../lambdas/core/access-model/emergency-rule.ts';
import type { NonHumanRules } from '../../lambdas/core/access-model/non-human-rules.ts';
import type { RequestRule } from '../../lambdas/core/access-model/request-rules.ts';
import type { ReviewRules } from '../../lambdas/core/access-model/review-rules.ts';
import { canonicalJson, sha256Hex } from '../../lambdas/core/canonical-json.ts';
import { didYouMean } from './did-you-mean.ts';
import { compileEmergencies, faultsOfEmergencies } from './emergency-rules.ts';
import { Faults, OVERRIDES_KEY, parseWith, placeOf, reportDuplicates, type Written } from './faults.ts';
import {
  type ApplicationFile,
  applicationFileSchema,
  baselineFileSchema,
  ownersFileSchema,
  profilesFileSchema,
} from './file-schemas.ts';
import { loadDuties } from './load-duties.ts';
import { loadReviews } from './load-reviews.ts';
import { findDeadParts } from './never-matching.ts';
import { loadNonHuman } from './non-human-rules.ts';
import { type ModelFiles, readModelFiles } from './read-files.ts';
import { compileRules, faultsOfRules, requestsFileSchema } from './request-rules.ts';
import { describePath, issuesOf } from './schema-issues.ts';
import type { YamlFile } from './yaml-file.ts';

/** Settings that differ per deployment (`applicationSettings` in the CDK context): application id → setting → value. */
export type ApplicationSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The compiled access model, its lists sorted by id so that neither file order nor file names change its hash.
 * `connectorTypes` gives each connector's settings schema; `overrides` replace single settings before that check;
 * `networks` are those of the deployment that an application may name.
 * Throws `AccessModelError`, which names every fault with file, line and column.
 */
export function loadAccessModel(
  directory: string,
  connectorTypes: ReadonlyMap<string, z.ZodType>,
  overrides: ApplicationSettings = {},
  networks: readonly string[] = [],
): AccessModel {
  const files = readModelFiles(directory);
  const faults = new Faults(files.faults);
  const ownerIds = loadOwnerIds(files.owners, faults);
  const applications = loadApplications(files, { connectorTypes, overrides, networks, ownerIds }, faults);
  const profiles = [...loadProfiles(files, faults), ...loadBaseline(files, faults)];
  reportDuplicates(profiles, 'profile', faults);
  reportWrongEntitlements(profiles, applications, files.unreadableApplications, faults);
  const judged = { applications, unreadable: files.unreadableApplications, profiles, ownerIds };
  const duties = loadDuties(files.duties, judged, faults);
  const rules = loadRequests(files, { applications, profiles }, faults);
  const nonHuman = loadNonHuman(files.nonHuman, faults);
  const isJudged = (id: string) => !applications.faulty.has(id) && !files.unreadableApplications.has(id);
  const reviews = loadReviews(files.reviews, { applications: applications.loaded, isJudged }, faults);
  faults.throwIfAny();
  return compile(applications.loaded, profiles, { duties, ...rules, nonHuman, reviews });
}

/** Whoever no longer has the job does not keep for longer what does most harm. */
const LONGEST_PRIVILEGED_HANDOVER_DAYS = 14;

interface Applications {
  readonly loaded: readonly Application[];
  /** Files with faults of their own: nothing that refers to them is judged. */
  readonly faulty: ReadonlySet<string>;
}

/** What an access model is checked against. */
interface Deployment {
  readonly connectorTypes: ReadonlyMap<string, z.ZodType>;
  readonly overrides: ApplicationSettings;
  readonly networks: readonly string[];
  /** Undefined when owners.yaml itself has faults. */
  readonly ownerIds: ReadonlySet<string> | undefined;
}

function loadApplications(
  files: ModelFiles,
  { connectorTypes, overrides, networks, ownerIds }: Deployment,
  faults: Faults,
): Applications {
  const loaded: Application[] = [];
  const faulty = new Set<string>();
  for (const [id, file] of files.applications) {
    const content = parseWith(applicationFileSchema, file, faults);
    if (content === undefined) {
      faulty.add(id);
      continue;
    }
    if (ownerIds !== undefined) reportUnknownOwners(content, file, ownerIds, faults);
    reportUnknownNetwork(content, file, networks, faults);
    reportEntitlementFaults(content, file, faults);
    const settings = { ...content.settings, ...overrides[id] };
    checkSettings({ id, file, content, settings, override: overrides[id] ?? {} }, connectorTypes, faults);
    loaded.push(toApplication(id, content, settings));
  }
  const known = new Set([...files.applications.keys(), ...files.unreadableApplications]);
  for (const id of Object.keys(overrides)) {
    if (!known.has(id)) faults.inOverrides(id, `unknown application "${id}"${didYouMean(id, known)}`);
  }
  return { loaded, faulty };
}

/** Undefined when owners.yaml itself has faults. */
function loadOwnerIds(file: YamlFile | undefined, faults: Faults): ReadonlySet<string> | undefined {
  const content = file && parseWith(ownersFileSchema, file, faults);
  if (file === undefined || content === undefined) return undefined;
  const owners = content.owners.map((value, index) => ({ value, file, path: ['owners', index] }));
  reportDuplicates(owners, 'owner', faults);
  return new Set(content.owners.map(({ id }) => id));
}

function reportUnknownOwners(
  { owner, entitlements }: ApplicationFile,
  file: YamlFile,
  ownerIds: ReadonlySet<string>,
  faults: Faults,
): void {
  const named = [
    { owner, path: ['owner'] },
    ...entitlements.map((one, index) => ({ owner: one.owner, path: ['entitlements', index, 'owner'] })),
  ];
  for (const { owner: id, path } of named) {
    if (id === undefined || ownerIds.has(id)) continue;
    const hint = didYouMean(id, ownerIds) || ': owners.yaml names who may own applications';
    faults.at(file, path, `unknown owner "${id}"${hint}`);
  }
}

function reportUnknownNetwork(
  { network }: ApplicationFile,
  file: YamlFile,
  networks: readonly string[],
  faults: Faults,
): void {
  if (network === undefined || networks.includes(network)) return;
  const known = networks.length === 0 ? 'the setting networks names none' : `expected one of ${networks.join(', ')}`;
  faults.at(file, ['network'], `unknown network "${network}"${didYouMean(network, networks) || `: ${known}`}`);
}

function reportEntitlementFaults(content: ApplicationFile, file: YamlFile, faults: Faults): void {
  const entitlements = content.entitlements.map((value, index) => ({ value, file, path: ['entitlements', index] }));
  reportDuplicates(entitlements, 'entitlement', faults);
  const holders = new Map<string, Written<ApplicationFile['entitlements'][number]>>();
  for (const written of entitlements) {
    const { id, privileged, handover } = written.value;
    if (privileged && handover !== undefined && handover.days > LONGEST_PRIVILEGED_HANDOVER_DAYS) {
      const message = `"${id}" is privileged: expected at most ${LONGEST_PRIVILEGED_HANDOVER_DAYS} days to hand it over`;
      faults.at(file, [...written.path, 'handover', 'days'], message);
    }
    const grant = written.value.grant ?? written.value.id;
    const first = holders.get(grant);
    if (first === undefined) holders.set(grant, written);
    else if (first.value.id !== written.value.id) {
      const message = `"${written.value.id}" has the same grant "${grant}" as "${first.value.id}" (${placeOf(first)})`;
      faults.at(file, [...written.path, 'grant'], `${message}: taking one away would take both`);
    }
  }
}

interface SettingsCheck {
  readonly id: string;
  readonly file: YamlFile;
  readonly content: ApplicationFile;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly override: Readonly<Record<string, unknown>>;
}

function checkSettings(check: SettingsCheck, connectorTypes: ReadonlyMap<string, z.ZodType>, faults: Faults): void {
  const { id, file, content, settings, override } = check;
  const schema = connectorTypes.get(content.connector);
  if (schema === undefined) {
    const known = [...connectorTypes.keys()];
    const hint = didYouMean(content.connector, known) || `: expected one of ${known.join(', ')}`;
    faults.at(file, ['connector'], `unknown connector "${content.connector}"${hint}`);
    return;
  }
  for (const issue of issuesOf(schema, settings)) {
    const [setting] = issue.path;
    if (setting !== undefined && Object.hasOwn(override, setting)) {
      faults.inOverrides(id, `${describePath(issue.path)}${issue.message}`);
      continue;
    }
    const path = ['settings', ...issue.path];
    const perDeployment = issue.missing ? ` (here, or per deployment in the context key ${OVERRIDES_KEY}.${id})` : '';
    const message = `${describePath(path)}${issue.message}${perDeployment}`;
    if (issue.atKey) faults.atKey(file, path, message);
    else faults.at(file, path, message);
  }
}

function toApplication(id: string, content: ApplicationFile, settings: Application['settings']): Application {
  const { name, connector, network, owner, rateLimit, entitlements, remoteAccess, retention } = content;
  const { retired, credentialGraceHours, attestation, reconciliation } = content;
  return {
    id,
    name,
    connector,
    ...(network !== undefined && { network }),
    owner,
    settings,
    ...(rateLimit !== undefined && { rateLimit }),
    entitlements: entitlements
      .map((entitlement) => ({ ...entitlement, grant: entitlement.grant ?? entitlement.id }))
      .sort(byId),
    ...(retired && { retired }),
    ...(remoteAccess && { remoteAccess }),
    ...(retention && { retention }),
    ...(credentialGraceHours !== undefined && { credentialGraceHours }),
    ...(attestation && Object.keys(attestation).length > 0 && { attestation }),
    reconciliation,
  };
}

function loadProfiles(files: ModelFiles, faults: Faults): readonly Written<AccessProfile>[] {
  return files.profiles.flatMap((file) => {
    const content = parseWith(profilesFileSchema, file, faults);
    return (content?.profiles ?? []).map((value, index) => {
      const path = ['profiles', index];
      for (const part of findDeadParts(value.when, [...path, 'when'])) {
        const message = `profile "${value.id}": ${part.message}`;
        if (part.atKey) faults.atKey(file, part.path, message);
        else faults.at(file, part.path, message);
      }
      return { value, file, path };
    });
  });
}

/** Baseline access is nothing special to the core: a profile that asks for no more than the kind of identity. */
function loadBaseline(files: ModelFiles, faults: Faults): readonly Written<AccessProfile>[] {
  const file = files.baseline;
  const content = file && parseWith(baselineFileSchema, file, faults);
  if (file === undefined || content === undefined) return [];
  const { everyone, kinds } = content;
  const profiles: Written<AccessProfile>[] = Object.entries(kinds).map(([kind, entitlements]) => ({
    value: { id: `baseline-${kind}`, name: `Baseline: ${kind}`, when: { kind: [kind] }, entitlements },
    file,
    path: ['kinds', kind],
  }));
  if (everyone === undefined) return profiles;
  const when = { kind: [{ exists: true }] };
  const value = { id: 'baseline-everyone', name: 'Baseline: everyone', when, entitlements: everyone };
  return [{ value, file, path: ['everyone'] }, ...profiles];
}

function loadRequests(
  files: ModelFiles,
  {
    applications: { loaded, faulty },
    profiles,
  }: { readonly applications: Applications; readonly profiles: readonly Written<AccessProfile>[] },
  faults: Faults,
): Pick<Rules, 'requests' | 'emergency'> {
  const file = files.requests;
  const content = file && parseWith(requestsFileSchema, file, faults);
  if (file === undefined || content === undefined) return { requests: [], emergency: [] };
  const { requests, emergency = [] } = content;
  const written = requests.map((value, index) => ({ value, file, path: ['requests', index] }));
  reportDuplicates(written, 'rule', faults);
  const emergencies = emergency.map((value, index) => ({ value, file, path: ['emergency', index] }));
  reportDuplicates(emergencies, 'rule', faults);
  const isJudged = (id: string) => !faulty.has(id) && !files.unreadableApplications.has(id);
  const known = { applications: loaded, profiles: profiles.map(({ value }) => value), isJudged };
  const found = [...faultsOfRules(requests, loaded, isJudged), ...faultsOfEmergencies(emergency, known)];
  for (const { path, message } of found) faults.at(file, path, message);
  return { requests, emergency };
}

function reportWrongEntitlements(
  profiles: readonly Written<AccessProfile>[],
  applications: Applications,
  unreadable: ReadonlySet<string>,
  faults: Faults,
): void {
  const known = new Set(
    applications.loaded.flatMap(({ id, entitlements }) => entitlements.map((entitlement) => `${id}:${entitlement.id}`)),
  );
  const retired = new Set(applications.loaded.flatMap((application) => (application.retired ? application.id : [])));
  for (const { value, file, path } of profiles) {
    const listPath = file.path === 'baseline.yaml' ? path : [...path, 'entitlements'];
    const seen = new Set<string>();
    for (const [index, reference] of value.entitlements.entries()) {
      const [applicationId = ''] = reference.split(':');
      const judged = !applications.faulty.has(applicationId) && !unreadable.has(applicationId);
      if (judged && !known.has(reference)) {
        faults.at(file, [...listPath, index], `unknown entitlement "${reference}"${didYouMean(reference, known)}`);
      } else if (retired.has(applicationId)) {
        const message = `"${reference}": the application "${applicationId}" is retired, so nobody may be given access in it`;
        faults.at(file, [...listPath, index], message);
      } else if (seen.has(reference)) {
        faults.at(file, [...listPath, index], `"${reference}" is listed twice`);
      }
      seen.add(reference);
    }
  }
}

/** What else a model holds, beside applications and profiles. */
interface Rules {
  readonly duties: readonly DutyRule[];
  readonly requests: readonly RequestRule[];
  readonly emergency: readonly EmergencyRule[];
  readonly nonHuman: NonHumanRules | undefined;
  readonly reviews: ReviewRules | undefined;
}

function compile(
  applications: readonly Application[],
  written: readonly Written<AccessProfile>[],
  { duties, requests, emergency, nonHuman, reviews }: Rules,
): AccessModel {
  const profiles = written.map(({ value }) => ({ ...value, entitlements: [...value.entitlements].sort() })).sort(byId);
  const content = {
    applications: [...applications].sort(byId),
    profiles,
    ...(duties.length > 0 && { duties: [...duties].sort(byId) }),
    ...(requests.length > 0 && { requests: compileRules(requests) }),
    ...(emergency.length > 0 && { emergency: compileEmergencies(emergency) }),
    ...(nonHuman !== undefined && { nonHuman }),
    ...(reviews !== undefined && { reviews }),
  };
  return { hash: sha256Hex(canonicalJson(content)), ...content };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
