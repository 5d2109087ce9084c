// Every item of a campaign with what became of it, and the auditor's pack, over stores in memory: who may see them, page by page;
// and that a removal's row goes on to where the sealed log has it.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  campaignItemsSchema,
  campaignPackSchema,
  campaignPersonSchema,
} from '../../../lambdas/api/review-campaigns.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { commitEntries } from '../../../lambdas/handlers/audit/commit-entries.ts';
import { redactWith } from '../../../lambdas/handlers/audit/redact-entries.ts';
import { decideCampaignItems } from '../../../lambdas/handlers/reviews/decide-campaign-items.ts';
import { getCampaignPack } from '../../../lambdas/handlers/reviews/get-campaign-pack.ts';
import { getCampaignPerson } from '../../../lambdas/handlers/reviews/get-campaign-person.ts';
import { listCampaignItems } from '../../../lambdas/handlers/reviews/list-campaign-items.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import { begin, company, definitionOf, joins, opened, type ReviewedCompany } from '../../support/campaigning.ts';
import { memoryLogObjects } from '../../support/memory-log.ts';

const HOUR_MS = 3_600_000;
let all: ReviewedCompany;
let campaignId: string;
const PEOPLE = ['E1001', 'E1002', 'E1003', 'E2001'];

beforeEach(async () => {
  all = await company(3);
  await joins(all, 'E0900', { department: 'Security', title: 'Officer', manager: 'E0001' });
  for (const identityId of PEOPLE) await reads(identityId, ['crm-users', 'crm-admins']);
  const settled = { unknownUse: 'settle', sampleShare: 0 } as const;
  const excluded = [{ entitlement: 'desk:seat', reason: 'by hand', by: 'E0900' }];
  campaignId = await opened(all, definitionOf({ settled: { ...settled, usedWithinDays: 90 }, excluded }));
});

/** The system itself is seen with these grants, as converging keeps and tells it. */
async function reads(identityId: string, grants: readonly string[], told: Partial<AuditEntry['event']> = {}) {
  all.nowMs += 1;
  const known = (await all.directory.load(identityId))?.accounts.find(({ applicationId }) => applicationId === 'crm');
  const account = { accountId: `of-${identityId}`, userName: identityId, enabled: true, grants };
  const lost = (known?.account?.grants ?? []).filter((grant) => !grants.includes(grant));
  const gone = [...(known?.gone ?? []), ...lost.map((grant) => ({ grant, goneMs: all.nowMs }))];
  const kept = { applicationId: 'crm', account, readMs: all.nowMs, revision: (known?.revision ?? 0) + 1, gone };
  const observed = { enabled: true, grants, openSessions: 0 };
  const event = { type: 'access-read-back', applicationId: 'crm', callId: 'call', observed, answered: true, ...told };
  const at = new Date(all.nowMs).toISOString();
  const actor = { type: 'tenure', id: 'converge' } as const;
  const entry = { identityId, entryId: `call:${all.nowMs}`, at, actor, event } as AuditEntry;
  await all.accounts.saveAccount({ identityId, account: kept, audit: [entry] });
}

async function decide(identityId: string, entitlement: string, decision: string, more: object = {}) {
  all.nowMs += 1;
  const sent = { items: [{ identityId, entitlement }], decision, reason: 'not needed', ...more };
  const body = Buffer.from(JSON.stringify(sent));
  return answer(
    decideCampaignItems(all),
    requestAs(['manager'], 'E0002', { pathParameters: { id: campaignId }, body }),
  );
}

/** As the stream brings them to the log; what is sealed of it is said apart. */
async function sequence(...identities: readonly string[]) {
  const entries: AuditEntry[] = [];
  for (const identityId of identities) entries.push(...(await all.audit.list(identityId, { limit: 100 })).items);
  const { log, subjects, facts } = all;
  const warn = () => {};
  const redact = redactWith({ subjects, facts, log, warn });
  const committing = {
    log,
    objects: memoryLogObjects(),
    redact,
    warn,
    clock: () => all.nowMs,
    wakeSealing: async () => {},
  };
  await commitEntries(committing, entries);
}
const leaves = () =>
  [...all.log.batches].flatMap(([from, batch]) =>
    batch.leaves.map((leaf, offset) => ({ index: from + offset, ...JSON.parse(Buffer.from(leaf).toString()) })),
  );
const seal = (size = leaves().length) => all.log.saveSealed({ size, root: 'root' });

const items = async (query: Record<string, string> = {}, role: Role = 'auditor', id = campaignId) =>
  answer(listCampaignItems(all), requestAs([role], 'E0900', { pathParameters: { id }, query }));
const listed = async (query: Record<string, string> = {}) => campaignItemsSchema.parse((await items(query)).body);
async function everything(query: Record<string, string> = {}) {
  const found: Awaited<ReturnType<typeof listed>>['items'] = [];
  let after: string | undefined;
  do {
    const page = await listed({ ...query, ...(after !== undefined && { after }) });
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}
const seen = async (identityId: string) => {
  const asked = requestAs(['auditor'], 'E0900', { pathParameters: { id: campaignId, identityId } });
  return campaignPersonSchema.parse((await answer(getCampaignPerson(all), asked)).body);
};
const pack = async (query: Record<string, string> = {}, role: Role = 'auditor', id = campaignId) =>
  answer(getCampaignPack(all), requestAs([role], 'E0900', { pathParameters: { id }, query }));

describe('the items', () => {
  it('are all of the population, also what was settled, page by page', async () => {
    const [pages, sizes]: [string[], number[]] = [[], []];
    let after: string | undefined;
    do {
      const page = await listed({ limit: '2', ...(after !== undefined && { after }) });
      pages.push(...page.items.map(({ identityId, entitlement, status }) => `${identityId} ${entitlement} ${status}`));
      sizes.push(page.items.length);
      after = page.next;
    } while (after !== undefined);
    // What only an account has is asked.
    const expected = [
      ...['E1001', 'E1002', 'E1003'].flatMap((id) => [
        `${id} crm:admin open`,
        `${id} crm:user settled`,
        `${id} desk:seat settled`,
      ]),
      ...['E2001 crm:admin settled', 'E2001 crm:user settled', 'E2001 desk:seat settled'],
    ];
    expect(pages.toSorted()).toEqual(expected.toSorted());
    // Whole people, so that each is looked at once.
    expect(sizes.every((size) => size <= 3)).toBe(true);
  });

  it('are those of a status or an application, where one is asked for', async () => {
    const of = async (query: Record<string, string>) =>
      (await everything(query)).map(({ identityId, entitlement }) => `${identityId} ${entitlement}`).toSorted();
    expect(await of({ application: 'desk' })).toEqual(PEOPLE.map((id) => `${id} desk:seat`));
    expect(await of({ status: 'open' })).toEqual(PEOPLE.slice(0, 3).map((id) => `${id} crm:admin`));
    expect(await of({ status: 'open', application: 'desk' })).toEqual([]);
    expect(await of({ application: 'des' })).toEqual([]);
  });

  it.each<[Role, number]>([
    ['it', 200],
    ['security', 200],
    ['operations', 200],
    ['hr', 403],
    ['manager', 403],
    ['employee', 403],
  ])('answer %s with %i', async (role, status) => {
    expect(await items({}, role)).toMatchObject({ status });
  });

  it.each([{ limit: '0' }, { limit: '101' }, { limit: 'all' }, { status: 'gone' }, { after: 'x' }, { page: '2' }])(
    'are refused for %j',
    async (query) => {
      expect(await items(query)).toMatchObject({ status: 422 });
    },
  );

  it('are not those of another campaign, nor there before the population is complete', async () => {
    const { next = '' } = await listed({ limit: '1' });
    const other = await begin(all, definitionOf({ name: 'Another' }));
    expect(await items({ after: next }, 'auditor', other)).toMatchObject({ status: 404 });
    expect(await items({}, 'auditor', 'none')).toMatchObject({ status: 404 });
    expect(await items({}, 'auditor', 'x'.repeat(101))).toMatchObject({ status: 404 });
    const again = await opened(all, definitionOf({ name: 'A third' }));
    expect(await items({ after: next }, 'auditor', again)).toMatchObject({ status: 422 });
  });
});

it('show when they were last used: in the list as it was, and about one person as it is now', async () => {
  const remembers = (revision: number, memory: object) =>
    all.activity.remember({
      memory: { subjectId: 'E1001', memory: { applications: {}, entitlements: {}, ...memory }, revision },
      ...{ expiresMs: all.nowMs + HOUR_MS, alerts: [], audit: [] },
    });
  await remembers(1, { applications: { crm: all.nowMs - HOUR_MS } });
  const beforeMs = all.nowMs;
  const first = campaignId;
  campaignId = await opened(all, definitionOf({ name: 'Once more', scope: { privileged: true } }));
  const own = async () => (await everything()).filter(({ identityId }) => identityId === 'E1001');
  expect(await own()).toMatchObject([{ entitlement: 'crm:admin' }]);
  await remembers(2, { entitlements: { 'crm:admin': beforeMs } });
  const used = { lastUsedAt: new Date(beforeMs - HOUR_MS).toISOString(), useApproximate: true };
  expect(await own()).toMatchObject([used]);
  campaignId = first;
  const [item] = (await seen('E1001')).items;
  expect(item).toMatchObject({ entitlement: 'crm:admin', lastUsedAt: new Date(beforeMs).toISOString() });
  expect(item).not.toHaveProperty('useApproximate');
});

describe('a removal', () => {
  const row = async (identityId = 'E1001') =>
    (await everything()).find((one) => one.identityId === identityId && one.entitlement === 'crm:admin')?.removal;
  const onPage = async (identityId = 'E1001') =>
    (await seen(identityId)).items.find(({ entitlement }) => entitlement === 'crm:admin')?.removal;

  it('has on one row when it was asked for, until when it is due, when it was seen, and both places in the log', async () => {
    await reads('E1001', ['crm-users', 'crm-admins']);
    expect(await decide('E1001', 'crm:admin', 'remove')).toMatchObject({ status: 200 });
    const askedMs = all.nowMs;
    const due = new Date(askedMs + 24 * HOUR_MS).toISOString();
    expect(await row()).toEqual({ askedAt: new Date(askedMs).toISOString(), dueAt: due });
    await reads('E1001', ['crm-users', 'crm-admins']);
    all.nowMs += 60_000;
    await reads('E1001', ['crm-users']);
    await reads('E1001', ['crm-users']);
    const gone = { readBackAt: new Date(askedMs + 60_002).toISOString(), inSeconds: 60.002 };
    expect(await row()).toEqual({ askedAt: new Date(askedMs).toISOString(), dueAt: due, ...gone });
    await sequence('E2001', 'E1001');
    expect(await row()).not.toHaveProperty('proof');
    const [decided] = leaves().filter(({ event }) => event.answer === 'remove');
    const [first] = leaves().filter(
      ({ at, event }) =>
        event.type === 'access-read-back' && at >= gone.readBackAt && !event.observed.grants.includes('crm-admins'),
    );
    await seal(first?.index);
    expect(await row()).toMatchObject({ decision: { logIndex: decided?.index, entryId: decided?.id } });
    expect(await row()).not.toHaveProperty('proof');
    await seal();
    const proof = { logIndex: first?.index, entryId: first?.id };
    expect(await row()).toMatchObject({ ...gone, proof, decision: { logIndex: decided?.index } });
    expect(await onPage()).toEqual(await row());
  });

  it('is late once it is due, and stays so when it is seen to be gone later', async () => {
    await decide('E1001', 'crm:admin', 'remove');
    all.nowMs += 24 * HOUR_MS;
    expect(await row()).not.toHaveProperty('late');
    all.nowMs += 1;
    expect(await row()).toMatchObject({ late: true });
    await reads('E1001', ['crm-users']);
    expect(await onPage()).toMatchObject({ late: true, inSeconds: 24 * 3_600 + 0.002 });
  });

  it('is not proven by a reading in which the system did not answer, nor by one before it was asked for', async () => {
    await reads('E1001', ['crm-users']);
    await reads('E1001', ['crm-users', 'crm-admins']);
    await decide('E1001', 'crm:admin', 'remove');
    await reads('E1001', ['crm-users'], { answered: undefined, error: 'timed out' });
    await sequence('E1001');
    await seal();
    expect(await row()).not.toHaveProperty('proof');
    await reads('E1001', ['crm-users']);
    await sequence('E1001');
    await seal();
    expect((await row())?.proof?.logIndex).toBe(leaves().at(-1)?.index);
  });

  it('is not looked for further than 300 entries behind', async () => {
    await decide('E1001', 'crm:admin', 'remove');
    for (let time = 0; time < 299; time += 1) await reads('E1001', ['crm-users', 'crm-admins']);
    const one = {
      ...all,
      audit: {
        ...all.audit,
        list: async (...input: Parameters<typeof all.audit.list>) => {
          looks += 1;
          return all.audit.list(...input);
        },
      },
    };
    let looks = 0;
    await reads('E1001', ['crm-users']);
    const asked = requestAs(['auditor'], 'E0900', { pathParameters: { id: campaignId, identityId: 'E1001' } });
    await answer(getCampaignPerson(one), asked);
    expect(looks).toBe(3);
  });

  it('of somebody who was erased has no place any more', async () => {
    await decide('E1001', 'crm:admin', 'remove');
    await reads('E1001', ['crm-users']);
    await sequence('E1001');
    await seal();
    expect(await onPage()).toHaveProperty('proof');
    await all.subjects.forget('E1001', all.nowMs, all.nowMs + HOUR_MS);
    expect(await onPage()).not.toHaveProperty('proof');
  });
});

describe('the pack', () => {
  it('has page by page each file with its hash, and of every item an outcome', async () => {
    await decide('E1001', 'crm:admin', 'remove', { openedAt: new Date(all.nowMs - 9_999).toISOString() });
    const files = new Map<string, Buffer>();
    let after: string | undefined;
    do {
      const page = campaignPackSchema.parse((await pack({ ...(after !== undefined && { after }) })).body);
      for (const { path, sha256, bytes, content = '' } of page.files) {
        const file = Buffer.from(content, 'base64');
        expect([createHash('sha256').update(file).digest('hex'), file.length]).toEqual([sha256, bytes]);
        expect(files.has(path)).toBe(false);
        files.set(path, file);
      }
      after = page.next;
    } while (after !== undefined);
    expect(JSON.parse(files.get('campaign.json')?.toString() ?? '')).toMatchObject({ campaignId, state: 'open' });
    const lines = [...files].flatMap(([path, file]) =>
      path.startsWith('outcomes-')
        ? file
            .toString()
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line))
        : [],
    );
    const population = [...files].flatMap(([path, file]) =>
      path.startsWith('population-') ? gunzipSync(file).toString().split('\n').filter(Boolean) : [],
    );
    expect(population).toHaveLength(4);
    expect(lines).toHaveLength(12);
    expect(lines.filter(({ decisions }) => decisions.length > 0)).toMatchObject([
      {
        ...{ identityId: 'E1001', entitlement: 'crm:admin', status: 'removed' },
        decisions: [{ answer: 'remove', by: 'E0002', seconds: 10, batchSize: 1 }],
      },
    ]);
  });

  it.each<[Role, number]>([
    ['security', 200],
    ['auditor', 200],
    ['it', 403],
    ['operations', 403],
    ['manager', 403],
    ['hr', 403],
    ['employee', 403],
  ])('answers %s with %i', async (role, status) => {
    expect(await pack({}, role)).toMatchObject({ status });
  });

  it('is not that of another campaign, nor there before the population is complete', async () => {
    const { next = '' } = campaignPackSchema.parse((await pack()).body);
    const other = await begin(all, definitionOf({ name: 'Another' }));
    expect(await pack({}, 'auditor', other)).toMatchObject({ status: 404 });
    expect(await pack({}, 'auditor', 'none')).toMatchObject({ status: 404 });
    const again = await opened(all, definitionOf({ name: 'A third' }));
    expect(await pack({ after: next }, 'auditor', again)).toMatchObject({ status: 422 });
    expect(await pack({ after: 'x' })).toMatchObject({ status: 422 });
    expect(await pack({ limit: '101' })).toMatchObject({ status: 422 });
  });
});
