// The columns of the lake, once: the Parquet files, the Glue table and the local cloud's stand-in for it follow from here.
// A member has one type wherever it occurs, so that a query may read all classes as one table.
import type { ColumnType } from '../../lake-columns.ts';
import type { OcsfClassName } from './classes.ts';

const USER: ColumnType = { struct: { uid: 'string', type: 'string', type_id: 'int' } };
const NAMED: ColumnType = { struct: { uid: 'string', name: 'string' } };

/** What every class has. */
const COMMON: Readonly<Record<string, ColumnType>> = {
  time: 'bigint',
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
      correlation_uid: 'string',
      log_name: 'string',
    },
  },
  actor: { struct: { user: USER, app_name: 'string', app_uid: 'string' } },
  /** What OCSF has no member for: docs/reference/audit-queries.md says what each is. */
  unmapped: {
    struct: {
      log_index: 'bigint',
      row: 'int',
      leaf_hash: 'string',
      subject_kind: 'string',
      subject: 'string',
      sequence: 'bigint',
      trigger: 'string',
      version: 'bigint',
      epoch: 'bigint',
      model_hash: 'string',
      application: 'string',
      action: 'string',
      entitlement: 'string',
      grant_name: 'string',
      privileged: 'boolean',
      reasons: 'string',
      decision: 'string',
      fact_type: 'string',
      hold: 'string',
      call: 'string',
      until: 'string',
      account_enabled: 'boolean',
      answered: 'boolean',
      grants_seen: { list: 'string' },
      rest: 'string',
    },
  },
};

/** What single classes have beside it. */
const OF_CLASS: Readonly<Record<OcsfClassName, Readonly<Record<string, ColumnType>>>> = {
  account_change: { user: USER },
  authentication: { user: USER, service: NAMED },
  entity_management: { entity: { struct: { uid: 'string', name: 'string', type: 'string', type_id: 'int' } } },
  user_access: { user: USER, privileges: { list: 'string' } },
  api_activity: { api: { struct: { operation: 'string' } }, src_endpoint: { struct: { name: 'string' } } },
};

/** In the order of the file. */
export function columnsOf(name: OcsfClassName): Readonly<Record<string, ColumnType>> {
  return { ...COMMON, ...OF_CLASS[name] };
}

/** Of all classes together: the table's. */
export const LAKE_COLUMNS: Readonly<Record<string, ColumnType>> = Object.assign(
  {},
  COMMON,
  ...Object.values(OF_CLASS),
) as Readonly<Record<string, ColumnType>>;
