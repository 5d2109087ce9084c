// A SCIM user (RFC 7643 section 4.1, with the enterprise extension of section 4.3) and the profile it stands for.
import * as z from 'zod';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Parsed leniently: only what is used, and what providers are known to get wrong. */
export const userSchema = z.object({
  id: z.string().min(1),
  meta: z.object({ version: z.unknown().optional() }).nullish(),
  externalId: z.string().nullish(),
  userName: z.string(),
  // Entra's own samples send "True" and "False".
  active: z.union([z.boolean(), z.string().transform((text) => text.toLowerCase() !== 'false')]).nullish(),
  displayName: z.string().nullish(),
  name: z.object({ givenName: z.string().nullish(), familyName: z.string().nullish() }).nullish(),
  emails: z
    .array(z.object({ value: z.string().nullish(), type: z.string().nullish(), primary: z.unknown().optional() }))
    .nullish(),
  title: z.string().nullish(),
  timezone: z.string().nullish(),
  groups: z.array(z.object({ value: z.string().nullish(), type: z.string().nullish() })).nullish(),
  [ENTERPRISE_SCHEMA]: z
    .object({ department: z.string().nullish(), costCenter: z.string().nullish(), organization: z.string().nullish() })
    .nullish(),
});
export type ScimUser = z.infer<typeof userSchema>;

/** RFC 7644 section 3.5.2. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
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

/** The body of a POST. */
export function newUser(profile: AccountProfile): object {
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
): PatchOperation[] {
  const operations: PatchOperation[] = [{ op: 'replace', path: 'externalId', value: profile.identityId }];
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
