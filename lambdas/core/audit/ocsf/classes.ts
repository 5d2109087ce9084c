// The classes of OCSF 1.8 that Tenure's entries become (https://schema.ocsf.io/1.8.0), with the numbers and captions that
// its schema gives them. Group Management (3006) is not among them: a grant is named in its system's own words, and whether
// those name a group, a role or a licence only the system knows.

export const OCSF_VERSION = '1.8.0';

export interface OcsfClass {
  readonly uid: number;
  readonly caption: string;
  readonly categoryUid: number;
  readonly category: string;
  /** Beside 99, whose caption is the source's own. */
  readonly activities: Readonly<Record<number, string>>;
}

const IAM = { categoryUid: 3, category: 'Identity & Access Management' } as const;

export const OCSF_CLASSES = {
  account_change: {
    uid: 3001,
    caption: 'Account Change',
    ...IAM,
    activities: { 1: 'Create', 2: 'Enable', 5: 'Disable', 6: 'Delete' },
  },
  authentication: { uid: 3002, caption: 'Authentication', ...IAM, activities: { 1: 'Logon', 2: 'Logoff' } },
  entity_management: {
    uid: 3004,
    caption: 'Entity Management',
    ...IAM,
    activities: {
      1: 'Create',
      2: 'Read',
      3: 'Update',
      4: 'Delete',
      10: 'Activate',
      11: 'Deactivate',
      12: 'Suspend',
      13: 'Resume',
    },
  },
  user_access: {
    uid: 3005,
    caption: 'User Access Management',
    ...IAM,
    activities: { 1: 'Assign Privileges', 2: 'Revoke Privileges' },
  },
  api_activity: {
    uid: 6003,
    caption: 'API Activity',
    categoryUid: 6,
    category: 'Application Activity',
    activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  },
} as const satisfies Readonly<Record<string, OcsfClass>>;

export type OcsfClassName = keyof typeof OCSF_CLASSES;

export const OCSF_CLASS_NAMES = Object.keys(OCSF_CLASSES) as readonly OcsfClassName[];

/** Any activity or status that OCSF has no number for. */
export const OTHER = 99;

export const SEVERITIES = { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High' } as const;
export type SeverityId = keyof typeof SEVERITIES;
