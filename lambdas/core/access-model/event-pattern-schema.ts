// What an event pattern may be, for where a model is read. Apart from event-pattern.ts, which functions carry that only
// match.
import * as z from 'zod';
import { type EventPattern, isWildcard } from './event-pattern.ts';

/** EventBridge's own quota, "event pattern size": 2,048 characters by default, up to 4,096. */
const MAXIMUM_PATTERN_CHARACTERS = 4096;
const MAXIMUM_ALTERNATIVES = 200;
const MAXIMUM_BRANCHES = 20;
const MAXIMUM_TEXT_CHARACTERS = 256;
/** Ruler's range for numbers. */
const MAXIMUM_NUMBER = 5e9;

const text = z.string().max(MAXIMUM_TEXT_CHARACTERS);
const someText = text.min(1, 'expected at least one character');
const number = z.number().min(-MAXIMUM_NUMBER).max(MAXIMUM_NUMBER);
const affix = z.union([text, z.strictObject({ 'equals-ignore-case': text })]);
const WILDCARD =
  'text in which * stands for any characters, no two * follow one another, and \\ comes only before * or \\';
const wildcard = text.refine(isWildcard, `expected ${WILDCARD}`);
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([item, z.array(item).min(1).max(MAXIMUM_ALTERNATIVES)]);

/** Each operator with its operand, and the words for an operand that is something else. */
const OPERATORS = {
  prefix: { operand: affix, expected: 'text, or {"equals-ignore-case": text}' },
  suffix: { operand: affix, expected: 'text, or {"equals-ignore-case": text}' },
  'equals-ignore-case': { operand: text, expected: 'text' },
  wildcard: { operand: wildcard, expected: WILDCARD },
  'anything-but': {
    operand: z.union([
      oneOrMore(text),
      oneOrMore(number),
      z.strictObject({ prefix: oneOrMore(someText) }),
      z.strictObject({ suffix: oneOrMore(someText) }),
      z.strictObject({ 'equals-ignore-case': oneOrMore(text) }),
      z.strictObject({ wildcard: oneOrMore(wildcard) }),
    ]),
    expected:
      'text, a number, a list of either, or one of prefix, suffix, equals-ignore-case, wildcard with text or a list',
  },
  numeric: {
    operand: z.union([
      z.tuple([z.enum(['=', '<', '<=', '>', '>=']), number]),
      z.tuple([z.enum(['>', '>=']), number, z.enum(['<', '<=']), number]),
    ]),
    expected: `["=", n], [">", n], [">=", n], ["<", n], ["<=", n] or a range such as [">", 0, "<=", 5], within ±${MAXIMUM_NUMBER}`,
  },
  exists: { operand: z.boolean(), expected: 'true or false' },
} as const;

type Operator = keyof typeof OPERATORS;
const isOperator = (name: string): name is Operator => Object.hasOwn(OPERATORS, name);
const comparison = (operator: Operator) => z.strictObject({ [operator]: OPERATORS[operator].operand });

const alternativeSchema = z.union(
  [
    text,
    number,
    z.boolean(),
    z.null(),
    comparison('prefix'),
    comparison('suffix'),
    comparison('equals-ignore-case'),
    comparison('wildcard'),
    comparison('anything-but'),
    comparison('numeric'),
    comparison('exists'),
  ],
  { error: (issue) => describeBadAlternative(issue.input) },
);

const alternativesSchema = z
  .array(alternativeSchema, { error: 'expected a list of alternatives, such as [Sales] or [{prefix: Senior}]' })
  .min(1, 'expected at least one alternative')
  .max(MAXIMUM_ALTERNATIVES, `expected at most ${MAXIMUM_ALTERNATIVES} alternatives`);

/**
 * The syntax alone; whether the attributes exist and the pattern can ever match, impossible-pattern.ts tells.
 * (The cast: zod infers a mutable type, and reads an object with a catch-all as one that has no `$or`.)
 */
export const eventPatternSchema: z.ZodType<EventPattern> = z
  .object({
    get $or() {
      return z
        .array(eventPatternSchema, { error: 'expected a list of patterns' })
        .min(2, 'expected at least two patterns to choose from')
        .max(MAXIMUM_BRANCHES, `expected at most ${MAXIMUM_BRANCHES} patterns`)
        .optional();
    },
  })
  .catchall(alternativesSchema)
  .refine((pattern) => Object.keys(pattern).length > 0, 'expected at least one attribute')
  .refine(
    (pattern) => JSON.stringify(pattern).length <= MAXIMUM_PATTERN_CHARACTERS,
    `expected a pattern of at most ${MAXIMUM_PATTERN_CHARACTERS} characters as JSON`,
  ) as unknown as z.ZodType<EventPattern>;

function describeBadAlternative(input: unknown): string {
  if (Array.isArray(input)) return 'expected a value or an operator, found a list within the list';
  if (typeof input === 'string') return `expected at most ${MAXIMUM_TEXT_CHARACTERS} characters`;
  if (typeof input === 'number') return `expected a number within ±${MAXIMUM_NUMBER}`;
  if (typeof input !== 'object' || input === null) return 'expected text, a number, true, false, null or an operator';
  const [name, ...others] = Object.keys(input);
  if (name === undefined || others.length > 0) {
    return 'expected exactly one operator; alternatives are items of the list, and $or combines attributes';
  }
  if (!isOperator(name)) return `unknown operator "${name}": expected one of ${Object.keys(OPERATORS).join(', ')}`;
  return `${name}: expected ${OPERATORS[name].expected}`;
}
