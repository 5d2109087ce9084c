// What an auditor asks for all of: the populations that controls speak of, each by a rule over the log's entries that can be
// said in a sentence and asked again of the lake.
import type { LogEntry } from '../log-entry.ts';

/** A line of a population: an entry, or one step of it. */
export interface EvidenceRow {
  /** The entry's place in the log. */
  readonly index: number;
  readonly id: string;
  readonly at: string;
  readonly subjectKind: string;
  readonly subject: string;
  readonly event: string;
  /** The kind of the fact, the step's action, or what was decided. */
  readonly action: string;
  readonly application: string;
  readonly entitlement: string;
  readonly grant: string;
  readonly privileged: boolean | '';
  /** The access profiles that held it up, with a blank between them. */
  readonly profiles: string;
  readonly actorType: string;
  readonly actor: string;
  readonly version: number | '';
  readonly modelHash: string;
  readonly correlation: string;
}

export const ROW_COLUMNS = [
  'index',
  'id',
  'at',
  'subjectKind',
  'subject',
  'event',
  'action',
  'application',
  'entitlement',
  'grant',
  'privileged',
  'profiles',
  'actorType',
  'actor',
  'version',
  'modelHash',
  'correlation',
] as const satisfies readonly (keyof EvidenceRow)[];

export interface Population {
  /** In the present, as an auditor would ask for it. */
  readonly what: string;
  /** The same of the lake: the condition of a query on the table `events`. */
  readonly sql: string;
  readonly holds: (row: EvidenceRow) => boolean;
}

const GIVING: readonly string[] = ['create-account', 'enable-account', 'grant'];
const TAKING: readonly string[] = [
  'revoke',
  'disable-account',
  'delete-account',
  'archive-account',
  'end-sessions',
  'revoke-credential',
];

function facts(factType: string, what: string): Population {
  return {
    what,
    sql: `metadata.event_code = 'fact-recorded' AND unmapped.fact_type = '${factType}'`,
    holds: ({ event, action }) => event === 'fact-recorded' && action === factType,
  };
}

function events(types: readonly string[], what: string): Population {
  const listed = types.map((type) => `'${type}'`).join(', ');
  return { what, sql: `metadata.event_code IN (${listed})`, holds: ({ event }) => types.includes(event) };
}

const CHANGED = "metadata.event_code = 'access-changed'";

export const POPULATIONS = {
  joiners: facts('joiner', 'every joiner that HR told of'),
  movers: facts('mover', 'every mover that HR told of'),
  leavers: facts('leaver', 'every leaver that HR told of'),
  given: {
    what: 'every account and grant that was given in a system',
    sql: `${CHANGED} AND (class_uid = 3005 AND activity_id = 1 OR class_uid = 3001 AND activity_id IN (1, 2))`,
    holds: ({ event, action }) => event === 'access-changed' && GIVING.includes(action),
  },
  privileged: {
    what: 'every privileged grant that was given in a system',
    sql: `${CHANGED} AND class_uid = 3005 AND activity_id = 1 AND unmapped.privileged`,
    holds: ({ event, action, privileged }) => event === 'access-changed' && action === 'grant' && privileged === true,
  },
  taken: {
    what: 'every account, grant, session and credential that was taken in a system',
    sql: `${CHANGED} AND NOT (class_uid = 3005 AND activity_id = 1 OR class_uid = 3001 AND activity_id IN (1, 2))`,
    holds: ({ event, action }) => event === 'access-changed' && TAKING.includes(action),
  },
  proven: events(['removal-proven'], 'every removal that was read back and proven'),
  escalated: events(['escalated'], 'every time a person was told that a system does not agree'),
  tasks: {
    what: 'every task for a system without an API, and every attestation',
    sql: "metadata.event_code = 'task-opened' OR unmapped.fact_type = 'task-attested'",
    holds: ({ event, action }) => event === 'task-opened' || (event === 'fact-recorded' && action === 'task-attested'),
  },
  decisions: events(['reconciliation-decided', 'hold-decided'], 'every decision of a named person'),
  adopted: events(['account-adopted'], 'every account that was there before and was found to be somebody’s'),
  reads: events(['personal-data-read'], 'every operator who was shown what is known of somebody, by the minute'),
  refusals: events(['authentication-failed', 'access-denied'], 'every refused caller, by the minute'),
} as const satisfies Readonly<Record<string, Population>>;

export type PopulationName = keyof typeof POPULATIONS;

export const POPULATION_NAMES = Object.keys(POPULATIONS) as readonly PopulationName[];

/** Of an entry that changed something, its step; else the one that says what happened. */
export function rowOf(index: number, { id, at, subject, actor, event, ...rest }: LogEntry): EvidenceRow {
  const step = memberOf(event, 'step');
  const reasons = step?.['reasons'];
  return {
    index,
    id,
    at,
    subjectKind: subject.kind,
    subject: subject.id,
    event: event.type,
    action: textOf(step?.['action'] ?? event['factType'] ?? event['decision'] ?? event['answer'] ?? event['operation']),
    application: textOf(event['applicationId']),
    entitlement: textOf(step?.['entitlement']),
    grant: textOf(step?.['grant']),
    privileged: step?.['action'] === 'grant' || step?.['action'] === 'revoke' ? step['privileged'] === true : '',
    profiles: Array.isArray(reasons) ? reasons.map(nameOfReason).join(' ') : '',
    actorType: actor.type,
    actor: actor.id,
    version: rest.version ?? '',
    modelHash: rest.modelHash ?? '',
    correlation: rest.correlation ?? '',
  };
}

function memberOf(
  value: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const member = value[name];
  return typeof member === 'object' && member !== null ? (member as Readonly<Record<string, unknown>>) : undefined;
}

/** The access profile, or what people decided on: `break-glass:<request>`. */
function nameOfReason(reason: unknown): string {
  if (typeof reason !== 'object' || reason === null) return '';
  const { type, profile, request } = reason as Readonly<Record<string, unknown>>;
  return request === undefined ? textOf(profile) : `${textOf(type)}:${textOf(request)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
