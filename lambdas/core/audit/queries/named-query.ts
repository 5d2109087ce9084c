// A named query as its file says it: Athena's SQL whose opening comment says what it is for, what it takes and what its answer
// looks like; and what is put in place of its question marks.

/**
 * - `start`, `end`: RFC 3339; of a day alone, its first or last millisecond in UTC.
 * - `identity`, `operator`: a pseudonym of the log.
 */
export type ParameterKind = 'text' | 'start' | 'end' | 'identity' | 'operator';

export interface QueryParameter {
  readonly name: string;
  readonly kind: ParameterKind;
  /** `now`, `30 days ago` or a text in quotes; undefined: it has to be given. */
  readonly otherwise: string | undefined;
  readonly about: string;
}

/** What stands for a question mark. */
interface Mark {
  readonly parameter: string;
  readonly as: 'ms' | 'day' | 'text';
}

export interface NamedQuery {
  readonly name: string;
  /** A sentence. */
  readonly title: string;
  readonly purpose: string;
  readonly fedBy: string;
  readonly parameters: readonly QueryParameter[];
  readonly marks: readonly Mark[];
  /** A table in text. */
  readonly example: readonly string[];
  /** The whole file. */
  readonly sql: string;
}

/** A parameter that is missing, unknown or not what it should be. */
export class QueryParameterError extends Error {
  override readonly name = 'QueryParameterError';
  readonly parameter: string;

  /** @param message what was wrong and what was expected; never the value */
  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

const DAY_MS = 86_400_000;
/** Athena takes 1,024 characters. */
export const MAXIMUM_CHARACTERS = 256;

/** Throws an Error for a file whose opening comment is not as it should be. */
export function readQuery(name: string, sql: string): NamedQuery {
  const comment = /^(?:--.*\n)+/.exec(sql)?.[0] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^-- ?/, ''));
  const section = (title: string) => sectionOf(lines, title, name);
  const query = {
    name,
    title: lines[0] ?? '',
    purpose: section('Purpose').join(' '),
    fedBy: section('Fed by').join(' '),
    parameters: section('Parameters')
      .filter(Boolean)
      .map((line) => readParameter(line, name)),
    marks: section('Question marks')
      .join(' ')
      .split(',')
      .map((mark) => readMark(mark.trim(), name)),
    example: section('Example')
      .filter(Boolean)
      .map((line) => line.replace(/^ {2}/, '')),
    sql,
  };
  const known = new Set(query.parameters.map((parameter) => parameter.name));
  const strange = query.marks.find(({ parameter }) => !known.has(parameter));
  if (strange !== undefined) throw new Error(`${name}.sql: a question mark stands for "${strange.parameter}"`);
  return query;
}

function sectionOf(lines: readonly string[], title: string, name: string): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith(`${title}:`));
  if (at === -1) throw new Error(`${name}.sql: its opening comment has no "${title}:"`);
  const end = lines.findIndex((line, index) => index > at && /^[A-Z][a-z ]+:/.test(line));
  const [first = '', ...rest] = lines.slice(at, end === -1 ? undefined : end);
  return [first.slice(title.length + 1).trim(), ...rest];
}

function readParameter(line: string, name: string): QueryParameter {
  const pattern =
    /^ {2}([a-z]+): (text|start|end|identity|operator)(?:, otherwise (now|\d+ days ago|'[^']*'))?\. ?(.*)$/;
  const [, parameter, kind, otherwise, about = ''] = pattern.exec(line) ?? [];
  if (parameter === undefined || kind === undefined) throw new Error(`${name}.sql: no parameter: ${line}`);
  return { name: parameter, kind: kind as ParameterKind, otherwise, about };
}

function readMark(text: string, name: string): Mark {
  const [, parameter, as = 'text'] = /^([a-z]+)(?: as (ms|day|text))?$/.exec(text) ?? [];
  if (parameter === undefined) throw new Error(`${name}.sql: no question mark: ${text}`);
  return { parameter, as: as as Mark['as'] };
}

/**
 * What Athena is to put in place of the question marks, in their order: literals of its SQL. Throws a
 * QueryParameterError.
 */
export function executionParameters(
  { name, parameters, marks }: NamedQuery,
  given: Readonly<Record<string, string>>,
  nowMs: number,
): readonly string[] {
  const names = parameters.map((parameter) => parameter.name);
  for (const each of Object.keys(given)) {
    if (!names.includes(each))
      throw new QueryParameterError(each, `is not known here: ${name} takes ${names.join(', ')}`);
  }
  const values = new Map(parameters.map((parameter) => [parameter.name, readValue(parameter, given, nowMs)]));
  return marks.map(({ parameter, as }) => literalOf(values.get(parameter) ?? '', as));
}

function readValue(
  { name, kind, otherwise, about }: QueryParameter,
  given: Readonly<Record<string, string>>,
  nowMs: number,
): string | number {
  const text = Object.hasOwn(given, name) ? given[name] : undefined;
  if (text === undefined && otherwise === undefined)
    throw new QueryParameterError(name, `is missing${about && `: ${about}`}`);
  if (kind === 'start' || kind === 'end')
    return text === undefined ? instantOtherwise(otherwise, nowMs) : instantOf(name, kind, text);
  const value = text ?? (otherwise ?? '').slice(1, -1);
  if (value === '' || value.length > MAXIMUM_CHARACTERS || /\p{Cc}/u.test(value))
    throw new QueryParameterError(name, `expected 1 to ${MAXIMUM_CHARACTERS} printable characters`);
  return value;
}

function instantOtherwise(otherwise: string | undefined, nowMs: number): number {
  return otherwise === 'now' ? nowMs : nowMs - Number.parseInt(otherwise ?? '', 10) * DAY_MS;
}

function instantOf(name: string, kind: 'start' | 'end', text: string): number {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isDay || isInstant ? Date.parse(text) : Number.NaN;
  // Date.parse takes the 31st of a month that has 30 days for the 1st of the next.
  const exists = !Number.isNaN(ms) && (!isDay || new Date(ms).toISOString().startsWith(text));
  if (!exists || ms < 0)
    throw new QueryParameterError(name, 'expected a day (2026-11-28) or an instant (2026-11-28T17:00:00Z)');
  return isDay && kind === 'end' ? ms + DAY_MS - 1 : ms;
}

function literalOf(value: string | number, as: Mark['as']): string {
  if (typeof value === 'string') return quoted(value);
  if (as === 'ms') return String(value);
  const iso = new Date(value).toISOString();
  return quoted(as === 'day' ? iso.slice(0, 10).replaceAll('-', '') : iso);
}

/** Athena User Guide, "Use parameterized queries": a text is in single quotes; one within it is doubled. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Of a name that is given. */
export const NOBODY = 'nobody is known by this id';

/** What is given as somebody's id, and for which a pseudonym stands in the log. */
export interface GivenName {
  readonly parameter: string;
  readonly kind: 'identity' | 'operator';
  readonly id: string;
}

/** A parameter's own text for whoever is not named is nobody's id. */
export function namesGiven(
  { parameters }: Pick<NamedQuery, 'parameters'>,
  given: Readonly<Record<string, string>>,
): readonly GivenName[] {
  return parameters.flatMap(({ name, kind, otherwise }) => {
    const id = Object.hasOwn(given, name) ? given[name] : undefined;
    if (id === undefined || (kind !== 'identity' && kind !== 'operator') || `'${id}'` === otherwise) return [];
    return [{ parameter: name, kind, id }];
  });
}
