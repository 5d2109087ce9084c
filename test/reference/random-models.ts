// Random access models and attributes: every operator of the pattern language, alone and within `$or`, over values that
// lie close together.
import fc from 'fast-check';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { AttributeValue, EventPattern } from '../../lambdas/core/access-model/event-pattern.ts';

/** `constructor` and `__proto__` are names like others; so is what nobody has. */
const NAMES = ['title', 'department', 'email', 'level', 'constructor', 'never'] as const;

/** Letters that change their number, their neighbours or nothing when their case does, and what wildcards are made of. */
const UNITS = [
  'a',
  'A',
  'b',
  'ß',
  'ẞ',
  'İ',
  'i',
  'ı',
  'σ',
  'ς',
  'Σ',
  '😀',
  'e\u0301',
  'é',
  ' ',
  '*',
  '\\',
  '\n',
] as const;
const unit = fc.oneof(fc.constantFrom('a', 'A', 'b'), fc.constantFrom(...UNITS));
const word = fc.string({ unit, maxLength: 4 });
const someWord = fc.string({ unit, minLength: 1, maxLength: 3 });
const number = fc.constantFrom(-1, -0, 0, 0.5, 1, 2, 5e9);

const piece = fc.oneof(fc.constantFrom('a', 'b', 'A'), fc.constantFrom('*', '\\*', '\\\\', 'ß', '😀', '.', '\n'));
/** No two asterisks in a row. */
const wildcard = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.filter((each, index) => each !== '*' || pieces[index - 1] !== '*').join(''));

const oneOrMore = <Item>(item: fc.Arbitrary<Item>) => fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 3 }));
const affix = fc.oneof(word, fc.record({ 'equals-ignore-case': word }));

const alternative = fc.oneof(
  { weight: 3, arbitrary: word },
  number,
  fc.boolean(),
  fc.constant(null),
  fc.record({ exists: fc.boolean() }),
  fc.record({ prefix: affix }),
  fc.record({ suffix: affix }),
  fc.record({ 'equals-ignore-case': word }),
  fc.record({ wildcard }),
  fc.record({ 'anything-but': fc.oneof(oneOrMore(word), oneOrMore(number)) }),
  fc.record({
    'anything-but': fc.oneof(
      fc.record({ prefix: oneOrMore(someWord) }),
      fc.record({ suffix: oneOrMore(someWord) }),
      fc.record({ 'equals-ignore-case': oneOrMore(word) }),
      fc.record({ wildcard: oneOrMore(wildcard) }),
    ),
  }),
  fc.record({ numeric: fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), number) }),
  fc.record({ numeric: fc.tuple(fc.constantFrom('>', '>='), number, fc.constantFrom('<', '<='), number) }),
);

const alternatives = fc.array(alternative, { minLength: 1, maxLength: 4 });

export function randomPattern(depth = 2): fc.Arbitrary<EventPattern> {
  const conditions = fc
    .record(Object.fromEntries(NAMES.map((name) => [name, alternatives])), { requiredKeys: [] })
    // Of six conditions at once hardly any is ever met.
    .map((all) => Object.fromEntries(Object.entries(all).slice(0, 2)));
  const some = conditions.filter((pattern) => Object.keys(pattern).length > 0) as fc.Arbitrary<EventPattern>;
  if (depth === 0) return some;
  const branches = fc.array(randomPattern(depth - 1), { minLength: 2, maxLength: 3 });
  return fc.oneof(
    { weight: 2, arbitrary: some },
    fc.tuple(conditions, branches).map(([outer, $or]) => ({ ...outer, $or }) as EventPattern),
  );
}

const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 4, arbitrary: word },
  number,
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
);

/** Each may be missing, which is not null; and undefined, which is missing. */
export const randomAttributes: fc.Arbitrary<Readonly<Record<string, AttributeValue>>> = fc.record(
  Object.fromEntries(NAMES.filter((name) => name !== 'never').map((name) => [name, value])),
  { requiredKeys: [] },
);

const ENTITLEMENTS = ['reader', 'admin', 'writer'];
const applications = ['wiki', 'crm', 'chat', 'vault'];
/** One in six is of no application, or of no entitlement of it. */
const reference = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...applications), fc.constantFrom(...ENTITLEMENTS)) },
  fc.constantFrom(['gone', 'reader'] as const, ['crm', 'gone'] as const),
);

/** More profiles than bits in a word, as often as not. */
export const randomModel: fc.Arbitrary<AccessModel> = fc
  .record({
    retired: fc.subarray(applications, { maxLength: 2 }),
    profiles: fc.array(
      fc.record({
        when: randomPattern(),
        // None is listed twice: load-access-model refuses that.
        entitlements: fc.uniqueArray(reference, { minLength: 1, maxLength: 4, selector: String }),
      }),
      { maxLength: 70, size: 'max' },
    ),
  })
  .map(({ retired, profiles }) => ({
    hash: 'random',
    applications: applications.map((id) => ({
      id,
      name: id,
      connector: 'scim',
      owner: 'E0',
      settings: {},
      entitlements: ENTITLEMENTS.map((each) => ({ id: each, name: each, grant: each, privileged: false })),
      ...(retired.includes(id) && { retired: true as const }),
    })),
    profiles: profiles.map(({ when, entitlements }, index) => ({
      id: `profile-${index}`,
      name: `Profile ${index}`,
      when,
      entitlements: entitlements.map((parts) => parts.join(':')),
    })),
  }));
