// Who is in which group of a SCIM provider, read from the groups' side: many providers keep a user's own `groups` stale,
// or leave it out. A group that shows no members is not a group without members: it is asked itself, and where no group
// shows any, nothing is told about anybody.
import * as z from 'zod';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { RefusedError } from '../../outbound/http-client.ts';
import { idSchema, isSameId, referencesSchema, textSchema } from './lenient.ts';
import type { ProviderFindings } from './provider-findings.ts';
import { findsBy, isUnsupportedFilter, quote, type ScimReader } from './scim-reader.ts';
import type { ScimUser } from './scim-user.ts';

/** Groups that are asked one by one, for one account or one page of accounts. */
const MAX_ASKED = 1_000;
/** At a time: with 50 ms each, all of them take 10 s. */
const CONCURRENT_ASKED = 5;
/** Groups among which somebody is looked for who is a member of one. */
const SAMPLED = 5;
/** An id that no provider gives away. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';
const HEEDS_FILTER = '/Groups by members.value: none of nobody';
const FINDS_MEMBERS = findsBy('/Groups', 'members.value');

/** A group without a name is called by its id: one that somebody else has broken must not hide the others. */
const groupSchema = z
  .object({ id: idSchema, displayName: textSchema, members: referencesSchema })
  .transform(({ displayName, ...group }) => ({ ...group, displayName: displayName || group.id }));
export type ScimGroup = z.infer<typeof groupSchema>;
export type GroupName = Pick<ScimGroup, 'id' | 'displayName'>;
type Member = Pick<ScimUser, 'id' | 'groups'>;

export class ScimGroups {
  readonly #reader: ScimReader;
  readonly #findings: ProviderFindings;
  #filterWorks: Promise<boolean> | undefined;
  #filterFinds: Promise<boolean> | undefined;
  /** A group has shown a member before, so that one which shows none has none. */
  #hasShown = false;

  constructor(reader: ScimReader, findings: ProviderFindings) {
    this.#reader = reader;
    this.#findings = findings;
  }

  /**
   * The groups that list the user as a member, whatever the user's own `groups` says.
   *
   * @param all as `readAll` gave them, where several accounts are looked at
   * @throws PermanentError when it cannot be told
   */
  async heldBy(user: Member, all?: readonly ScimGroup[]): Promise<readonly GroupName[]> {
    const found = all?.filter((group) => isMember(user, group)) ?? (await this.#find(user));
    // What only the user's `groups` names may be stale, or overlooked: ask that group.
    const known = new Set([...found, ...(all ?? [])].map(({ id }) => id));
    const held = [...found];
    for (const { value, type } of user.groups ?? []) {
      if (value === undefined || type === 'indirect' || known.has(value)) continue;
      const group = await this.#group(value);
      if (group !== undefined && (isHidden(group) || isMember(user, group))) held.push(group);
    }
    return held;
  }

  /** Every group with its members; undefined where each account's groups can be asked for instead. */
  async readAll(): Promise<readonly ScimGroup[] | undefined> {
    return (await this.#canFilter()) && (await this.#canFind()) ? undefined : this.#all();
  }

  named(name: string): Promise<GroupName[]> {
    return this.#reader.search({
      path: '/Groups',
      schema: groupSchema,
      attribute: 'displayName',
      value: name,
      isMatch: ({ displayName }) => displayName === name,
      query: { attributes: 'displayName' },
    });
  }

  async #find(user: Member): Promise<readonly ScimGroup[]> {
    if (await this.#canFilter()) {
      const found = await this.#byMember(user.id);
      // One that finds nobody at all would prove everything; one that has found somebody is believed from then on.
      if (found.length > 0) this.#findings.add(FINDS_MEMBERS);
      if (await this.#canFind()) return found;
    }
    return (await this.#all()).filter((group) => isMember(user, group));
  }

  #byMember(id: string): Promise<ScimGroup[]> {
    const query = { filter: `members.value eq ${quote(id)}`, attributes: 'displayName' };
    return this.#reader.list('/Groups', groupSchema, query);
  }

  async #all(): Promise<readonly ScimGroup[]> {
    const listed = await this.#reader.list('/Groups', groupSchema, { attributes: 'displayName,members' });
    const silent = listed.filter(isSilent);
    if (silent.length > MAX_ASKED)
      throw new PermanentError(`SCIM: more than ${MAX_ASKED} groups do not show their members in a list`);
    const asked = new Map<string, ScimGroup>();
    await mapBounded(silent, CONCURRENT_ASKED, async ({ id }) => {
      const group = await this.#group(id);
      if (group === undefined) throw new RetryableError('SCIM: a group that was listed is not there');
      asked.set(id, group);
    });
    const groups = listed.map((group) => asked.get(group.id) ?? group);
    this.#hasShown ||= groups.some(({ members }) => members?.some(({ value }) => value !== undefined));
    requireShown(groups, this.#hasShown);
    return groups;
  }

  async #group(id: string): Promise<ScimGroup | undefined> {
    try {
      return await this.#reader.get('/Groups/{id}', id, groupSchema);
    } catch (error) {
      // How providers refuse an id that is not of their own kind: some put names where ids belong.
      if (error instanceof RefusedError && (error.status === 400 || error.status === 422)) return undefined;
      throw error;
    }
  }

  #canFilter(): Promise<boolean> {
    if (this.#findings.has(HEEDS_FILTER)) return Promise.resolve(true);
    this.#filterWorks ??= this.#tryNobody().catch((error: unknown) => {
      this.#filterWorks = undefined;
      throw error;
    });
    return this.#filterWorks;
  }

  /** A provider that ignores filters it does not know would report every group as held: ask for a member nobody is. */
  async #tryNobody(): Promise<boolean> {
    try {
      const isHeeded = (await this.#byMember(NOBODY)).length === 0;
      if (isHeeded) this.#findings.add(HEEDS_FILTER);
      return isHeeded;
    } catch (error) {
      if (isUnsupportedFilter(error)) return false;
      throw error;
    }
  }

  #canFind(): Promise<boolean> {
    if (this.#findings.has(FINDS_MEMBERS)) return Promise.resolve(true);
    this.#filterFinds ??= this.#tryMember().catch((error: unknown) => {
      this.#filterFinds = undefined;
      throw error;
    });
    return this.#filterFinds;
  }

  /** A provider that finds nobody by filters it does not know would report no group as held: ask for a member there is. */
  async #tryMember(): Promise<boolean> {
    const query = { attributes: 'displayName,members' };
    const { resources } = await this.#reader.page('/Groups', { startIndex: 1 }, { query, read: 0, count: SAMPLED });
    if (resources.length === 0) return true;
    for (const resource of resources) {
      const member = groupSchema.safeParse(resource).data?.members?.find(({ value }) => value !== undefined);
      if (member?.value === undefined) continue;
      const isFound = (await this.#byMember(member.value)).some(({ id }) => id === resource.id);
      if (isFound) this.#findings.add(FINDS_MEMBERS);
      return isFound;
    }
    return false;
  }
}

export function isMember({ id }: Pick<ScimUser, 'id'>, group: ScimGroup): boolean {
  return group.members?.some(({ value }) => value !== undefined && isSameId(value, id)) ?? false;
}

function isHidden({ members }: ScimGroup): boolean {
  return members === null || members === undefined;
}

/** Empty lists of members are also what a provider puts in listings to keep them short. */
function isSilent({ members }: ScimGroup): boolean {
  return members === null || members === undefined || members.length === 0;
}

/** @throws PermanentError when the absence of a member says nothing */
function requireShown(groups: readonly ScimGroup[], hasShown: boolean): void {
  if (groups.some(({ members }) => members?.some(({ value }) => value === undefined)))
    throw new PermanentError('SCIM: a group has a member without an id: who is in it cannot be told');
  const hidden = groups.filter(isHidden).length;
  // Providers either leave out the lists that are empty, all of them, or show them.
  const showsEmpty = groups.some(({ members }) => members?.length === 0);
  if (hidden > 0 && (showsEmpty || (hidden === groups.length && !hasShown)))
    throw new PermanentError(
      'SCIM: groups do not show who is in them: what an account holds cannot be told (an empty provider: add one member)',
    );
}
