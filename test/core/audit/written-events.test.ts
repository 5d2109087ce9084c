// The words of the audit log are written by somebody, and those that queries and populations ask for are words of the log: a
// type of event that nobody wrote once left two queries empty, and no other test saw it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../lambdas/core/audit/audit.ts';
import { EVENT_MEMBERS } from '../../../lambdas/core/audit/event-members.ts';
import { POPULATIONS } from '../../../lambdas/core/audit/evidence/populations.ts';
import { logSubjectSchema } from '../../../lambdas/core/audit/log-entry.ts';
import { OCSF_CLASS_NAMES } from '../../../lambdas/core/audit/ocsf/classes.ts';
import { sourceOf } from '../../../lambdas/core/audit/ocsf/lake-layout.ts';
import { IDENTITY_KINDS } from '../../../lambdas/core/identity/attributes.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { namedQueries } from '../../../lib/audit-queries/named-queries.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LAMBDAS = join(ROOT, 'lambdas');
/** The one command that writes. */
const RESTORING = join(ROOT, 'bin', 'restore-state.ts');

/** Where every type is named, and none written. */
const NAMING_ALL = /^core\/audit\/(?:audit\.ts|event-members\.ts|ocsf\/)/;

type Step = Extract<AuditEvent, { readonly type: 'access-changed' }>['step'];

const ACTIONS = {
  'create-account': true,
  'enable-account': true,
  'disable-account': true,
  'end-sessions': true,
  'revoke-credential': true,
  'transfer-ownership': true,
  'archive-account': true,
  'delete-account': true,
  'update-account': true,
  grant: true,
  revoke: true,
} as const satisfies Readonly<Record<Step['action'], true>>;

const FACT_TYPES = {
  joiner: true,
  mover: true,
  leaver: true,
  suspension: true,
  return: true,
  rescind: true,
  'task-attested': true,
  'access-seen': true,
  merged: true,
  absorbed: true,
  'handed-over': true,
  'hold-released': true,
  'hold-dropped': true,
  'access-granted': true,
  'access-ended': true,
  'access-requested': true,
  'request-decided': true,
  'decisions-delegated': true,
  'emergency-reviewed': true,
  'exception-granted': true,
  'exception-ended': true,
  'access-suspended': true,
  'access-resumed': true,
  'answer-asked': true,
  'ownership-accepted': true,
  'access-review-opened': true,
  'access-review-decided': true,
  'access-review-moved': true,
  'reviews-reassigned': true,
} as const satisfies Readonly<Record<Fact['type'], true>>;

const TYPES = Object.keys(EVENT_MEMBERS);

/** The values that a column of the lake can have. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  event_code: TYPES,
  fact_type: Object.keys(FACT_TYPES),
  action: Object.keys(ACTIONS),
  source: OCSF_CLASS_NAMES.map(sourceOf),
  subject_kind: logSubjectSchema.options.map(({ shape }) => shape.kind.value),
  kind: IDENTITY_KINDS,
};

/** The types of object literals: `{ type: 'took-effect', ... }`, those of which a template is a part, and either of two. */
function typesIn(source: string): readonly RegExp[] {
  const rest = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$| === '[^']*'/gm, '');
  const values = [...rest.matchAll(/\{\s*type: ((?:`[^`]*`|'[^']*'|[^'`,{}\n])*)/g)].map(([, value = '']) => value);
  const texts = values.flatMap((value) => [...value.matchAll(/(['`])([^'`]+)\1/g)].map(([, , text = '']) => text));
  const patterns = texts.map((text) => text.replaceAll(/\$\{[^}]*\}/g, '.+'));
  // A template that has no word of its own says nothing.
  return patterns.filter((pattern) => /\w/.test(pattern)).map((pattern) => new RegExp(`^${pattern}$`));
}

function writtenTypes(): readonly RegExp[] {
  const files = readdirSync(LAMBDAS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return [...files.filter((file) => !NAMING_ALL.test(file)).map((file) => join(LAMBDAS, file)), RESTORING].flatMap(
    (file) => typesIn(readFileSync(file, 'utf8')),
  );
}

/** Column → the values that it is compared with. */
function comparedIn(sql: string): readonly (readonly [column: string, value: string])[] {
  const statement = sql.replace(/^--.*$/gm, '');
  const compared =
    /(\bevent_code|\bfact_type|\baction|\bsource|\bsubject_kind|'\$\.kind'\))\s*(?:=|<>|IN|NOT IN)\s*(\([^)]*\)|'[^']*')/g;
  return [...statement.matchAll(compared)].flatMap(([, column = '', values = '']) =>
    [...values.matchAll(/'([^']*)'/g)].map(([, value = '']) => [column.replace(/\W/g, ''), value] as const),
  );
}

const unknownWords = (sql: string) => comparedIn(sql).filter(([column, value]) => !WORDS[column]?.includes(value));

const SQL: readonly (readonly [string, string])[] = [
  ...namedQueries().map(({ name, sql }) => [name, sql] as const),
  ...Object.entries(POPULATIONS).map(([name, { sql }]) => [`population ${name}`, sql] as const),
];

describe('an event of the audit log', () => {
  it('is written somewhere, whatever its type', () => {
    const written = writtenTypes();
    expect(TYPES.filter((type) => !written.some((pattern) => pattern.test(type)))).toEqual([]);
  });

  it('counts as written where an object has its type, and where it is spoken of alone it does not', () => {
    const source = `
      // { type: 'in-a-comment' }
      interface Begun { readonly type: 'in-a-type' }
      const isBegun = event.type === 'in-a-condition';
      const event = { type: 'begun', at };
      const other = { type: kind === 'a-kind' ? 'ended' : 'failed', at };
      const proposed = {
        type: \`\${change}-proposed\`,
      };`;
    const isWritten = (type: string) => typesIn(source).some((pattern) => pattern.test(type));
    expect(['begun', 'ended', 'failed', 'merge-proposed'].every(isWritten)).toBe(true);
    expect(['in-a-comment', 'in-a-type', 'in-a-condition', 'a-kind', 'proposed'].some(isWritten)).toBe(false);
  });
});

describe('a query of the audit log', () => {
  it.each(SQL)('asks for words that the log has: %s', (_name, sql) => {
    expect(unknownWords(sql)).toEqual([]);
  });

  it('is seen when it asks for others', () => {
    expect(
      unknownWords(`
        WHERE metadata.event_code IN ('took-effect', 'stage-begun') AND unmapped.action = 'grants'
          AND fact_type NOT IN ('layoff') AND source = 'tenure_group_management' AND subject_kind <> 'team'
          AND json_extract_scalar(rest, '$.kind') IN ('robot')`),
    ).toEqual([
      ['event_code', 'stage-begun'],
      ['action', 'grants'],
      ['fact_type', 'layoff'],
      ['source', 'tenure_group_management'],
      ['subject_kind', 'team'],
      ['kind', 'robot'],
    ]);
  });

  it('compares in each the columns whose words these are', () => {
    for (const { name, sql } of namedQueries())
      if (name !== 'identity-history') expect([name, comparedIn(sql).length > 0]).toEqual([name, true]);
  });
});
