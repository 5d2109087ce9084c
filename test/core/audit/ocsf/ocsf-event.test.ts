// The oracle is OCSF's own schema (test/vendor/ocsf), which knows nothing of Tenure.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../../lambdas/core/audit/log-entry.ts';
import { OCSF_CLASS_NAMES, type OcsfClassName } from '../../../../lambdas/core/audit/ocsf/classes.ts';
import { columnsOf, LAKE_COLUMNS } from '../../../../lambdas/core/audit/ocsf/columns.ts';
import { type OcsfEvent, toOcsfEvents } from '../../../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { type ColumnType, glueType } from '../../../../lambdas/core/lake-columns.ts';
import { EVENTS, logEntry, pseudonym } from '../../../support/log-entries.ts';

const SCHEMAS = join(import.meta.dirname, '..', '..', '..', 'vendor', 'ocsf');
const ajv = new Ajv2020({ strict: false });
const VALIDATORS = Object.fromEntries(
  OCSF_CLASS_NAMES.map((name) => [
    name,
    ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, `1.8.0-${name}.json`), 'utf8'))),
  ]),
) as Record<OcsfClassName, ReturnType<typeof ajv.compile>>;

function eventsOf(entry: LogEntry, detail?: Record<string, unknown>): readonly OcsfEvent[] {
  return toOcsfEvents({ index: 7, entry, leafHash: 'aGFzaA==', detail }, 'tenure.tenure/1/eu-west-1');
}

/** As JSON says it: without what is undefined. */
function faultsOf({ className, members }: OcsfEvent): unknown {
  const validate = VALIDATORS[className];
  return validate(JSON.parse(JSON.stringify(members))) ? undefined : validate.errors;
}

const membersOf = (entry: LogEntry) => eventsOf(entry).map(({ members }) => JSON.parse(JSON.stringify(members)));

describe('an entry as OCSF', () => {
  it.each(Object.values(EVENTS))('is what its class allows: $type', (event) => {
    const events = eventsOf(logEntry({ event }));
    expect(events.length).toBeGreaterThan(0);
    expect(events.map(faultsOf)).toEqual(events.map(() => undefined));
  });

  it.each(Object.keys(EVENTS))('is what its class allows when all that it said tells of a person: %s', (type) => {
    expect(eventsOf(logEntry({ event: { type } })).map(faultsOf)).toEqual([undefined]);
  });

  it('is what its class allows whoever did it, and to whatever', () => {
    const actors: LogEntry['actor'][] = [
      { type: 'hr-source', id: 'workday' },
      { type: 'operator', id: pseudonym('op') },
      { type: 'unknown', id: '' },
    ];
    const subjects: LogEntry['subject'][] = [
      { kind: 'operator', id: pseudonym('op') },
      { kind: 'application', id: 'github' },
      { kind: 'hr-source', id: 'workday' },
      { kind: 'deployment', id: 'tenure' },
    ];
    for (const actor of actors)
      for (const subject of subjects)
        for (const event of Object.values(EVENTS))
          expect(eventsOf(logEntry({ actor, subject, event })).map(faultsOf)).not.toContainEqual(expect.anything());
  });

  it('has one event for each step, with the class of what was done', () => {
    const rows = membersOf(logEntry({ event: EVENTS['access-intended'] }));
    expect(rows.map(({ class_uid, type_uid, status }) => [class_uid, type_uid, status])).toEqual([
      [3001, 300101, 'Intended'],
      [3005, 300501, 'Intended'],
    ]);
    expect(rows.map(({ unmapped }) => [unmapped.log_index, unmapped.row])).toEqual([
      [7, 0],
      [7, 1],
    ]);
    expect(new Set(rows.map(({ metadata }) => metadata.uid)).size).toBe(2);
  });

  it('says what was granted, where, to whom and by which reasons', () => {
    const [row] = membersOf(logEntry({ event: EVENTS['access-changed'] }));
    expect(row).toMatchObject({
      type_uid: 300501,
      status: 'Success',
      time: Date.UTC(2026, 10, 28, 17),
      user: { uid: pseudonym('ada') },
      privileges: ['admins'],
      metadata: { event_code: 'access-changed', correlation_uid: 'wd-1' },
      unmapped: {
        application: 'github',
        entitlement: 'administrator',
        grant_name: 'admins',
        privileged: true,
        reasons: '[{"profile":"engineers","type":"birthright"}]',
        model_hash: 'a1b2',
        subject: pseudonym('ada'),
      },
    });
  });

  it('says what a system showed', () => {
    const [row] = membersOf(logEntry({ event: EVENTS['access-read-back'] }));
    expect(row.unmapped).toMatchObject({ answered: true, account_enabled: true, grants_seen: ['admins'] });
  });

  it('has an event for each application that a person must look at', () => {
    const failed = ['github', 'slack'].map((applicationId) => ({ applicationId }));
    const rows = membersOf(logEntry({ event: { type: 'escalated', failed } }));
    expect(rows.map(({ unmapped, status }) => [unmapped.application, status])).toEqual([
      ['github', 'Failure'],
      ['slack', 'Failure'],
    ]);
  });

  it('takes from its detail what had no room', () => {
    const entry = logEntry({ event: { type: 'task-opened' }, detail: { sha256: 'a'.repeat(64), bytes: 9 } });
    const { type: _, ...detail } = EVENTS['task-opened'];
    expect(eventsOf(entry, detail)[0]?.members['unmapped']).toMatchObject({
      application: 'badges',
      grant_name: 'admins',
    });
  });

  it('is Entity Management for a type that nobody has mapped, with all that it says', () => {
    const [row] = membersOf(logEntry({ event: { type: 'review-decided', applicationId: 'github', reviewer: 'x' } }));
    expect(row).toMatchObject({ class_uid: 3004, activity_id: 99, activity_name: 'Review Decided' });
    expect(row.unmapped).toMatchObject({ application: 'github', rest: '{"reviewer":"x"}' });
  });

  it('keeps what has no column, once', () => {
    const [first, second] = membersOf(logEntry({ event: { ...EVENTS['access-intended'], more: 1 } }));
    expect(first.unmapped.rest).toBe('{"more":1}');
    expect(second.unmapped.rest).toBeUndefined();
  });

  it('never fails, whatever an event says', () => {
    const members = fc.dictionary(
      fc.constantFrom('step', 'steps', 'failed', 'observed', 'error', 'applicationId', 'reasons', 'answer', 'x'),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const types = fc.constantFrom(...Object.keys(EVENTS), 'constructor', 'novel');
    fc.assert(
      fc.property(types, members, (type, rest) => {
        const events = eventsOf(logEntry({ event: { ...rest, type } }));
        return events.length > 0 && events.every((event) => faultsOf(event) === undefined);
      }),
    );
  });
});

describe('the columns of the lake', () => {
  it.each(OCSF_CLASS_NAMES)('hold all that an event says: %s', (name) => {
    const events = Object.values(EVENTS)
      .flatMap((event) => eventsOf(logEntry({ event })))
      .filter(({ className }) => className === name);
    for (const { members } of events) expect(homeless(members, { struct: columnsOf(name) })).toEqual([]);
  });

  it.each(OCSF_CLASS_NAMES)('are members of the class in OCSF: %s', (name) => {
    const schema = VALIDATORS[name].schema as { properties: object };
    expect(Object.keys(columnsOf(name)).filter((column) => !(column in schema.properties))).toEqual([]);
  });

  it('have one type wherever they occur', () => {
    for (const name of OCSF_CLASS_NAMES)
      for (const [column, type] of Object.entries(columnsOf(name))) expect(LAKE_COLUMNS[column]).toEqual(type);
  });

  it('are written as Glue writes them', () => {
    expect(glueType({ struct: { uid: 'string', list: { list: 'string' } } })).toBe(
      'struct<uid:string,list:array<string>>',
    );
  });
});

/** The paths of what has no column. */
function homeless(value: unknown, type: ColumnType | undefined, path = ''): readonly string[] {
  if (value === undefined) return [];
  if (type === undefined) return [path];
  if (typeof type === 'string' || 'list' in type) return [];
  return Object.entries(value as object).flatMap(([name, member]) =>
    homeless(member, type.struct[name], `${path}/${name}`),
  );
}
