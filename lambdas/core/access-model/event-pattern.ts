// The conditions of access profiles, in EventBridge's own event-pattern syntax, so that AWS people already know them:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. Where the guide is silent
// this follows the engine behind it, github.com/aws/event-ruler. Left out: `cidr` (no attribute is an address) and
// nested fields (attributes are flat).

/** Every attribute named must match, and one branch of `$or`; an attribute matches when one alternative does. */
export interface EventPattern {
  readonly $or?: readonly EventPattern[] | undefined;
  readonly [attribute: string]: readonly Alternative[] | readonly EventPattern[] | undefined;
}

export type Alternative = string | number | boolean | null | Comparison;

export type Comparison =
  | { readonly prefix: Affix }
  | { readonly suffix: Affix }
  | { readonly 'equals-ignore-case': string }
  | { readonly wildcard: string }
  | { readonly 'anything-but': AnythingBut }
  | { readonly numeric: NumericRange }
  | { readonly exists: boolean };

/** The start or the end of a text, by default case-sensitive. */
export type Affix = string | { readonly 'equals-ignore-case': string };

export type AnythingBut =
  | string
  | number
  | readonly string[]
  | readonly number[]
  | { readonly prefix: string | readonly string[] }
  | { readonly suffix: string | readonly string[] }
  | { readonly 'equals-ignore-case': string | readonly string[] }
  | { readonly wildcard: string | readonly string[] };

export type NumericRange =
  | readonly ['=' | '<' | '<=' | '>' | '>=', number]
  | readonly ['>' | '>=', number, '<' | '<=', number];

/** An attribute's value; undefined is an absent attribute, which null is not. */
export type AttributeValue = string | number | boolean | null | undefined;

// --- Syntax -----------------------------------------------------------------------------------------------------

/** "Consecutive wildcard characters are not allowed"; a backslash may only escape an asterisk or a backslash. */
export function isWildcard(pattern: string): boolean {
  return /^(?:[^\\*]|\\[\\*]|\*(?!\*))*$/.test(pattern);
}

// --- Matching ---------------------------------------------------------------------------------------------------

/** True when the attributes meet every condition of the pattern. */
export function matches(pattern: EventPattern, attributes: Readonly<Record<string, AttributeValue>>): boolean {
  const { conditions, branches } = split(pattern);
  const hold = conditions.every(([name, alternatives]) => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return alternatives.some((alternative) => matchesValue(alternative, value));
  });
  return hold && (branches === undefined || branches.some((branch) => matches(branch, attributes)));
}

export interface SplitPattern {
  readonly conditions: readonly (readonly [name: string, alternatives: readonly Alternative[]])[];
  readonly branches: readonly EventPattern[] | undefined;
}

export function split({ $or: branches, ...conditions }: EventPattern): SplitPattern {
  return { conditions: Object.entries(conditions) as [string, readonly Alternative[]][], branches };
}

/** An absent attribute matches `exists: false` and nothing else, so `anything-but` needs one that is there. */
export function matchesValue(alternative: Alternative, value: AttributeValue): boolean {
  if (typeof alternative !== 'object' || alternative === null) return alternative === value;
  if ('exists' in alternative) return alternative.exists === (value !== undefined);
  if (value === undefined) return false;
  if ('anything-but' in alternative) return !isExcluded(alternative['anything-but'], value);
  if ('numeric' in alternative) return typeof value === 'number' && isInRange(alternative.numeric, value);
  if (typeof value !== 'string') return false;
  if ('prefix' in alternative) return hasAffix(value, alternative.prefix, 'prefix');
  if ('suffix' in alternative) return hasAffix(value, alternative.suffix, 'suffix');
  if ('wildcard' in alternative) return matchesWildcard(alternative.wildcard, value);
  return foldCase(value) === foldCase(alternative['equals-ignore-case']);
}

/** What is not text has no prefix, suffix or spelling, so `anything-but` those lets it through: null included. */
function isExcluded(anythingBut: AnythingBut, value: AttributeValue): boolean {
  if (typeof anythingBut !== 'object') return anythingBut === value;
  if (isList(anythingBut)) return anythingBut.some((excluded) => excluded === value);
  if (typeof value !== 'string') return false;
  if ('prefix' in anythingBut) return listOf(anythingBut.prefix).some((prefix) => value.startsWith(prefix));
  if ('suffix' in anythingBut) return listOf(anythingBut.suffix).some((suffix) => value.endsWith(suffix));
  if ('wildcard' in anythingBut) return listOf(anythingBut.wildcard).some((pattern) => matchesWildcard(pattern, value));
  return listOf(anythingBut['equals-ignore-case']).some((excluded) => foldCase(excluded) === foldCase(value));
}

function isInRange([operator, bound, ...rest]: NumericRange, value: number): boolean {
  const [secondOperator, secondBound] = rest;
  if (!compares(value, operator, bound)) return false;
  return secondOperator === undefined || secondBound === undefined || compares(value, secondOperator, secondBound);
}

function compares(value: number, operator: '=' | '<' | '<=' | '>' | '>=', bound: number): boolean {
  switch (operator) {
    case '=':
      return value === bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    default:
      return operator satisfies never;
  }
}

export function hasAffix(value: string, affix: Affix, side: 'prefix' | 'suffix'): boolean {
  const [whole, part] =
    typeof affix === 'string' ? [value, affix] : [foldCase(value), foldCase(affix['equals-ignore-case'])];
  return side === 'prefix' ? whole.startsWith(part) : whole.endsWith(part);
}

/**
 * The pieces between the asterisks must occur in order, the first at the start and the last at the end. Taking the
 * first place for each piece never spoils a match, so there is no backtracking and no pattern is slow.
 */
function matchesWildcard(pattern: string, value: string): boolean {
  const pieces = splitWildcard(pattern);
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return value === first;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  const end = value.length - last.length;
  let position = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, position);
    if (found === -1 || found + piece.length > end) return false;
    position = found + piece.length;
  }
  return true;
}

/** The literal text around each unescaped asterisk: `a*b\*c` gives `a` and `b*c`. */
function splitWildcard(pattern: string): readonly string[] {
  const pieces = [''];
  for (const [token] of pattern.matchAll(/\\[\\*]|./gsu)) {
    if (token === '*') pieces.push('');
    else pieces.push((pieces.pop() ?? '') + (token.length > 1 && token.startsWith('\\') ? token.slice(1) : token));
  }
  return pieces;
}

/** Character by character, as Ruler does: a whole text's toLowerCase looks at neighbours (the Greek final sigma). */
export function foldCase(value: string): string {
  return Array.from(value, (character) => character.toLowerCase()).join('');
}

/** Array.isArray, which narrows no readonly array. */
export function isList(anythingBut: AnythingBut): anythingBut is readonly string[] | readonly number[] {
  return Array.isArray(anythingBut);
}

export function listOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts;
}
