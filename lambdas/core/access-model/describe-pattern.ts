// A condition as a person would read it: "department is Sales or Marketing and title begins with Senior".
import { type Affix, type Alternative, type AnythingBut, type EventPattern, split } from './event-pattern.ts';

const NUMERIC = { '=': 'is', '<': 'is below', '<=': 'is at most', '>': 'is above', '>=': 'is at least' } as const;

export function describePattern(pattern: EventPattern): string {
  const { conditions, branches = [] } = split(pattern);
  const named = conditions.map(([name, alternatives]) => describeAlternatives(name, alternatives));
  const either = branches.map((branch) => `(${describePattern(branch)})`).join(' or ');
  return [...named, ...(either === '' ? [] : [branches.length > 1 ? `(${either})` : either])].join(' and ');
}

/** Values that are simply named are one "is". */
function describeAlternatives(name: string, alternatives: readonly Alternative[]): string {
  const values = alternatives.filter((one) => typeof one !== 'object' || one === null).map(worded);
  const is = values.length === 0 ? [] : [`is ${values.join(' or ')}`];
  const compared = alternatives.flatMap((one) => (typeof one === 'object' && one !== null ? describe(one) : []));
  return `${name} ${[...is, ...compared].join(' or ')}`;
}

function describe(comparison: Exclude<Alternative, string | number | boolean | null>): string {
  if ('exists' in comparison) return comparison.exists ? 'is there' : 'is not there';
  if ('prefix' in comparison) return `begins with ${affix(comparison.prefix)}`;
  if ('suffix' in comparison) return `ends with ${affix(comparison.suffix)}`;
  if ('equals-ignore-case' in comparison) return `is ${comparison['equals-ignore-case']} in any case`;
  if ('wildcard' in comparison) return `is like ${comparison.wildcard}`;
  if ('anything-but' in comparison) return `is there and ${describeExcluded(comparison['anything-but'])}`;
  const [sign, number, upper, limit] = comparison.numeric;
  const lower = `${NUMERIC[sign]} ${number}`;
  return upper === undefined || limit === undefined ? lower : `${lower} and ${NUMERIC[upper]} ${limit}`;
}

function affix(text: Affix): string {
  return typeof text === 'string' ? worded(text) : `${worded(text['equals-ignore-case'])} in any case`;
}

function describeExcluded(excluded: AnythingBut): string {
  if (typeof excluded !== 'object' || Array.isArray(excluded)) return `is not ${listed(excluded)}`;
  if ('prefix' in excluded) return `does not begin with ${listed(excluded.prefix)}`;
  if ('suffix' in excluded) return `does not end with ${listed(excluded.suffix)}`;
  if ('wildcard' in excluded) return `is not like ${listed(excluded.wildcard)}`;
  return `is not ${listed((excluded as { readonly 'equals-ignore-case': string | readonly string[] })['equals-ignore-case'])} in any case`;
}

function listed(values: unknown): string {
  return (Array.isArray(values) ? values : [values]).map(worded).join(' or ');
}

/** An empty text would read as a word that is missing, and a space at an end would not be seen. */
function worded(value: unknown): string {
  if (value === '') return 'empty';
  return typeof value === 'string' && value !== value.trim() ? `"${value}"` : String(value);
}
