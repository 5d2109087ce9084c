// Rules of one's own over activity: `sigma/*.yml` of the access model, each with the SQL that it compiles to beside it. What is
// wrong with one stops the deployment and names file and field; so does SQL that is of another version of its rule.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { sha256Hex } from '../../lambdas/core/canonical-json.ts';
import { ACTIVITY_COLUMNS, FOUND_COLUMNS } from '../../lambdas/core/detection/activity-lake.ts';
import { RESPONSES, type Response, SEVERITY_NAMES } from '../../lambdas/core/detection/detection.ts';
import { MAXIMUM_ROWS, type SigmaRule, sigmaId } from '../../lambdas/core/detection/sigma-rule.ts';
import { type ColumnType, glueType } from '../../lambdas/core/lake-columns.ts';
import type { AccessModelFault } from '../access-model/access-model-error.ts';
import { Faults, parseWith } from '../access-model/faults.ts';
import { readText } from '../access-model/read-files.ts';
import { parseYamlFile, type YamlFile } from '../access-model/yaml-file.ts';

export const SIGMA_FOLDER = 'sigma';
/** Each is a query every quarter of an hour. */
const MAXIMUM_RULES = 50;
/** Raised when what compiled rules ask changes its meaning: all are compiled anew then. */
const COMPILER = 1;
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Which logs are in the lake, by what Sigma calls them. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  aws: ['cloudtrail'],
  azure: ['activitylogs', 'auditlogs', 'signinlogs'],
  github: ['audit'],
  okta: ['okta'],
  slack: ['audit'],
  tenure: [],
};

const logsourceSchema = z
  .looseObject({
    product: z.enum(Object.keys(SERVICES) as [string, ...string[]]),
    service: z.string().optional(),
    category: z.undefined({ error: 'expected product and service: no category of logs is in the lake' }).optional(),
  })
  .superRefine(({ product, service }, context) => {
    const services = SERVICES[product] ?? [];
    if (service === undefined || services.includes(service)) return;
    const message = services.length === 0 ? `expected none with ${product}` : `expected one of ${services.join(', ')}`;
    context.addIssue({ code: 'custom', message, path: ['service'], input: service });
  });

/** What Tenure goes by; Sigma's own schema says the rest, and pySigma holds a rule to it. */
const ruleSchema = z.looseObject({
  title: z.string().min(1).max(256),
  id: z.uuid(),
  level: z.enum(SEVERITY_NAMES),
  logsource: logsourceSchema,
  detection: z.looseObject({ condition: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(10)]) }),
  correlation: z.undefined({ error: 'a correlation is not read: expected a rule over single records' }).optional(),
  timeframe: z.undefined({ error: 'a timeframe is not read: expected a rule over single records' }).optional(),
  /** Sigma leaves members of one's own to whoever reads a rule. */
  tenure: z
    .strictObject({
      /** Whose access is in doubt: that of who acted, or of who was acted on. */
      about: z.enum(['actor', 'target']).default('actor'),
      people: z.enum(RESPONSES).optional(),
      nonHuman: z.enum(RESPONSES).optional(),
    })
    .prefault({}),
});
type WrittenRule = z.infer<typeof ruleSchema>;

export interface SigmaSource {
  /** Of its files, without their ending. */
  readonly name: string;
  /** Relative to the access model. */
  readonly path: string;
  readonly text: string;
  readonly rule: WrittenRule;
}

export interface SigmaFolder {
  readonly sources: readonly SigmaSource[];
  /** Names that have SQL. */
  readonly compiled: readonly string[];
}

/** @param directory of the access model. Throws AccessModelError */
export function readSigmaFolder(directory: string): SigmaFolder {
  const found: AccessModelFault[] = [];
  const entries = entriesOf(directory);
  const report = (name: string, message: string) =>
    found.push({ file: `${SIGMA_FOLDER}/${name}`, line: 1, column: 1, message });
  const names = (ending: string) =>
    entries.filter((entry) => entry.endsWith(ending)).map((entry) => entry.slice(0, -ending.length));
  const rules = names('.yml');
  for (const entry of entries) {
    if (entry === 'README.md' || entry.endsWith('.sql') || entry.endsWith('.yml')) continue;
    report(entry, 'unexpected: sigma/ holds rules, whose names end in .yml, and beside each its .sql');
  }
  if (rules.length > MAXIMUM_RULES) report('', `${rules.length} rules: expected at most ${MAXIMUM_RULES}`);
  const read = rules.slice(0, MAXIMUM_RULES).flatMap((name) => {
    const path = `${SIGMA_FOLDER}/${name}.yml`;
    if (!NAME.test(name)) report(`${name}.yml`, 'expected a name of small letters, digits, _ and -, at most 64');
    const text = readText(directory, path, found);
    return text === undefined ? [] : [{ name, path, text, file: parseYamlFile(path, text) }];
  });
  for (const { path, file } of read) found.push(...file.faults.map((fault) => ({ file: path, ...fault })));
  const faults = new Faults(found);
  const sources = read.flatMap(({ file, ...source }) => {
    const rule = file.faults.length > 0 ? undefined : ruleIn(file, faults);
    return rule === undefined ? [] : [{ ...source, rule }];
  });
  reportSameIds(sources, faults, read);
  faults.throwIfAny();
  return { sources, compiled: names('.sql') };
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(join(directory, SIGMA_FOLDER))
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function ruleIn(file: YamlFile, faults: Faults): WrittenRule | undefined {
  return parseWith(ruleSchema, file, faults);
}

function reportSameIds(
  sources: readonly SigmaSource[],
  faults: Faults,
  read: readonly { readonly path: string; readonly file: YamlFile }[],
): void {
  const firsts = new Map<string, SigmaSource>();
  for (const source of sources) {
    const first = firsts.get(source.rule.id);
    const file = read.find(({ path }) => path === source.path)?.file;
    if (first === undefined) firsts.set(source.rule.id, source);
    else if (file !== undefined) faults.at(file, ['id'], `id: that of ${first.path}: expected one of its own`);
  }
}

/** As they are deployed. @param directory of the access model. Throws AccessModelError */
export function loadSigmaRules(directory: string): readonly SigmaRule[] {
  const { sources, compiled } = readSigmaFolder(directory);
  const found: AccessModelFault[] = [];
  const report = (file: string, message: string) => found.push({ file, line: 1, column: 1, message });
  for (const name of compiled) {
    if (sources.some((source) => source.name === name)) continue;
    report(`${SIGMA_FOLDER}/${name}.sql`, `there is no ${name}.yml: ${RECOMPILE}`);
  }
  const rules = sources.flatMap((source): SigmaRule[] => {
    const path = `${SIGMA_FOLDER}/${source.name}.sql`;
    if (!compiled.includes(source.name)) {
      report(source.path, `it is not compiled: ${RECOMPILE}`);
      return [];
    }
    const sql = readText(directory, path, found);
    if (sql === undefined) return [];
    if (!sql.startsWith(headOf(source))) {
      report(path, `it is not what ${source.name}.yml says now: ${RECOMPILE}`);
      return [];
    }
    return [deployedAs(source, sql)];
  });
  new Faults(found).throwIfAny();
  return rules;
}

const RECOMPILE = 'run `npx tenure sigma compile`';
/** In mails and chats nothing in it may be markup. */
const NOT_OF_TITLES = /[^\p{L}\p{N} _.,:/()+=-]/gu;
const LIGHT: readonly string[] = ['informational', 'low'];

function deployedAs({ name, rule }: SigmaSource, sql: string): SigmaRule {
  const byDefault: Response = LIGHT.includes(rule.level) ? 'record' : 'alert';
  const { about, people = byDefault, nonHuman = byDefault } = rule.tenure;
  return {
    id: sigmaId(name),
    title: titleOf(rule),
    severity: rule.level,
    window: 'what came into the lake since the rule was run last',
    joins: ['whose account it is'],
    response: { people, nonHuman },
    about,
    sql,
  };
}

function titleOf({ title }: WrittenRule): string {
  return title.replace(NOT_OF_TITLES, '_');
}

/** By which SQL is known to be that of its rule. */
function headOf({ name, text, rule }: SigmaSource): string {
  const hash = sha256Hex(text.replaceAll('\r\n', '\n'));
  return `-- ${titleOf(rule)}\n-- Written by \`npx tenure sigma compile\`: change ${name}.yml, not this.\n-- sha256 ${hash}, compiler ${COMPILER}\n`;
}

/** The whole query. @param condition as lib/sigma/compile.py says it */
export function sqlOf(source: SigmaSource, condition: string): string {
  const selected = Object.entries(FOUND_COLUMNS).map(([name, column]) =>
    name === column ? column : `${column} AS ${name}`,
  );
  return `${headOf(source)}SELECT ${selected.join(', ')}
FROM activity
WHERE loggedhour BETWEEN ? AND ?
  AND logged_time BETWEEN ? AND ?
  AND ${condition}
ORDER BY logged_time
LIMIT ${MAXIMUM_ROWS + 1}
`;
}

/** What a rule may ask about: path → type, as Glue writes it. */
export function askableColumns(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(ACTIVITY_COLUMNS).flatMap(([name, type]) => pathsOf(name, type)));
}

function pathsOf(path: string, type: ColumnType): readonly (readonly [string, string])[] {
  if (typeof type === 'string' || 'list' in type) return [[path, glueType(type)]];
  return Object.entries(type.struct).flatMap(([name, inner]) => pathsOf(`${path}.${name}`, inner));
}
