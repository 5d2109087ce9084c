// Whether attributes meet a condition, read plainly: one pattern, one attribute and one alternative after the other, as the
// EventBridge guide describes each operator. It imports nothing, so that what it judges cannot be wrong in the same way.

type Value = string | number | boolean | null | undefined;
type Operand = Readonly<Record<string, unknown>>;

/** Every attribute named must match by one of its alternatives, and one branch of `$or` if there is one. */
export function plainlyMatches(pattern: object, attributes: Readonly<Record<string, Value>>): boolean {
  for (const [name, wanted] of Object.entries(pattern) as [string, readonly unknown[]][]) {
    if (name === '$or') {
      if (!wanted.some((branch) => plainlyMatches(branch as object, attributes))) return false;
      continue;
    }
    // Its own, since every object has a `constructor`.
    const value = Object.entries(attributes).find(([each]) => each === name)?.[1];
    if (!wanted.some((alternative) => plainlyMeets(alternative, value))) return false;
  }
  return true;
}

function plainlyMeets(alternative: unknown, value: Value): boolean {
  if (typeof alternative !== 'object' || alternative === null) return alternative === value;
  const [[operator, operand] = []] = Object.entries(alternative);
  if (operator === 'exists') return operand === (value !== undefined);
  if (value === undefined) return false;
  if (operator === 'anything-but') return !isAmongExcluded(operand, value);
  if (operator === 'numeric') return typeof value === 'number' && isWithin(operand as readonly unknown[], value);
  return typeof value === 'string' && textMeets(operator, operand, value);
}

function isAmongExcluded(excluded: unknown, value: Value): boolean {
  if (Array.isArray(excluded)) return excluded.includes(value);
  if (typeof excluded !== 'object' || excluded === null) return excluded === value;
  const [[operator, operand] = []] = Object.entries(excluded);
  const operands: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  return typeof value === 'string' && operands.some((each) => textMeets(operator, each, value));
}

function isWithin(range: readonly unknown[], value: number): boolean {
  for (let index = 0; index < range.length; index += 2) {
    const bound = range[index + 1] as number;
    const holds = {
      '=': value === bound,
      '<': value < bound,
      '<=': value <= bound,
      '>': value > bound,
      '>=': value >= bound,
    };
    if (!holds[range[index] as keyof typeof holds]) return false;
  }
  return true;
}

function textMeets(operator: string | undefined, operand: unknown, value: string): boolean {
  switch (operator) {
    case 'prefix':
      return affixOf(operand, value, (text, length) => text.slice(0, length));
    case 'suffix':
      return affixOf(operand, value, (text, length) => text.slice(text.length - length));
    case 'equals-ignore-case':
      return inOneCase(value) === inOneCase(operand as string);
    case 'wildcard':
      return wildcard(operand as string).test(value);
    default:
      throw new Error(`the reference does not know the operator ${operator}`);
  }
}

function affixOf(operand: unknown, value: string, cut: (text: string, length: number) => string): boolean {
  const folded = typeof operand === 'object' ? (operand as Operand)['equals-ignore-case'] : undefined;
  const [text, affix] =
    folded === undefined ? [value, operand as string] : [inOneCase(value), inOneCase(folded as string)];
  return affix.length <= text.length && cut(text, affix.length) === affix;
}

/** A character alone: within a word a capital sigma becomes another letter at the end. */
function inOneCase(text: string): string {
  let folded = '';
  for (const character of text) folded += character.toLowerCase();
  return folded;
}

/** An asterisk is any text, unless a backslash stands before it. */
function wildcard(written: string): RegExp {
  const source = written.replace(/\\(.)|\*|[^\\*]/gsu, (token, escaped: string | undefined) => {
    if (token === '*') return '[^]*';
    return (escaped ?? token).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}
