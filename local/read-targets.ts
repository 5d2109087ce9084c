// Looks into the target systems themselves, past Tenure, with nothing but their own APIs: what is said to be so is so
// only if it is found there.
import {
  IdentitystoreClient,
  ListGroupMembershipsCommand,
  ListGroupsCommand,
  ListUsersCommand,
} from '@aws-sdk/client-identitystore';
import * as z from 'zod';
import type { AccessModel } from '../lambdas/core/access-model/access-model.ts';
import { CREDENTIALS } from './emulators.ts';
import type { Outputs } from './outputs.ts';
import type { ScimTarget } from './targets.ts';

const TIMEOUT_MS = 10_000;
const PAGE = 500;
/** As lambdas/connectors/aws/identity-center.ts marks its users. */
const OWNER_PREFIX = 'urn:tenure:identity:';

export interface FoundAccount {
  readonly applicationId: string;
  readonly identityId: string;
  readonly userName: string;
  readonly enabled: boolean;
  /** Sorted; by the names that the system gives them. */
  readonly grants: readonly string[];
}

/** The applications whose systems can be looked into: those that have a sample server. */
export function readableApplications({ targets }: Outputs, model: AccessModel): AccessModel['applications'] {
  return model.applications.filter(
    ({ id, connector }) => connector === 'identity-center' || Object.hasOwn(targets, id),
  );
}

/** Every account in every sample server. */
export async function readTargets({ aws, targets }: Outputs, model: AccessModel): Promise<readonly FoundAccount[]> {
  const scim = Object.entries(targets).map(([applicationId, target]) => readScim(applicationId, target));
  const centers = model.applications.filter(({ connector }) => connector === 'identity-center');
  const identityStore = centers.map(({ id }) => readIdentityStore(id, aws));
  return (await Promise.all([...scim, ...identityStore])).flat();
}

const scimListSchema = z.object({ totalResults: z.int(), Resources: z.array(z.unknown()).default([]) });
const scimUserSchema = z.object({
  id: z.string(),
  externalId: z.string().default(''),
  userName: z.string(),
  active: z.boolean().default(true),
});
const scimGroupSchema = z.object({
  displayName: z.string(),
  members: z.array(z.object({ value: z.string() })).default([]),
});

async function readScim(applicationId: string, target: ScimTarget): Promise<readonly FoundAccount[]> {
  const [users, groups] = await Promise.all([
    listScim(target, 'Users', scimUserSchema),
    listScim(target, 'Groups', scimGroupSchema),
  ]);
  return users.map(({ id, externalId, userName, active }) => ({
    applicationId,
    identityId: externalId,
    userName,
    enabled: active,
    grants: groups
      .filter(({ members }) => members.some(({ value }) => value === id))
      .map(({ displayName }) => displayName)
      .sort(),
  }));
}

async function listScim<Item>({ baseUrl, token }: ScimTarget, type: string, schema: z.ZodType<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const response = await fetch(`${baseUrl}/${type}?startIndex=${items.length + 1}&count=${PAGE}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${baseUrl}/${type} answered ${response.status}`);
    const { totalResults, Resources } = scimListSchema.parse(await response.json());
    items.push(...Resources.map((resource) => schema.parse(resource)));
    if (items.length >= totalResults || Resources.length === 0) return items;
  }
}

async function readIdentityStore(applicationId: string, aws: Outputs['aws']): Promise<readonly FoundAccount[]> {
  const { region, identityStoreEndpoint: endpoint, identityStoreId: IdentityStoreId } = aws;
  const client = new IdentitystoreClient({ region, endpoint, credentials: CREDENTIALS });
  const { Users = [] } = await client.send(new ListUsersCommand({ IdentityStoreId }));
  const { Groups = [] } = await client.send(new ListGroupsCommand({ IdentityStoreId }));
  const members = new Map<string, string[]>();
  for (const { GroupId, DisplayName = '' } of Groups) {
    const { GroupMemberships = [] } = await client.send(new ListGroupMembershipsCommand({ IdentityStoreId, GroupId }));
    for (const { MemberId } of GroupMemberships) {
      const userId = MemberId?.UserId ?? '';
      members.set(userId, [...(members.get(userId) ?? []), DisplayName]);
    }
  }
  const found = Users.map(({ UserId = '', UserName = '', ProfileUrl = '', UserStatus }) => ({
    applicationId,
    identityId: ProfileUrl.startsWith(OWNER_PREFIX) ? ProfileUrl.slice(OWNER_PREFIX.length) : '',
    userName: UserName,
    enabled: UserStatus !== 'DISABLED',
    grants: (members.get(UserId) ?? []).sort(),
  }));
  // moto lets a user be deleted whose memberships are still there.
  const users = new Set(Users.map(({ UserId }) => UserId));
  const orphans = [...members].filter(([userId]) => !users.has(userId));
  return [
    ...found,
    ...orphans.map(([userId, grants]) => {
      return { applicationId, identityId: '', userName: `(deleted user ${userId})`, enabled: true, grants };
    }),
  ];
}
