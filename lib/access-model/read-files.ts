// Which files make up an access model, and where: anything else in its directory is a fault, since a file that is
// silently skipped is access that silently changes.
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessModelFault } from './access-model-error.ts';
import { didYouMean } from './did-you-mean.ts';
import { ID_FORM, idSchema } from './file-schemas.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

/** Of one folder; each application is a file. */
const MAXIMUM_FILES = 1_000;
const MAXIMUM_FILE_BYTES = 256 * 1024;

/** Files that could not be read are left out, and named in `faults`. */
export interface ModelFiles {
  readonly owners: YamlFile | undefined;
  readonly baseline: YamlFile | undefined;
  readonly duties: YamlFile | undefined;
  readonly requests: YamlFile | undefined;
  readonly nonHuman: YamlFile | undefined;
  readonly reviews: YamlFile | undefined;
  /** By application id. */
  readonly applications: ReadonlyMap<string, YamlFile>;
  readonly profiles: readonly YamlFile[];
  readonly faults: readonly AccessModelFault[];
  /** Applications whose file is there but cannot be read. */
  readonly unreadableApplications: ReadonlySet<string>;
}

const ROOT_ENTRIES = [
  'README.md',
  'applications',
  'baseline.yaml',
  'duties.yaml',
  'non-human.yaml',
  'owners.yaml',
  'profiles',
  'requests.yaml',
  'reviews.yaml',
  // Rules of one's own over activity: lib/sigma.
  'sigma',
];

export function readModelFiles(directory: string): ModelFiles {
  const faults: AccessModelFault[] = [];
  const report = (file: string, message: string) => faults.push({ file, line: 1, column: 1, message });
  const list = (folder: string) => listFolder(directory, folder, report);
  const read = (path: string) => readFile(directory, path, faults);

  const root = list('.');
  for (const { name } of root) {
    if (ROOT_ENTRIES.includes(name)) continue;
    report(name, `unexpected: an access model holds ${ROOT_ENTRIES.join(', ')}${didYouMean(name, ROOT_ENTRIES)}`);
  }
  const has = (name: string) => root.some((entry) => entry.name === name);
  if (!has('owners.yaml')) report('owners.yaml', 'missing: it names who may own applications');
  if (!has('applications')) report('applications', 'missing: it holds one file per application');

  const applications = new Map<string, YamlFile>();
  const unreadableApplications = new Set<string>();
  for (const name of has('applications') ? yamlNames(list('applications'), 'applications', report) : []) {
    const path = `applications/${name}`;
    const id = name.slice(0, -'.yaml'.length);
    if (!idSchema.safeParse(id).success) report(path, `the file's name is the application's id: ${ID_FORM}`);
    const file = read(path);
    if (file === undefined) unreadableApplications.add(id);
    else applications.set(id, file);
  }
  const profileNames = has('profiles') ? yamlNames(list('profiles'), 'profiles', report) : [];
  const profiles = profileNames.flatMap((name) => read(`profiles/${name}`) ?? []);
  const owners = has('owners.yaml') ? read('owners.yaml') : undefined;
  const baseline = has('baseline.yaml') ? read('baseline.yaml') : undefined;
  const duties = has('duties.yaml') ? read('duties.yaml') : undefined;
  const requests = has('requests.yaml') ? read('requests.yaml') : undefined;
  const nonHuman = has('non-human.yaml') ? read('non-human.yaml') : undefined;
  const reviews = has('reviews.yaml') ? read('reviews.yaml') : undefined;
  return {
    owners,
    baseline,
    duties,
    requests,
    nonHuman,
    reviews,
    applications,
    profiles,
    faults,
    unreadableApplications,
  };
}

type Report = (file: string, message: string) => void;

/** Sorted, without hidden files: those belong to editors and file managers. */
function listFolder(directory: string, folder: string, report: Report): readonly Dirent[] {
  try {
    const entries = readdirSync(join(directory, folder), { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (entries.length > MAXIMUM_FILES) report(folder, `${entries.length} files: expected at most ${MAXIMUM_FILES}`);
    return entries.slice(0, MAXIMUM_FILES);
  } catch (error) {
    report(folder, `cannot be listed: ${messageOf(error)}`);
    return [];
  }
}

function yamlNames(entries: readonly Dirent[], folder: string, report: Report): readonly string[] {
  return entries.flatMap((entry) => {
    if (entry.isFile() && entry.name.endsWith('.yaml')) return [entry.name];
    report(`${folder}/${entry.name}`, `unexpected: ${folder}/ holds plain files whose names end in .yaml`);
    return [];
  });
}

function readFile(directory: string, path: string, faults: AccessModelFault[]): YamlFile | undefined {
  const text = readText(directory, path, faults);
  if (text === undefined) return undefined;
  const file = parseYamlFile(path, text);
  faults.push(...file.faults.map((fault) => ({ file: path, ...fault })));
  return file.faults.length === 0 ? file : undefined;
}

/** Undefined: it cannot be read, which is among the faults then. */
export function readText(directory: string, path: string, faults: AccessModelFault[]): string | undefined {
  const report = (message: string) => faults.push({ file: path, line: 1, column: 1, message });
  try {
    const { size } = statSync(join(directory, path));
    if (size > MAXIMUM_FILE_BYTES) {
      report(`${size} bytes: expected at most ${MAXIMUM_FILE_BYTES}`);
      return undefined;
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(join(directory, path)));
  } catch (error) {
    report(`cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
