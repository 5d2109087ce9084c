// The lake of activity: the records that were judged, as rows of one table with the columns of OCSF, and back as far as a rule
// over the lake needs them. It has personal data in it, as the sources tell it, and is kept for a time alone.
import * as z from 'zod';
import type { Cell, ColumnType } from '../lake-columns.ts';
import { ACTIONS, type ActivityRecord, CLUE_KINDS, MAXIMUM_CLUES } from './activity.ts';
import { ACTIVITY_CLASSES, type ActivityClass, classOf } from './ocsf-activity.ts';

const USER: ColumnType = {
  struct: {
    uid: 'string',
    name: 'string',
    email_addr: 'string',
    credential_uid: 'string',
    type: 'string',
    type_id: 'int',
  },
};
const SERVICE: ColumnType = { struct: { uid: 'string', name: 'string' } };

/** Of all classes together, so that one query reads them all: the Parquet files, the Glue table and rules follow from here. */
export const ACTIVITY_COLUMNS: Readonly<Record<string, ColumnType>> = {
  time: 'bigint',
  /** When it was put into the lake: of rows that were there at an instant none comes in before it, however late its record is. */
  logged_time: 'bigint',
  class_uid: 'int',
  class_name: 'string',
  category_uid: 'int',
  category_name: 'string',
  activity_id: 'int',
  activity_name: 'string',
  type_uid: 'bigint',
  type_name: 'string',
  severity_id: 'int',
  severity: 'string',
  status_id: 'int',
  status: 'string',
  metadata: {
    struct: {
      version: 'string',
      product: { struct: { name: 'string', vendor_name: 'string' } },
      uid: 'string',
      event_code: 'string',
      log_name: 'string',
      log_version: 'string',
      is_truncated: 'boolean',
    },
  },
  actor: { struct: { user: USER } },
  user: USER,
  service: SERVICE,
  api: { struct: { operation: 'string', service: SERVICE } },
  privileges: { list: 'string' },
  src_endpoint: {
    struct: {
      ip: 'string',
      name: 'string',
      location: { struct: { country: 'string' } },
      autonomous_system: { struct: { number: 'bigint' } },
    },
  },
  http_request: { struct: { user_agent: 'string' } },
  /** The record as it came, JSON; null where it was longer than is kept. */
  raw_data: 'string',
  /** What OCSF has no member for: docs/reference/activity-sources.md says what each is. */
  unmapped: {
    struct: {
      source_type: 'string',
      action: 'string',
      outcome: 'string',
      application: 'string',
      method: 'string',
      client: 'string',
      interactive: 'boolean',
      administrator: 'boolean',
      reads: 'bigint',
      clock_doubted: 'boolean',
      grants: { list: 'string' },
      scopes: { list: 'string' },
      /** By what whoever acted, and whoever was acted on, is known: JSON. */
      parties: 'string',
    },
  },
};

export const ACTIVITY_PREFIX = 'activity';
/** By when they came, by which rules ask; a record that is late lies among what came with it. */
export const ACTIVITY_PARTITIONS = ['class', 'loggedhour'] as const;
/** With Glue's partitions in place of values: `storage.location.template`. */
export const ACTIVITY_LOCATION = `${ACTIVITY_PREFIX}/class=\${class}/loggedhour=\${loggedhour}/`;

export const ACTIVITY_CLASS_NAMES = Object.keys(ACTIVITY_CLASSES) as readonly ActivityClass[];

/** `yyyyMMddHH` in UTC. */
export function hourOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 13).replaceAll(/[-T]/g, '');
}

/** In which the objects of a class lie, in the order of their hours. */
export function activityFolder(className: ActivityClass): string {
  return `${ACTIVITY_PREFIX}/class=${className}/`;
}

/** Undefined: it is the key of no object of the lake. */
export function hourOfKey(key: string): string | undefined {
  return /\/loggedhour=(\d{10})\//.exec(key)?.[1];
}

/** @param name of the object among those of its class and hour */
export function activityKey(className: ActivityClass, loggedMs: number, name: string): string {
  return `${activityFolder(className)}loggedhour=${hourOf(loggedMs)}/${name}.parquet`;
}

export type ActivityRow = Readonly<Record<string, Cell>>;

/** By class; a record that is there twice is one row. */
export function activityRows(
  records: readonly ActivityRecord[],
  loggedMs: number,
): ReadonlyMap<ActivityClass, readonly ActivityRow[]> {
  const seen = new Set<string>();
  const rows = new Map<ActivityClass, ActivityRow[]>();
  for (const record of records.toSorted((one, other) => one.timeMs - other.timeMs)) {
    const key = recordKey(record);
    if (seen.has(key)) continue;
    seen.add(key);
    const className = classOf(record.ocsf) ?? 'api_activity';
    const some = rows.get(className) ?? [];
    rows.set(className, some);
    some.push(rowOf(record, loggedMs));
  }
  return rows;
}

/** By which a record is one and the same. */
export function recordKey({ source, recordId }: Pick<ActivityRecord, 'source' | 'recordId'>): string {
  return JSON.stringify([source, recordId]);
}

function rowOf(record: ActivityRecord, loggedMs: number): ActivityRow {
  const { ocsf, source, sourceType, outcome, interactive, reads, change, who, target } = record;
  const said = {
    ...ocsf,
    time: record.timeMs,
    logged_time: loggedMs,
    metadata: { ...(ocsf['metadata'] as object), uid: record.recordId, log_name: source },
    unmapped: {
      ...(ocsf['unmapped'] as object),
      source_type: sourceType,
      outcome,
      interactive,
      administrator: change?.administrator,
      reads,
      parties: JSON.stringify({ who, target }),
    },
  };
  return Object.fromEntries(
    Object.entries(ACTIVITY_COLUMNS).map(([column, type]) => [
      column,
      cellOf((said as Readonly<Record<string, unknown>>)[column], type),
    ]),
  );
}

/** What is of another type than its column is left out: one record does not take an object with it. */
function cellOf(value: unknown, type: ColumnType): Cell {
  if (value === undefined || value === null) return undefined;
  if (type === 'string') return typeof value === 'string' ? value : undefined;
  if (type === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (type === 'int' || type === 'bigint') return isWhole(value, type) ? value : undefined;
  if ('list' in type) return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
  if (typeof value !== 'object') return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(type.struct).map(([name, inner]) => [name, cellOf(members[name], inner)]));
}

const MAXIMUM_INT = 2_147_483_647;

function isWhole(value: unknown, type: 'int' | 'bigint'): value is number {
  return Number.isSafeInteger(value) && (type === 'bigint' || Math.abs(value as number) <= MAXIMUM_INT);
}

/** What a rule selects of a row, in Athena's words; `readFound` reads it. */
export const FOUND_COLUMNS: Readonly<Record<string, string>> = {
  time: 'time',
  logged_time: 'logged_time',
  class_uid: 'class_uid',
  source: 'metadata.log_name',
  source_type: 'unmapped.source_type',
  record: 'metadata.uid',
  operation: 'metadata.event_code',
  action: 'unmapped.action',
  outcome: 'unmapped.outcome',
  application: 'unmapped.application',
  parties: 'unmapped.parties',
};

const partySchema = z.looseObject({
  clues: z
    .array(z.object({ by: z.enum(CLUE_KINDS), value: z.string(), applicationId: z.string().optional() }))
    .max(MAXIMUM_CLUES),
  kind: z.enum(['person', 'machine', 'agent', 'platform', 'unknown']),
  breakGlass: z.literal(true).optional(),
});
/** As `rowOf` writes them. */
const partiesSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'expected JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.object({ who: partySchema, target: partySchema.optional() }));
export type LakeParties = z.infer<typeof partiesSchema>;

/** Who acted, and who was acted on. Undefined: the row does not say it as it should. */
export function partiesIn({ unmapped }: ActivityRow): LakeParties | undefined {
  const { parties } = (unmapped ?? {}) as { readonly parties?: unknown };
  return partiesSchema.safeParse(parties).data;
}

const foundSchema = z.object({
  time: z.int(),
  logged_time: z.int(),
  class_uid: z.int(),
  source: z.string(),
  source_type: z.string(),
  record: z.string(),
  operation: z.string(),
  action: z.enum(ACTIONS),
  outcome: z.enum(['success', 'failure', 'unknown']),
  application: z.string().nullish(),
  parties: partiesSchema,
});

export interface FoundRecord {
  readonly record: ActivityRecord;
  readonly loggedMs: number;
}

/** A row of what a rule found, as the record that it was, without what no finding needs. Undefined: it is no such row. */
export function readFound(row: Readonly<Record<string, unknown>>): FoundRecord | undefined {
  const read = foundSchema.safeParse(row);
  if (!read.success) return undefined;
  const found = read.data;
  const { who, target } = found.parties;
  const record = {
    source: found.source,
    sourceType: found.source_type,
    recordId: found.record,
    timeMs: found.time,
    action: found.action,
    operation: found.operation,
    outcome: found.outcome,
    who,
    ...(target !== undefined && { target }),
    ...(found.application && { application: { applicationId: found.application } }),
    ocsf: { class_uid: found.class_uid, time: found.time },
  };
  return { record, loggedMs: found.logged_time };
}
