// An HR system that cannot post events puts files of everybody into the bucket, once its history is told: whom it knows,
// changed or not, whoever is new and not whoever is gone; now and then by mistake nobody, or too few of them.
import type { SaidAttributes } from '../../lambdas/core/identity/attributes.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { lastSaidBy, type PersonRow } from '../reference/population.ts';
import { employmentsAmong, type ReferenceState, referenceOf } from '../reference/state.ts';
import type { Coverage } from './coverage.ts';
import { DEPARTMENTS, type History, MINUTE_MS, SOURCES } from './history.ts';
import type { Invariants } from './invariants.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** After the history in which the first of them is put. */
export const FILES_MS = 100 * MINUTE_MS;
const LAST_PUT_MS = 80 * MINUTE_MS;
const TRIED_AGAIN_MS = 10 * SECOND_MS;
const COLUMNS = ['kind', 'givenName', 'familyName', 'email', 'department', 'location', 'title', 'endsAt'] as const;

type Kind = 'all' | 'tried first' | 'nobody' | 'few' | 'again';
const KINDS: readonly Kind[] = ['all', 'all', 'all', 'all', 'tried first', 'nobody', 'few', 'again'];

export interface Putting {
  readonly random: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
  /** Filled with what files brought, by the id of each fact. */
  readonly accepted: Map<string, Fact>;
}

interface Source extends Putting {
  readonly world: World;
  readonly source: string;
  /** Whoever is in no file before the first. */
  readonly newcomers: readonly string[];
}

export function putFiles(world: World, { isPosted = false }: History, putting: Putting): void {
  const { random } = putting;
  const newcomers = Array.from({ length: random.between(2, 4) }, (_, index) => `E${index + 11}`);
  const source: Source = { ...putting, world, source: random.pick(SOURCES), newcomers };
  const endMs = Date.now() + LAST_PUT_MS;
  const count = random.between(2, 5);
  const putNext = async (number: number): Promise<void> => {
    if (number > count || Date.now() > endMs) return;
    const kind = number === 1 ? random.pick(['all', 'tried first'] as const) : random.pick(KINDS);
    const rows = await rowsOf(source, kind, number === 1, isPosted);
    if (kind === 'tried first') await put(source, rows, true);
    for (let times = kind === 'again' ? 2 : 1; times > 0; times -= 1) await put(source, rows, false);
    setTimeout(() => void putNext(number + 1), 2 * SECOND_MS + random.below(random.pick([MINUTE_MS, 40 * MINUTE_MS])));
  };
  setTimeout(() => void putNext(1), SECOND_MS);
}

/** S3 tells of it again until it is answered. */
async function put(from: Source, rows: readonly PersonRow[], isDryRun: boolean): Promise<void> {
  const { world, source, random, invariants, coverage, accepted } = from;
  // S3 tells the second in which it was put, and no two are put in one.
  await new Promise<void>((resolve) => void setTimeout(resolve, 2 * SECOND_MS));
  const writtenMs = Math.floor(Date.now() / SECOND_MS) * SECOND_MS;
  const key = `${source}/${isDryRun ? 'dry-run/' : ''}people.csv`;
  const onAnswer = invariants.onFile({ source, writtenMs, isDryRun, rows });
  let outcome: string | undefined;
  let tries = 0;
  while (outcome === undefined) {
    if (tries > 0) await new Promise<void>((resolve) => void setTimeout(resolve, random.below(TRIED_AGAIN_MS)));
    tries += 1;
    outcome = await world.importFile({ key, text: asCsv(rows), writtenMs }).catch(() => undefined);
  }
  const brought = onAnswer({ outcome, isAgain: tries > 1 });
  for (const fact of brought) accepted.set(fact.factId, fact);
  if (outcome === 'imported') coverage.happened.add('population file');
  if (outcome === 'refused') coverage.happened.add('file refused');
  if (outcome === 'dry-run') coverage.happened.add('file tried first');
  if (tries > 1) coverage.happened.add('file delivered again');
  if (brought.some(({ type }) => type === 'leaver')) coverage.happened.add('left out of a file');
}

async function rowsOf(from: Source, kind: Kind, isFirst: boolean, isPosted: boolean): Promise<readonly PersonRow[]> {
  const { world, newcomers, random } = from;
  if (kind === 'nobody') return [];
  const { items } = await world.stores.directory.listIdentities({ limit: 100 });
  const known = items.map(({ identityId }) => identityId).filter((id) => id.startsWith('E'));
  const leftOut = kind === 'few' ? 0.9 : 0.2;
  const people = [...new Set([...known, ...newcomers])];
  const rows = await Promise.all(
    people.map(async (identityId) => {
      const facts = (await world.stores.directory.load(identityId))?.facts ?? [];
      return [identityId, facts] as const;
    }),
  );
  return rows.flatMap(([identityId, facts]) => {
    const isNew = newcomers.includes(identityId);
    if (random.chance(isFirst && isNew ? 0.1 : leftOut)) return [];
    return [rowOf(from, identityId, facts, isNew || isPosted)];
  });
}

/** What the source said last, and what it says anew. */
function rowOf(from: Source, identityId: string, facts: readonly Fact[], isNamed: boolean): PersonRow {
  const { random, source } = from;
  // What was said of another id is no word about this one, though the two were merged for a time.
  const own = facts.filter(({ about }) => about === undefined);
  const before = lastSaidBy(source, own);
  const nowMs = Date.now();
  const state = referenceOf(facts)(nowMs);
  const id = identityId.toLowerCase();
  const named: SaidAttributes = isNamed
    ? { kind: newKind(random, before, state), givenName: 'Ada', familyName: identityId, email: `${id}@acme.example` }
    : {};
  const told: SaidAttributes = { ...named, ...before };
  const attributes = Object.fromEntries(
    COLUMNS.map((name) => [name, told[name]] as const).filter(([, value]) => value !== undefined && value !== null),
  ) as SaidAttributes;
  const changed: SaidAttributes = {
    ...((attributes.department === undefined || random.chance(0.3)) && { department: random.pick(DEPARTMENTS) }),
    ...(random.chance(0.1) && { location: random.pick(['Berlin', 'Hamburg']) }),
    ...(attributes.kind === 'contractor' &&
      (attributes.endsAt === undefined || random.chance(0.3)) && {
        endsAt: toIso(Math.max(someTime(random, nowMs), nowMs + 2 * MINUTE_MS)),
      }),
  };
  // An empty cell of the end says that there is none.
  const said: SaidAttributes = { endsAt: null, ...attributes, ...changed };
  const begins = beginsAt(random, state, facts, nowMs);
  const isEmployment = typeof said.endsAt !== 'string' || Date.parse(said.endsAt) > Date.parse(begins ?? said.endsAt);
  return { identityId, effectiveAt: isEmployment ? begins : undefined, attributes: said };
}

function newKind(random: Random, said: SaidAttributes, { attributes }: ReferenceState): SaidAttributes['kind'] {
  return said.kind ?? attributes.kind ?? (random.chance(0.3) ? 'contractor' : 'employee');
}

function beginsAt(
  random: Random,
  { status }: ReferenceState,
  facts: readonly Fact[],
  nowMs: number,
): string | undefined {
  const begins = employmentsAmong(facts).at(-1)?.beginsMs;
  if (status === 'pending' && begins !== undefined && random.chance(0.6)) return toIso(begins);
  return random.chance(status === 'pending' ? 0.7 : 0.35) ? toIso(someTime(random, nowMs)) : undefined;
}

/** Lately, soon or in some days. */
function someTime(random: Random, nowMs: number): number {
  const [least, most] = random.pick([
    [-60 * MINUTE_MS, 0],
    [0, 60 * MINUTE_MS],
    [DAY_MS, 20 * DAY_MS],
  ] as const);
  return Math.floor((nowMs + random.between(least, most)) / SECOND_MS) * SECOND_MS;
}

function asCsv(rows: readonly PersonRow[]): string {
  const lines = rows.map(({ identityId, effectiveAt = '', attributes }) =>
    [identityId, effectiveAt, ...COLUMNS.map((name) => attributes[name] ?? '')].join(','),
  );
  return [['identityId', 'effectiveAt', ...COLUMNS].join(','), ...lines].join('\n');
}
