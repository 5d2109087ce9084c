// Whether a pattern can match at all. A profile that never does is a typing error that would silently grant nothing,
// so it is reported when the access model is loaded.
import {
  type Affix,
  type Alternative,
  type AnythingBut,
  type AttributeValue,
  type Comparison,
  type EventPattern,
  foldCase,
  hasAffix,
  isList,
  listOf,
  matchesValue,
  split,
} from './event-pattern.ts';

/** What an attribute may hold: as much as is needed to tell that a condition can never be met. */
export interface PatternField {
  readonly types: readonly ('string' | 'number' | 'boolean' | 'null')[];
  /** Every text it may hold, where that is a closed list. */
  readonly values?: readonly string[] | undefined;
  /** False for a text that it can never hold; by default it may hold any. */
  readonly accepts?: ((value: string) => boolean) | undefined;
}

/** Beyond this many combinations of alternatives for one attribute, the answer is "it may match". */
const MAXIMUM_COMBINATIONS = 10_000;

type Conditions = ReadonlyMap<string, readonly (readonly Alternative[])[]>;

/**
 * Why no identity can ever match the pattern, or undefined when one may. Sound, not complete: a reason is a proof, but
 * some contradictions between texts (two wildcards, say) are not found.
 */
export function explainNeverMatches(
  pattern: EventPattern,
  fields: Readonly<Record<string, PatternField>>,
): string | undefined {
  return explainWithin(new Map(), pattern, fields);
}

/** `outer` is what the patterns around a branch of `$or` ask for: it must hold together with the branch. */
function explainWithin(
  outer: Conditions,
  pattern: EventPattern,
  fields: Readonly<Record<string, PatternField>>,
): string | undefined {
  const { conditions, branches } = split(pattern);
  const all = new Map(outer);
  for (const [name, alternatives] of conditions) {
    const required = [...(all.get(name) ?? []), alternatives];
    const reason = explainAttribute(name, required, Object.hasOwn(fields, name) ? fields[name] : undefined, fields);
    if (reason !== undefined) return reason;
    all.set(name, required);
  }
  if (branches === undefined) return undefined;
  const reasons: string[] = [];
  for (const branch of branches) {
    const reason = explainWithin(all, branch, fields);
    if (reason === undefined) return undefined;
    reasons.push(reason);
  }
  return reasons.length === 1 ? reasons[0] : `no branch of $or can match: ${numbered(reasons)}`;
}

function explainAttribute(
  name: string,
  required: readonly (readonly Alternative[])[],
  field: PatternField | undefined,
  fields: Readonly<Record<string, PatternField>>,
): string | undefined {
  if (field === undefined) return `unknown attribute "${name}": expected one of ${Object.keys(fields).join(', ')}`;
  if (required.some((alternatives) => alternatives.length === 0)) return `"${name}" has no alternatives`;
  if (required.reduce((count, { length }) => count * length, 1) > MAXIMUM_COMBINATIONS) return undefined;
  const combinations = combine(required);
  if (combinations.some((combination) => mayHoldTogether(combination, field))) return undefined;
  if (required.length > 1)
    return `"${name}" cannot match ${required.map((list) => JSON.stringify(list)).join(' and ')} at once`;
  return numbered(combinations.map(([alternative = null]) => explainAlternative(name, alternative, field)));
}

function explainAlternative(name: string, alternative: Alternative, field: PatternField): string {
  const written = JSON.stringify(alternative);
  const { values } = field;
  if (typeof alternative === 'number' && field.types.includes('string')) {
    return `"${name}" is text and never the number ${written}: write "${written}" in quotes`;
  }
  if (alternative === null) return `"${name}" is never null`;
  if (typeof alternative === 'object' && 'numeric' in alternative) {
    if (!field.types.includes('number')) return `"${name}" is text, and numeric matches only numbers`;
    return `no number is within ${JSON.stringify(alternative.numeric)}`;
  }
  return `"${name}" never matches ${written}${values === undefined ? '' : `: expected one of ${values.join(', ')}`}`;
}

/** One alternative from each list, in every way. */
function combine(lists: readonly (readonly Alternative[])[]): readonly (readonly Alternative[])[] {
  return lists.reduce<readonly (readonly Alternative[])[]>(
    (combinations, list) => combinations.flatMap((chosen) => list.map((alternative) => [...chosen, alternative])),
    [[]],
  );
}

/** False only when there is no value, absence included, that every one of the alternatives matches. */
function mayHoldTogether(alternatives: readonly Alternative[], field: PatternField): boolean {
  const holds = (value: AttributeValue) => alternatives.every((alternative) => matchesValue(alternative, value));
  if (holds(undefined)) return true;
  return field.types.some((type) => {
    switch (type) {
      case 'null':
        return holds(null);
      case 'boolean':
        return holds(true) || holds(false);
      case 'number':
        return mayBeNumber(alternatives, holds);
      case 'string':
        return field.values?.some(holds) ?? mayBeText(alternatives, field, holds);
      default:
        return type satisfies never;
    }
  });
}

function mayBeNumber(alternatives: readonly Alternative[], holds: (value: number) => boolean): boolean {
  const exact = alternatives.find((alternative) => typeof alternative === 'number');
  if (exact !== undefined) return holds(exact);
  const bounds = alternatives.flatMap((alternative) => boundsOf(alternative));
  const low = Math.max(...bounds.map(({ low }) => low));
  const high = Math.min(...bounds.map(({ high }) => high));
  if (low > high) return false;
  // Between two different bounds lie more numbers than `anything-but` can list.
  return low === high && Number.isFinite(low) ? holds(low) : bounds.every((bound) => bound.low < bound.high);
}

/** The numbers an alternative could match at most; one that matches no number gives an empty interval. */
function boundsOf(alternative: Alternative): { readonly low: number; readonly high: number }[] {
  const every = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const none = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  if (typeof alternative !== 'object' || alternative === null) return [none];
  if ('anything-but' in alternative) return [every];
  if ('exists' in alternative) return [alternative.exists ? every : none];
  if (!('numeric' in alternative)) return [none];
  const [operator, bound, , top] = alternative.numeric;
  if (top !== undefined) return [{ low: bound, high: top }];
  return [{ low: operator.startsWith('<') ? every.low : bound, high: operator.startsWith('>') ? every.high : bound }];
}

/** Texts are endless, so this looks for a proof that two of the alternatives exclude each other. */
function mayBeText(
  alternatives: readonly Alternative[],
  field: PatternField,
  holds: (value: string) => boolean,
): boolean {
  const exact = alternatives.find((alternative) => typeof alternative === 'string');
  if (exact !== undefined) return holds(exact) && (field.accepts?.(exact) ?? true);
  if (!alternatives.every(matchesSomeText)) return false;
  return alternatives.every((one, index) =>
    alternatives.slice(index + 1).every((other) => !excludeEachOther(one, other)),
  );
}

function matchesSomeText(alternative: Alternative): boolean {
  if (typeof alternative !== 'object' || alternative === null) return typeof alternative === 'string';
  if ('numeric' in alternative) return false;
  if ('exists' in alternative) return alternative.exists;
  return !('anything-but' in alternative) || !excludesAll(alternative['anything-but'], { wildcard: '*' });
}

function excludeEachOther(one: Alternative, other: Alternative): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return false;
  if ('anything-but' in one) return excludesAll(one['anything-but'], other);
  if ('anything-but' in other) return excludesAll(other['anything-but'], one);
  if ('prefix' in one && 'prefix' in other) return !agree(one.prefix, other.prefix, 'prefix');
  if ('suffix' in one && 'suffix' in other) return !agree(one.suffix, other.suffix, 'suffix');
  // Folded to one case both sides only match more, so what fails here fails exactly too.
  if ('equals-ignore-case' in one) return !matchesValue(foldAlternative(other), foldCase(one['equals-ignore-case']));
  if ('equals-ignore-case' in other) return !matchesValue(foldAlternative(one), foldCase(other['equals-ignore-case']));
  return false;
}

/** Whether everything the comparison matches is among what `anything-but` excludes. */
function excludesAll(anythingBut: AnythingBut, comparison: Comparison): boolean {
  if (typeof anythingBut !== 'object' || isList(anythingBut)) return false;
  if ('wildcard' in anythingBut) {
    const written = 'wildcard' in comparison ? comparison.wildcard : undefined;
    return listOf(anythingBut.wildcard).some((pattern) => pattern === '*' || pattern === written);
  }
  if ('prefix' in anythingBut) {
    const start = 'prefix' in comparison && typeof comparison.prefix === 'string' ? comparison.prefix : undefined;
    return start !== undefined && listOf(anythingBut.prefix).some((prefix) => start.startsWith(prefix));
  }
  if ('suffix' in anythingBut) {
    const end = 'suffix' in comparison && typeof comparison.suffix === 'string' ? comparison.suffix : undefined;
    return end !== undefined && listOf(anythingBut.suffix).some((suffix) => end.endsWith(suffix));
  }
  const same = 'equals-ignore-case' in comparison ? foldCase(comparison['equals-ignore-case']) : undefined;
  return listOf(anythingBut['equals-ignore-case']).some((excluded) => foldCase(excluded) === same);
}

/** Two starts agree when one continues the other; likewise two ends. */
function agree(one: Affix, other: Affix, side: 'prefix' | 'suffix'): boolean {
  const [a, b] = [foldCase(affixText(one)), foldCase(affixText(other))];
  return hasAffix(a, b, side) || hasAffix(b, a, side);
}

function affixText(affix: Affix): string {
  return typeof affix === 'string' ? affix : affix['equals-ignore-case'];
}

function foldAlternative(alternative: Comparison): Alternative {
  if ('prefix' in alternative) return { prefix: foldCase(affixText(alternative.prefix)) };
  if ('suffix' in alternative) return { suffix: foldCase(affixText(alternative.suffix)) };
  if ('wildcard' in alternative) return { wildcard: foldCase(alternative.wildcard) };
  if ('equals-ignore-case' in alternative) return foldCase(alternative['equals-ignore-case']);
  return alternative;
}

function numbered(reasons: readonly string[]): string {
  const distinct = [...new Set(reasons)];
  return distinct.length === 1
    ? (distinct[0] ?? '')
    : distinct.map((reason, index) => `(${index + 1}) ${reason}`).join('; ');
}
