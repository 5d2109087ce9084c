// A SCIM user (RFC 7643 section 4.1, with the enterprise extension of section 4.3) and the profile it stands for.
import * as z from 'zod';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { idSchema, optional, referencesSchema, textSchema } from './lenient.ts';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const emailSchema = z.union([
  z.string().transform((value) => ({ value, type: undefined, primary: undefined })),
  z.object({ value: textSchema, type: textSchema, primary: z.unknown().optional() }),
]);

/** Parsed leniently: only what is used, and what providers are known to get wrong. Nothing but the id must be there. */
export const userSchema = z.object({
  id: idSchema,
  meta: optional(z.object({ version: z.unknown().optional() })),
  // Whatever is there says that the account is somebody's.
  externalId: z.union([z.string(), z.unknown().transform((value) => JSON.stringify(value))]).nullish(),
  userName: textSchema.transform((text) => text ?? ''),
  // Entra's own samples send "True" and "False"; whatever else it is, the account counts as usable.
  active: optional(
    z.union([
      z.boolean(),
      z.number().transform((number) => number !== 0),
      z.string().transform((text) => !/^(false|0|no|inactive)$/i.test(text)),
    ]),
  ),
  displayName: textSchema,
  name: optional(z.object({ givenName: textSchema, familyName: textSchema })),
  emails: optional(z.union([z.array(emailSchema), emailSchema.transform((email) => [email])])),
  title: textSchema,
  timezone: textSchema,
  groups: referencesSchema.catch(undefined),
  [ENTERPRISE_SCHEMA]: optional(z.object({ department: textSchema, costCenter: textSchema, organization: textSchema })),
});
export type ScimUser = z.infer<typeof userSchema>;

/** RFC 7644 section 3.5.2. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** Absent: `value` is an object of attributes. */
  readonly path?: string;
  readonly value?: unknown;
}

/** What the provider stores of a profile. */
export function attributesOf(user: ScimUser): Partial<AccountProfile> {
  const emails = user.emails ?? [];
  const email =
    emails.find((each) => each.type === 'work') ?? emails.find((each) => each.primary === true) ?? emails[0];
  const enterprise = user[ENTERPRISE_SCHEMA];
  return {
    // Stored by practically every provider, so reported even when empty: the first value is then a difference.
    displayName: user.displayName ?? '',
    givenName: user.name?.givenName || undefined,
    familyName: user.name?.familyName || undefined,
    email: email?.value || undefined,
    // Often dropped without a word: reported only when the provider shows that it stores them.
    ...dropEmpty({
      title: user.title,
      timeZone: user.timezone,
      department: enterprise?.department,
      costCenter: enterprise?.costCenter,
      company: enterprise?.organization,
    }),
  };
}

/** The bodies of a POST, to be tried in turn: all attributes, those that practically every provider takes, the name alone. */
export function newUserBodies(profile: AccountProfile): readonly object[] {
  const { identityId, kind, userName, displayName, givenName, familyName, email } = profile;
  const common = newUser({ identityId, kind, userName, displayName, givenName, familyName, email });
  const { externalId, ...unclaimed } = common;
  return [newUser(profile), common, unclaimed];
}

function newUser(profile: AccountProfile): { readonly externalId: string; readonly [name: string]: unknown } {
  const enterprise = dropEmpty({
    department: profile.department,
    costCenter: profile.costCenter,
    organization: profile.company,
  });
  const isEnterprise = Object.keys(enterprise).length > 0;
  return {
    schemas: isEnterprise ? [USER_SCHEMA, ENTERPRISE_SCHEMA] : [USER_SCHEMA],
    externalId: profile.identityId,
    active: true,
    ...dropEmpty({
      userName: profile.userName,
      displayName: profile.displayName,
      title: profile.title,
      timezone: profile.timeZone,
    }),
    name: dropEmpty({ givenName: profile.givenName, familyName: profile.familyName, formatted: profile.displayName }),
    ...(profile.email === undefined ? {} : { emails: emailsOf(profile.email) }),
    ...(isEnterprise ? { [ENTERPRISE_SCHEMA]: enterprise } : {}),
  };
}

/** Where each attribute is stored. E-mail addresses are replaced as a whole: valuePath filters are rarely right. */
const ATTRIBUTE_PATHS = {
  displayName: 'displayName',
  givenName: 'name.givenName',
  familyName: 'name.familyName',
  email: 'emails',
  title: 'title',
  timeZone: 'timezone',
  department: `${ENTERPRISE_SCHEMA}:department`,
  costCenter: `${ENTERPRISE_SCHEMA}:costCenter`,
  company: `${ENTERPRISE_SCHEMA}:organization`,
} as const satisfies Partial<Record<keyof AccountProfile, string>>;

/** What makes the account that was read into the profile. */
export function updateOperations(
  account: Pick<ObservedAccount, 'userName' | 'attributes'>,
  profile: AccountProfile,
  isClaimed: boolean,
): PatchOperation[] {
  const operations: PatchOperation[] = isClaimed
    ? []
    : [{ op: 'replace', path: 'externalId', value: profile.identityId }];
  if (account.userName.toLowerCase() !== profile.userName.toLowerCase()) {
    operations.push({ op: 'replace', path: 'userName', value: profile.userName });
  }
  for (const [name, path] of Object.entries(ATTRIBUTE_PATHS) as [keyof typeof ATTRIBUTE_PATHS, string][]) {
    const desired = profile[name];
    if (desired === account.attributes[name]) continue;
    if (desired === undefined) operations.push({ op: 'remove', path });
    else operations.push({ op: 'replace', path, value: name === 'email' ? emailsOf(desired) : desired });
  }
  return operations;
}

function emailsOf(email: string): object[] {
  return [{ value: email, type: 'work', primary: true }];
}

function dropEmpty<Value>(object: Readonly<Record<string, Value>>): Record<string, NonNullable<Value>> {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, NonNullable<Value>] => (entry[1] ?? '') !== ''),
  );
}
