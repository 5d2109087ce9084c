// Tables of settings as the code has them: names and bounds from the zod schema, what each is for from the comment that
// stands before it in the source. So a setting is described once, where it is defined.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Beyond that a pattern tells a reader nothing. */
const LONGEST_PATTERN = 40;
/** A named shape of settings: from its `const` or `interface` to the bracket that closes it. */
const SHAPES = /^(?:export )?(?:const \w*(?:[sS]hape|Schema|[sS]ettings)\b[^=\n]*=|interface \w+)[\s\S]*?^\}/gm;
const COMMENTED = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:readonly )?(\w+)\??:/g;

export interface Comment {
  readonly text: string;
  /** What `@default` says. */
  readonly otherwise: string;
}
export type Comments = ReadonlyMap<string, Comment>;

/** One row a setting; with `nested` also one for each setting within a setting, named with a dot. */
export function settingsTable(schema: z.ZodType, comments: Comments, { nested }: { readonly nested: boolean }): string {
  const rows = rowsOf(schema, comments, { nested, prefix: '' });
  if (rows.length === 0) return 'None.';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(['Setting', 'Expected', 'When left out', 'What it is']), line(['---', '---', '---', '---'])]
    .concat(rows.map(line))
    .join('\n');
}

interface Walk {
  readonly nested: boolean;
  readonly prefix: string;
}

function rowsOf(schema: z.ZodType, comments: Comments, { nested, prefix }: Walk): readonly (readonly string[])[] {
  const { properties = {}, required = [] } = toJsonSchema(schema);
  const shape = objectIn(schema)?.shape as Readonly<Record<string, z.ZodType>> | undefined;
  return Object.entries(properties).flatMap(([name, property]) => {
    const own = shape?.[name];
    const row = [
      `\`${prefix}${name}\``,
      inCell(expected(property)),
      required.includes(name) ? 'required' : defaultOf(own, property, comments.get(name)),
      inCell(comments.get(name)?.text ?? ''),
    ];
    const within = nested && own !== undefined ? objectIn(own) : undefined;
    return within === undefined ? [row] : [row, ...rowsOf(within, comments, { nested, prefix: `${prefix}${name}.` })];
  });
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** The object within defaults and refinements. */
function objectIn(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return objectIn(schema.unwrap() as z.ZodType);
  }
  return undefined;
}

function defaultOf(schema: z.ZodType | undefined, property: JsonSchema, comment: Comment | undefined): string {
  const parsed = schema?.safeParse(undefined);
  if (parsed?.success !== true || parsed.data === undefined) return inCell(comment?.otherwise || 'nothing');
  if (property.properties !== undefined) return 'the defaults below';
  return `\`${JSON.stringify(parsed.data)}\``;
}

function expected(schema: JsonSchema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(expected).join(', or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'a whole number' : 'a number'}${rangeOf(schema)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return `a list${countOf(schema)}: ${expected(schema.items ?? {})}`;
    case 'object':
      return objectText(schema);
    case 'string':
      return textOf(schema);
    default:
      return 'anything';
  }
}

function objectText({ properties, additionalProperties }: JsonSchema): string {
  const names = Object.entries(properties ?? {});
  if (names.length === 0) {
    return typeof additionalProperties === 'object' ? `name → ${expected(additionalProperties)}` : 'an object';
  }
  return `an object: ${names.map(([name, value]) => (value.const === undefined ? `\`${name}\`` : `\`${name}: ${value.const}\``)).join(', ')}`;
}

function textOf({ format, pattern }: JsonSchema): string {
  if (format === 'uri') return 'a URL';
  if (format === 'email') return 'an e-mail address';
  return pattern !== undefined && pattern.length <= LONGEST_PATTERN ? `text: \`${pattern}\`` : 'text';
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  if (exclusiveMinimum !== undefined)
    return maximum === undefined ? '' : ` above ${exclusiveMinimum}, up to ${maximum}`;
  if (minimum === undefined || maximum === undefined) return '';
  return minimum < -1e9 ? '' : `, ${minimum} to ${maximum}`;
}

function countOf({ minItems = 0, maxItems }: JsonSchema): string {
  return maxItems === undefined ? '' : ` of ${minItems} to ${maxItems}`;
}

/** A cell of a table: no bar, no line break. */
function inCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What the source says before each property of a shape, by the property's name; the first that says something counts. */
export function commentsIn(files: readonly URL[]): Comments {
  const comments = new Map<string, Comment>();
  for (const file of files) {
    for (const [shape] of readFileSync(file, 'utf8').matchAll(SHAPES)) {
      for (const [, comment, name] of shape.matchAll(COMMENTED)) {
        if (name !== undefined && !comments.has(name)) comments.set(name, readComment(comment ?? ''));
      }
    }
  }
  return comments;
}

/** Without the stars. */
function readComment(comment: string): Comment {
  const words = comment.replaceAll(/\n\s*\* ?/g, ' ').replaceAll(/\s+/g, ' ');
  const [text = '', otherwise = ''] = words.split(/@default\b/);
  return { text: text.trim(), otherwise: otherwise.trim() };
}
