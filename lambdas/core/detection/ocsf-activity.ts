// An activity record as OCSF 1.8 (https://schema.ocsf.io/1.8.0): of which class it is, and the members that every class has.
// What Tenure itself did is another part of the schema (core/audit/ocsf); the two meet in the lake alone.

export const OCSF_VERSION = '1.8.0';

const IAM = { categoryUid: 3, category: 'Identity & Access Management' } as const;

export const ACTIVITY_CLASSES = {
  account_change: {
    uid: 3001,
    caption: 'Account Change',
    ...IAM,
    activities: {
      0: 'Unknown',
      1: 'Create',
      2: 'Enable',
      3: 'Password Change',
      4: 'Password Reset',
      5: 'Disable',
      6: 'Delete',
      9: 'Lock',
      10: 'MFA Factor Enable',
      11: 'MFA Factor Disable',
      12: 'Unlock',
    },
  },
  authentication: { uid: 3002, caption: 'Authentication', ...IAM, activities: { 1: 'Logon', 2: 'Logoff' } },
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
    activities: { 0: 'Unknown', 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  },
} as const;

export type ActivityClass = keyof typeof ACTIVITY_CLASSES;

/** A JSON object that its class allows. */
export type OcsfActivity = { readonly class_uid: number; readonly time: number } & Readonly<Record<string, unknown>>;

export function classOf({ class_uid: uid }: OcsfActivity): ActivityClass | undefined {
  const entry = Object.entries(ACTIVITY_CLASSES).find(([, { uid: own }]) => own === uid);
  return entry?.[0] as ActivityClass | undefined;
}
