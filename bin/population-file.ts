// The people, as `tenure export` writes them and `tenure plan` reads them: JSON Lines, the first of which says what it is.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { Person } from '../lambdas/core/access/person.ts';
import { type AttributeName, attributesSchema, identityIdSchema } from '../lambdas/core/identity/attributes.ts';
import { describePath, issuesOf } from '../lib/access-model/schema-issues.ts';
import { CommandError } from './command-error.ts';

/** What no condition of the sample asks about, and nobody needs to be told in order to plan. */
export const WITHHELD: readonly AttributeName[] = ['givenName', 'familyName', 'email', 'purpose'];
/** As long as a line with every attribute at its longest, several times over. */
const MAXIMUM_LINE = 256 * 1024;
const MAXIMUM_PEOPLE = 2_000_000;
const MAXIMUM_FAULTS = 20;
/** Of what one identity holds for a time. */
const MAXIMUM_GRANTED = 1_000;
const MAXIMUM_EXCEPTIONS = 100;
const MAXIMUM_MOVES = 20;

const headSchema = z.strictObject({
  format: z.literal('tenure-population'),
  version: z.literal(1),
  exportedAt: z.iso.datetime({ offset: true }),
  withheld: z.array(z.enum(Object.keys(attributesSchema.shape) as [AttributeName, ...AttributeName[]])),
});
export type PopulationHead = z.infer<typeof headSchema>;

const personSchema = z.strictObject({
  identityId: identityIdSchema,
  status: z.enum(['active', 'suspended']),
  attributes: attributesSchema.partial().required({ kind: true }),
  granted: z.array(z.string().max(200)).max(MAXIMUM_GRANTED).optional(),
  purposeKnown: z.literal(true).optional(),
  exceptions: z
    .array(z.strictObject({ rule: z.string().max(200), until: z.iso.datetime() }))
    .max(MAXIMUM_EXCEPTIONS)
    .optional(),
  taken: z.array(z.string().max(200)).max(MAXIMUM_GRANTED).optional(),
  moves: z
    .array(
      z.strictObject({
        attributes: attributesSchema.partial().required({ kind: true }),
        at: z.iso.datetime(),
        by: z.string().max(300),
        ends: z
          .array(
            z.strictObject({
              entitlement: z.string().max(200),
              from: z.iso.datetime(),
              until: z.iso.datetime().optional(),
            }),
          )
          .max(MAXIMUM_GRANTED)
          .optional(),
      }),
    )
    .max(MAXIMUM_MOVES)
    .optional(),
});

export interface PopulationFile {
  readonly head: PopulationHead;
  readonly people: readonly Person[];
}

/** Throws CommandError, with the line and what was expected of each fault. */
export async function readPopulation(path: string): Promise<PopulationFile> {
  const faults: string[] = [];
  const people: Person[] = [];
  const known = new Set<string>();
  let head: PopulationHead | undefined;
  let line = 0;
  for await (const text of linesOf(path)) {
    line += 1;
    if (text.trim() === '' && line > 1) continue;
    if (line === 1) head = readLine(headSchema, text, `${path}:1`, faults);
    else {
      const person = readLine(personSchema, text, `${path}:${line}`, faults);
      if (person !== undefined && known.has(person.identityId)) {
        faults.push(`${path}:${line}  identityId: ${person.identityId} was named before: expected each identity once`);
      } else if (person !== undefined) {
        known.add(person.identityId);
        people.push(person as Person);
      }
    }
    if (faults.length >= MAXIMUM_FAULTS || (line === 1 && head === undefined)) break;
    if (people.length > MAXIMUM_PEOPLE) throw new CommandError(`${path} names more than ${MAXIMUM_PEOPLE} identities`);
  }
  if (line === 0) faults.push(`${path}  it is empty: expected a file that "tenure export" wrote`);
  if (faults.length > 0 || head === undefined) {
    throw new CommandError(['The population cannot be read:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
  return { head, people };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  } finally {
    stream.destroy();
  }
}

function readLine<Read>(schema: z.ZodType<Read>, text: string, place: string, faults: string[]): Read | undefined {
  const value = text.length > MAXIMUM_LINE ? undefined : parseJson(text);
  if (value === undefined) {
    faults.push(`${place}  expected an object in JSON on one line of at most ${MAXIMUM_LINE} characters`);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  faults.push(...issuesOf(schema, value).map(({ path, message }) => `${place}  ${describePath(path)}${message}`));
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The lines of a file that readPopulation reads. */
export function populationLines(exportedAt: string, people: Iterable<Person>, withNames: boolean): readonly string[] {
  const withheld = withNames ? [] : [...WITHHELD];
  const head: PopulationHead = { format: 'tenure-population', version: 1, exportedAt, withheld };
  return [JSON.stringify(head), ...[...people].map((person) => personLine(person, withheld))];
}

function personLine(person: Person, withheld: readonly AttributeName[]): string {
  const told = (attributes: Person['attributes']) =>
    Object.fromEntries(Object.entries(attributes).filter(([name]) => !withheld.includes(name as AttributeName)));
  const { identityId, status, attributes, moves, ...rest } = person;
  const moved = moves?.map((move) => ({ ...move, attributes: told(move.attributes) }));
  return JSON.stringify({ identityId, status, attributes: told(attributes), ...rest, moves: moved });
}
