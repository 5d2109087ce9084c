// The sample SCIM server finds whom it is asked for, and changes who is in a group, without going through everybody: what it
// answers is what SCIMMY would, whichever way it was come by.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScimServer, startScimServer } from '../support/scim-server.ts';

const TOKEN = 'token-of-the-crm';
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

interface Resource {
  readonly id: string;
  readonly displayName?: string;
  readonly members?: readonly { readonly value: string }[];
  readonly groups?: readonly { readonly display: string }[];
}

let server: ScimServer;
let sales: string;
let names = 0;
beforeAll(async () => {
  server = await startScimServer({ crm: { token: TOKEN, groups: ['sales', 'support'] } });
  sales = (await list(`/Groups?filter=${encodeURIComponent('displayName eq "sales"')}`))[0]?.id ?? '';
});
afterAll(() => server?.stop());

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${server.baseUrls['crm']}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const list = async (path: string): Promise<Resource[]> => (await ask('GET', path)).body.Resources;
const find = (type: string, filter: string) => list(`/${type}?filter=${encodeURIComponent(filter)}`);
const patch = (path: string, ...Operations: object[]) => ask('PATCH', path, { schemas: [PATCH_SCHEMA], Operations });
const idsOf = (found: readonly Resource[]) => found.map(({ id }) => id).sort();

async function user(): Promise<{ readonly id: string; readonly userName: string; readonly externalId: string }> {
  names += 1;
  const userName = `User${names}@acme.example`;
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  return (await ask('POST', '/Users', { schemas, userName, externalId: `E${names}`, active: true })).body;
}

const join = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] });
const leave = (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` });

describe('the sample SCIM server', () => {
  it('finds a user by what they are called now, in whatever case, and no more by what they were', async () => {
    const [one, other] = [await user(), await user()];
    expect(idsOf(await find('Users', `userName eq "${one.userName.toUpperCase()}"`))).toEqual([one.id]);
    expect(idsOf(await find('Users', `externalId eq "${other.externalId}"`))).toEqual([other.id]);
    const renamed = { op: 'replace', value: { userName: 'renamed@acme.example', externalId: 'E-renamed' } };
    expect(await patch(`/Users/${one.id}`, renamed)).toMatchObject({ status: 200 });
    expect(await find('Users', `userName eq "${one.userName}"`)).toEqual([]);
    expect(await find('Users', `externalId eq "${one.externalId}"`)).toEqual([]);
    expect(idsOf(await find('Users', 'userName eq "renamed@acme.example"'))).toEqual([one.id]);
    expect(await patch(`/Users/${other.id}`, renamed)).toMatchObject({ status: 409 });
    expect(
      idsOf(await find('Users', `userName eq "renamed@acme.example" or externalId eq "${other.externalId}"`)),
    ).toEqual([one.id, other.id].sort());
  });

  it('says how many there are though it shows only the first', async () => {
    await user();
    const { body } = await ask('GET', '/Users?startIndex=1&count=1');
    const { body: all } = await ask('GET', '/Users?count=1000');
    expect(body.Resources).toHaveLength(1);
    expect(body.totalResults).toBe(all.Resources.length);
    const { body: second } = await ask('GET', '/Users?startIndex=2&count=1');
    expect(second).toMatchObject({ totalResults: body.totalResults, Resources: [{ id: all.Resources[1].id }] });
  });

  it.each([
    ['one by one', (ids: string[], change: (id: string) => object) => ids.map((id) => [change(id)])],
    ['several at once', (ids: string[], change: (id: string) => object) => [ids.map(change)]],
    // Which SCIMMY itself does.
    [
      'with another change',
      (ids: string[], change: (id: string) => object) => [
        [...ids.map(change), { op: 'replace', path: 'displayName', value: 'sales' }],
      ],
    ],
  ])('lets users join a group and leave it, %s', async (_, batches) => {
    const ids = [(await user()).id, (await user()).id];
    for (const operations of batches(ids, join))
      expect((await patch(`/Groups/${sales}`, ...operations)).status).toBeLessThan(300);
    const [first = ''] = ids;
    expect(await find('Groups', `members.value eq "${first}"`)).toMatchObject([{ displayName: 'sales' }]);
    expect(
      await list(`/Groups?attributes=displayName&filter=${encodeURIComponent(`members.value eq "${first}"`)}`),
    ).toEqual([expect.not.objectContaining({ members: expect.anything() })]);
    const { members } = (await ask('GET', `/Groups/${sales}`)).body as Resource;
    expect(members?.map(({ value }) => value)).toEqual(expect.arrayContaining(ids));
    expect((await ask('GET', `/Users/${first}`)).body.groups).toMatchObject([{ display: 'sales' }]);
    for (const operations of batches(ids, leave))
      expect((await patch(`/Groups/${sales}`, ...operations)).status).toBeLessThan(300);
    expect(await find('Groups', `members.value eq "${first}"`)).toEqual([]);
    expect((await ask('GET', `/Users/${first}`)).body.groups ?? []).toEqual([]);
  });

  it('takes nobody for a member who is not there, nor anybody twice, nor into a group that is gone', async () => {
    const { id } = await user();
    expect(await patch(`/Groups/${sales}`, join('00000000-0000-0000-0000-000000000000'))).toMatchObject({
      status: 400,
    });
    for (let time = 0; time < 2; time += 1) await patch(`/Groups/${sales}`, join(id));
    const { members } = (await ask('GET', `/Groups/${sales}`)).body as Resource;
    expect(members?.filter(({ value }) => value === id)).toHaveLength(1);
    expect(await patch('/Groups/no-such-group', join(id))).toMatchObject({ status: 404 });
    expect(await ask('DELETE', `/Users/${id}`)).toMatchObject({ status: 204 });
    expect(await find('Groups', `members.value eq "${id}"`)).toEqual([]);
  });
});
