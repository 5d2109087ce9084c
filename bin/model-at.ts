// An access model as it stands in a folder, or as it stood at a commit of this repository.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { connectorSettingsSchemas } from '../lambdas/connectors/registry.ts';
import type { AccessModel } from '../lambdas/core/access-model/access-model.ts';
import type { MassErrorGuardSettings } from '../lambdas/core/hr/mass-error-guard.ts';
import type { ModelChangeSettings } from '../lambdas/core/hr/population-walk.ts';
import { type ApplicationSettings, loadAccessModel } from '../lib/access-model/load-access-model.ts';
import { settingsSchema } from '../lib/config.ts';
import { CommandError } from './command-error.ts';

const AT_COMMIT = 'git:';
/** More files than a model has, and more than any one of them. */
const MAXIMUM_FILES = 5_000;
const MAXIMUM_BYTES = 64 * 1024 * 1024;

export interface Deployment {
  /** Where `cdk.json` says that the model is. */
  readonly folder: string;
  readonly applicationSettings: ApplicationSettings;
  /** The networks that applications may name. */
  readonly networks: readonly string[];
  readonly massErrorGuard: MassErrorGuardSettings;
  readonly modelChange: ModelChangeSettings;
}

/** As `cdk synth` would read them, less what is said on its command line. Throws CommandError. */
export function readDeployment(path = 'cdk.json'): Deployment {
  const written = contextOf(path);
  const parsed = settingsSchema.safeParse(written);
  if (!parsed.success) throw new CommandError(`${path}: its settings are wrong; "npx cdk synth" says which`);
  const { accessModel: folder, applicationSettings, networks, massErrorGuard, modelChange } = parsed.data;
  return { folder, applicationSettings, networks: Object.keys(networks), massErrorGuard, modelChange };
}

function contextOf(path: string): unknown {
  try {
    const { context } = JSON.parse(readFileSync(path, 'utf8')) as { context?: Record<string, unknown> };
    return context?.['tenure'] ?? {};
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return {};
    throw new CommandError(`${path} cannot be read: ${code ?? 'it is not JSON'}`);
  }
}

/** Throws CommandError, or AccessModelError with all that is wrong with the files. */
export function modelAt(written: string, deployment: Deployment, option: string): AccessModel {
  if (written.startsWith(AT_COMMIT)) {
    const copy = checkOut(written.slice(AT_COMMIT.length), deployment.folder, option);
    try {
      return load(copy, deployment);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
  if (!statSync(written, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`--${option} ${written}: there is no such folder; at a commit it is git:REF`);
  }
  return load(written, deployment);
}

/** Settings of applications that this model does not have, or no longer, are for the other one. */
function load(folder: string, { applicationSettings, networks }: Deployment): AccessModel {
  const known = Object.entries(applicationSettings).filter(([id]) => isApplication(folder, id));
  return loadAccessModel(folder, connectorSettingsSchemas(), Object.fromEntries(known), networks);
}

function isApplication(folder: string, id: string): boolean {
  return statSync(join(folder, 'applications', `${id}.yaml`), { throwIfNoEntry: false }) !== undefined;
}

function checkOut(reference: string, folder: string, option: string): string {
  if (!/^[\w./@^~-]{1,200}$/.test(reference) || reference.startsWith('-')) {
    throw new CommandError(`--${option} git:${reference}: expected a commit, branch or tag`);
  }
  const inside = relative('.', resolve(folder));
  const names = git(['ls-tree', '-r', '-z', '--name-only', reference, '--', `${inside}/`], option, reference)
    .split('\0')
    .filter((name) => name !== '');
  if (names.length === 0) throw new CommandError(`--${option} git:${reference}: there is no folder ${folder} at it`);
  if (names.length > MAXIMUM_FILES)
    throw new CommandError(`--${option} git:${reference}: more than ${MAXIMUM_FILES} files`);
  const copy = mkdtempSync(join(tmpdir(), 'tenure-model-'));
  for (const name of names) {
    const file = join(copy, relative(inside, name));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, git(['show', `${reference}:./${name}`], option, reference));
  }
  return copy;
}

function git(args: readonly string[], option: string, reference: string): string {
  try {
    return execFileSync('git', [...args], {
      encoding: 'utf8',
      maxBuffer: MAXIMUM_BYTES,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? '')
      .trim()
      .split('\n')[0];
    throw new CommandError(`--${option} git:${reference}: ${said || 'git cannot be run here'}`);
  }
}
