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
  | TextComparison
  | { readonly 'anything-but': AnythingBut }
  | { readonly numeric: NumericRange }
  | { readonly exists: boolean };

/** What only text can meet. */
export type TextComparison =
  | { readonly prefix: Affix }
  | { readonly suffix: Affix }
  | { readonly 'equals-ignore-case': string }
  | { readonly wildcard: string };

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
// A whole pattern is matched by compiled-patterns.ts, together with all others; here stands what one alternative asks.

export interface SplitPattern {
  readonly conditions: readonly (readonly [name: string, alternatives: readonly Alternative[]])[];
  readonly branches: readonly EventPattern[] | undefined;
}

export function split({ $or: branches, ...conditions }: EventPattern): SplitPattern {
  return { conditions: Object.entries(conditions) as [string, readonly Alternative[]][], branches };
}

/** Whether a value meets an alternative. */
export type Matcher = (value: AttributeValue) => boolean;

export function matchesValue(alternative: Alternative, value: AttributeValue): boolean {
  return matcherOf(alternative)(value);
}

/**
 * What follows from the alternative alone is worked out once. An absent attribute matches `exists: false` and nothing
 * else, so `anything-but` needs one that is there.
 */
export function matcherOf(alternative: Alternative): Matcher {
  if (typeof alternative !== 'object' || alternative === null) return (value) => value === alternative;
  if ('exists' in alternative) return (value) => alternative.exists === (value !== undefined);
  if ('anything-but' in alternative) {
    const excludes = excluderOf(alternative['anything-but']);
    return (value) => value !== undefined && !excludes(value);
  }
  if ('numeric' in alternative) {
    return (value) => typeof value === 'number' && isInRange(alternative.numeric, value);
  }
  return ofText(textMatcherOf(alternative));
}

type TextMatcher = (text: string) => boolean;

/** What is not text has no prefix, suffix or spelling, so `anything-but` those lets it through: null included. */
function ofText(matcher: TextMatcher): Matcher {
  return (value) => typeof value === 'string' && matcher(value);
}

function textMatcherOf(comparison: TextComparison): TextMatcher {
  if ('prefix' in comparison) return affixMatcherOf(comparison.prefix, 'prefix');
  if ('suffix' in comparison) return affixMatcherOf(comparison.suffix, 'suffix');
  if ('wildcard' in comparison) return wildcardMatcherOf(comparison.wildcard);
  const folded = foldCase(comparison['equals-ignore-case']);
  return (text) => foldCase(text) === folded;
}

function excluderOf(anythingBut: AnythingBut): Matcher {
  if (typeof anythingBut !== 'object') return (value) => value === anythingBut;
  if (isList(anythingBut)) return (value) => anythingBut.some((excluded) => excluded === value);
  const matchers = comparisonsIn(anythingBut).map(textMatcherOf);
  return ofText((text) => matchers.some((matches) => matches(text)));
}

/** `anything-but: {prefix: [a, b]}` excludes what `prefix: a` or `prefix: b` matches. */
function comparisonsIn(
  excluded: Exclude<AnythingBut, string | number | readonly string[] | readonly number[]>,
): readonly TextComparison[] {
  if ('prefix' in excluded) return listOf(excluded.prefix).map((prefix) => ({ prefix }));
  if ('suffix' in excluded) return listOf(excluded.suffix).map((suffix) => ({ suffix }));
  if ('wildcard' in excluded) return listOf(excluded.wildcard).map((wildcard) => ({ wildcard }));
  return listOf(excluded['equals-ignore-case']).map((text) => ({ 'equals-ignore-case': text }));
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
  return affixMatcherOf(affix, side)(value);
}

function affixMatcherOf(affix: Affix, side: 'prefix' | 'suffix'): TextMatcher {
  if (typeof affix === 'string') {
    return side === 'prefix' ? (text) => text.startsWith(affix) : (text) => text.endsWith(affix);
  }
  const part = foldCase(affix['equals-ignore-case']);
  return side === 'prefix' ? (text) => foldCase(text).startsWith(part) : (text) => foldCase(text).endsWith(part);
}

/**
 * The pieces between the asterisks must occur in order, the first at the start and the last at the end. Taking the
 * first place for each piece never spoils a match, so there is no backtracking and no pattern is slow.
 */
function wildcardMatcherOf(pattern: string): TextMatcher {
  const pieces = splitWildcard(pattern);
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const between = pieces.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let position = first.length;
    for (const piece of between) {
      const found = text.indexOf(piece, position);
      if (found === -1 || found + piece.length > end) return false;
      position = found + piece.length;
    }
    return true;
  };
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
  // In ASCII no character looks at its neighbours, and most values are nothing else.
  if (!/[^ -~]/.test(value)) return value.toLowerCase();
  return Array.from(value, (character) => character.toLowerCase()).join('');
}

/** Array.isArray, which narrows no readonly array. */
export function isList(anythingBut: AnythingBut): anythingBut is readonly string[] | readonly number[] {
  return Array.isArray(anythingBut);
}

export function listOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === 'string' ? [texts] : texts;
}
