// The list of identities, narrowed to how they stand, over stores in memory.
import { beforeEach, expect, it } from 'vitest';
import { identityPageSchema } from '../../../lambdas/api/identities.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { listIdentities } from '../../../lambdas/handlers/identity/list-identities.ts';
import { answer, apiDependencies, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';

let dependencies = apiDependencies();
beforeEach(async () => {
  dependencies = apiDependencies();
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const events = [
    ...['E1', 'E2', 'E3', 'E4', 'E5'].map((subject) =>
      joinerEvent({ manager: null, email: `${subject}@x.example` }, { subject, id: subject }),
    ),
    leaverEvent({}, { subject: 'E4', id: 'l4' }),
    {
      ...joinerEvent({ manager: null, email: 'e9@x.example' }, { subject: 'E9', id: 'E9' }),
      data: {
        effectiveAt: '2026-12-24',
        attributes: { kind: 'employee', givenName: 'Grace', familyName: 'Hopper', email: 'e9@x.example' },
      },
    },
  ];
  expect(await answer(receive, signedRequest(events))).toMatchObject({ status: 202 });
  await dependencies.leases.fenceOff({
    identityId: 'E4',
    epoch: 0,
    removal: { version: 2, startedMs: dependencies.nowMs },
    audit: [],
  });
});

async function all(query: Record<string, string>): Promise<readonly string[]> {
  const found: string[] = [];
  let after: string | undefined;
  do {
    const sent = requestAs(['hr'], 'E0900', { query: { ...query, ...(after && { after }) } });
    const { status, body } = await answer(listIdentities(dependencies), sent);
    expect(status).toBe(200);
    const page = identityPageSchema.parse(body);
    found.push(...page.items.map(({ identityId }) => identityId));
    after = page.next;
  } while (after !== undefined);
  return found.sort();
}

it.each([
  [{}, ['E1', 'E2', 'E3', 'E4', 'E5', 'E9']],
  [{ status: 'pending' }, ['E9']],
  [{ status: 'departed' }, ['E4']],
  [{ removal: 'open' }, ['E4']],
  [{ status: 'active', removal: 'open' }, []],
])('is of those who stand as was asked, whatever the length of a page: %o', async (query, expected) => {
  for (const limit of ['1', '2', '50'])
    expect(await all({ ...query, limit } as Record<string, string>)).toEqual(expected);
});

it.each([{ status: 'gone' }, { removal: 'done' }])('is refused for what there is not: %o', async (query) => {
  const sent = requestAs(['hr'], 'E0900', { query: query as Record<string, string> });
  expect(await answer(listIdentities(dependencies), sent)).toMatchObject({ status: 422 });
});
