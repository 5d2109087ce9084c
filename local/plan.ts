// What a start will do, decided before anything is started: which applications are called where they are and which get
// the sample servers, and what else differs from a deployment to AWS. Everything wrong with model, settings and secrets
// is told here, at once.
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import type { Connector } from '../lambdas/connectors/contract/connector.ts';
import { CONNECTORS, connectorSettingsSchemas } from '../lambdas/connectors/registry.ts';
import type { AccessModel } from '../lambdas/core/access-model/access-model.ts';
import { DEFAULT_TYPE } from '../lambdas/hr-sources/registry.ts';
import { AccessModelError } from '../lib/access-model/access-model-error.ts';
import { didYouMean } from '../lib/access-model/did-you-mean.ts';
import { type ApplicationSettings, loadAccessModel } from '../lib/access-model/load-access-model.ts';
import { readModelFiles } from '../lib/access-model/read-files.ts';
import { issuesOf } from '../lib/access-model/schema-issues.ts';
import { hrSourcesSchema } from '../lib/hr-sources.ts';
import type { DeploymentSettings } from './deploy.ts';
import { REGION } from './emulators.ts';
import { FEED_SOURCE } from './feed/feed.ts';
import { LocalCloudError } from './local-cloud-error.ts';
import type { LocalSettings } from './settings-file.ts';

const SAMPLE_ACCESS_MODEL = fileURLToPath(new URL('../access-model', import.meta.url));
/** moto takes any id; it is a setting of the deployment, so it stays the same from run to run. */
export const IDENTITY_STORE_ID = 'd-1234567890';
/** To check settings with, as long as the real port is not known. */
const SOME_PORT = 4568;
/**
 * Operators sign in at the deployment's own user pool, since the tokens come from there; nothing here is kept; and the
 * access model is an option of its own.
 */
const NOT_APPLIED = ['oidc', 'console', 'groupsClaim', 'identityClaim', 'retainData', 'accessModel'];
/** No patience with failures: somebody is watching. */
const CONVERGENCE = { maximumPasses: 4, firstWaitSeconds: 1, maximumWaitSeconds: 4, afterEscalationSeconds: 60 };

type Values = Readonly<Record<string, unknown>>;

export interface Plan {
  readonly accessModelFolder: string;
  /** The sample's model with sample servers for all of it: what the sample feed is written for. */
  readonly isSample: boolean;
  readonly applications: readonly PlannedApplication[];
  /** Those whose events are posted as the public contract says. */
  readonly hrSources: readonly string[];
  /** Of the settings that were given, those that have no meaning here. */
  readonly notApplied: readonly string[];
  /** Without `applicationSettings`, which depend on the ports. */
  readonly settings: DeploymentSettings;
}

export interface PlannedApplication {
  readonly id: string;
  readonly connector: string;
  readonly server: ApplicationServer;
  /** What replaces the model's own settings, but for the address of a sample server. */
  readonly settings: Values;
  /** Given exactly for what is called where it is. Never printed, and passed to no process but the emulator's store. */
  readonly secret?: Values;
}

/** `own`: called where it is. `by-hand`: tasks, for which no server is needed. */
export type ApplicationServer = 'own' | 'sample-scim' | 'sample-identity-store' | 'by-hand';

/** As written in the model's YAML, whatever else is wrong with that. */
export interface WrittenApplication {
  readonly id: string;
  readonly connector: string;
  readonly settings: Values;
}

export interface PlanOptions {
  /** @default the sample organisation's */
  readonly accessModelFolder?: string | undefined;
  /** @default none */
  readonly given?: Partial<LocalSettings>;
}

/** @throws AccessModelError or LocalCloudError with every fault */
export function planRun({ accessModelFolder, given = {} }: PlanOptions = {}): Plan {
  const folder = accessModelFolder ?? SAMPLE_ACCESS_MODEL;
  const { tenure = {}, secrets = {} } = given;
  const { applicationSettings = {}, ...rest } = tenure as Values & { applicationSettings?: ApplicationSettings };
  const notApplied = NOT_APPLIED.filter((key) => Object.hasOwn(rest, key));
  const { applications, faults } = planApplications(readWritten(folder), applicationSettings, secrets);
  const plan: Plan = {
    accessModelFolder: folder,
    isSample: accessModelFolder === undefined && applications.every(({ server }) => server !== 'own'),
    applications,
    hrSources: hrSourceIds(rest['hrSources']),
    notApplied,
    settings: {
      hrSources: [FEED_SOURCE],
      convergence: CONVERGENCE,
      ...Object.fromEntries(Object.entries(rest).filter(([key]) => !NOT_APPLIED.includes(key))),
      ...(accessModelFolder !== undefined && { accessModel: folder }),
      retainData: false,
    },
  };
  // Settings of applications that there are not: the loader names them.
  const strays = Object.entries(applicationSettings).filter(([id]) => applications.every((one) => one.id !== id));
  reportAll(faults, () =>
    load(folder, { ...Object.fromEntries(strays), ...applicationSettingsAt(plan, SOME_PORT) }, rest['networks']),
  );
  return plan;
}

/** A secret of another deployment is not here, and what an HR system issues is put in by whoever has it. */
function hrSourceIds(written: unknown = [FEED_SOURCE]): readonly string[] {
  const posting = hrSourcesSchema.parse(written).filter(({ type, secret }) => type === DEFAULT_TYPE && !secret);
  return posting.map(({ id }) => id);
}

/** The settings that the app is deployed with. */
export function deploymentSettings(plan: Plan, scimPort: number): DeploymentSettings {
  return { ...plan.settings, applicationSettings: applicationSettingsAt(plan, scimPort) };
}

/** @throws AccessModelError */
export function loadPlannedModel(plan: Plan, scimPort: number): AccessModel {
  return load(plan.accessModelFolder, applicationSettingsAt(plan, scimPort), plan.settings['networks']);
}

export function scimAddress(port: number, applicationId: string): string {
  return `http://127.0.0.1:${port}/${applicationId}/scim/v2`;
}

export interface PlannedApplications {
  readonly applications: readonly PlannedApplication[];
  /** In words for people, each naming its application. */
  readonly faults: readonly string[];
}

/** Where each application is called. Connectors that there are not are left to whoever loads the model. */
export function planApplications(
  written: readonly WrittenApplication[],
  applicationSettings: ApplicationSettings,
  secrets: LocalSettings['secrets'],
): PlannedApplications {
  const ids = written.map(({ id }) => id);
  const faults = Object.keys(secrets)
    .filter((id) => !ids.includes(id))
    .map((id) => `secrets.${id}: unknown application "${id}"${didYouMean(id, ids)}`);
  const applications: PlannedApplication[] = [];
  for (const application of written) {
    const connector = CONNECTORS.find(({ type }) => type === application.connector);
    if (connector === undefined) continue;
    const given = Object.hasOwn(applicationSettings, application.id) ? applicationSettings[application.id] : undefined;
    const secret = Object.hasOwn(secrets, application.id) ? secrets[application.id] : undefined;
    const { faults: ofApplication, ...decided } = decide(application, connector, given ?? {}, secret);
    faults.push(...ofApplication);
    applications.push({ id: application.id, connector: connector.type, ...decided });
  }
  return { applications, faults };
}

type Decision = Omit<PlannedApplication, 'id' | 'connector'> & { readonly faults: readonly string[] };

function decide(
  { id, settings: ofModel }: WrittenApplication,
  connector: Connector,
  given: Values,
  secret: Values | undefined,
): Decision {
  if (secret !== undefined)
    return { server: 'own', settings: given, secret, faults: secretFaults(id, connector, secret) };
  switch (connector.type) {
    case 'manual':
      return { server: 'by-hand', settings: given, faults: [] };
    case 'scim':
      return { server: 'sample-scim', settings: given, faults: [] };
    case 'identity-center':
      return decideIdentityCenter(id, { ...ofModel, ...given }, given);
    default:
      return { server: 'own', settings: given, faults: [missingServer(id, connector, { ...ofModel, ...given })] };
  }
}

function decideIdentityCenter(id: string, settings: Values, given: Values): Decision {
  const faults =
    settings['instanceArn'] === undefined
      ? []
      : [`${id}: Identity Center has groups only in the local cloud: leave out instanceArn, ${BY_HAND}`];
  // The store is all there is of Identity Center here: nobody opens a role session or an application through it.
  const here = { identityStoreId: IDENTITY_STORE_ID, longestSessionHours: 0, opensApplications: false };
  const region = settings['region'] === undefined ? {} : { region: REGION };
  return { server: 'sample-identity-store', settings: { ...given, ...here, ...region }, faults };
}

const BY_HAND = 'or make it "connector: manual" in a copy of the model';

function missingServer(id: string, connector: Connector, settings: Values): string {
  if (connector.secret === undefined) {
    return `${id}: ${connector.type} acts on an AWS account, and the one here is an emulator's: leave it out, ${BY_HAND}`;
  }
  const address = missingIn(connector.settings, settings);
  const where = address.length === 0 ? '' : `its settings (${address.join(', ')}) in applicationSettings.${id} and `;
  const parts = connector.secret.safeParse({}).success ? ['{}'] : missingIn(connector.secret, {});
  const what = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  return `${id}: there is no sample server for ${connector.type}: give ${where}its secret${what} in secrets.${id} of the --settings file, ${BY_HAND}`;
}

function missingIn(schema: z.ZodType, value: Values): readonly string[] {
  return issuesOf(schema, value).flatMap(({ path, missing }) => (missing ? path.join('.') : []));
}

/** Keys are quoted only where the connector knows them: key and value may have changed places. */
function secretFaults(id: string, connector: Connector, secret: Values): readonly string[] {
  if (connector.secret === undefined) return [`secrets.${id}: ${connector.type} signs in with no secret of its own`];
  const issues = issuesOf(connector.secret, secret);
  const unknown = issues.filter(({ atKey }) => atKey);
  const faults = issues
    .filter(({ atKey }) => !atKey)
    .map(({ path, message }) => [`secrets.${[id, ...path].join('.')}`, message].join(': '));
  if (unknown.length === 0) return faults;
  const known = missingIn(connector.secret, {}).join(', ');
  return [...faults, `secrets.${id}: ${unknown.length} unknown key(s)${known === '' ? '' : `: expected ${known}`}`];
}

function applicationSettingsAt({ applications }: Plan, scimPort: number): ApplicationSettings {
  const settings = applications.flatMap(({ id, server, settings }): [string, Values][] => {
    if (server === 'sample-scim') return [[id, { ...settings, baseUrl: scimAddress(scimPort, id) }]];
    return Object.keys(settings).length === 0 ? [] : [[id, settings]];
  });
  return Object.fromEntries(settings);
}

/** Only what it takes to decide; the loader judges the files. */
function readWritten(folder: string): readonly WrittenApplication[] {
  return [...readModelFiles(folder).applications].flatMap(([id, { value }]) => {
    const { connector, settings } = valuesOf(value);
    return typeof connector === 'string' ? [{ id, connector, settings: valuesOf(settings) }] : [];
  });
}

function valuesOf(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function load(folder: string, settings: ApplicationSettings, networks: unknown): AccessModel {
  const names = Object.keys(valuesOf(networks));
  return loadAccessModel(folder, connectorSettingsSchemas(), settings, names);
}

/** Both kinds of faults in one go. */
function reportAll(faults: readonly string[], loading: () => AccessModel): void {
  const own = faults.map((fault) => `  ${fault}`);
  try {
    loading();
  } catch (error) {
    if (!(error instanceof AccessModelError) || faults.length === 0) throw error;
    throw new LocalCloudError([error.message, 'What is to be called where does not fit:', ...own].join('\n'));
  }
  if (faults.length > 0) throw new LocalCloudError(['What is to be called where does not fit:', ...own].join('\n'));
}
