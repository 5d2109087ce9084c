// Several HR sources of different authority, and sources that may not speak of everybody, from what they send to what lies
// in the stores.
import { describe, expect, it } from 'vitest';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { type HrSourcePrecedence, hrSourcePrecedenceSchema } from '../../../lambdas/core/identity/source-precedence.ts';
import { importPopulation } from '../../../lambdas/handlers/hr/import-population.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { recordGuarded } from '../../../lambdas/handlers/hr/record-feed-events.ts';
import { presentIdentity } from '../../../lambdas/handlers/identity/present-identity.ts';
import { loadIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
import { answer, apiDependencies, MODEL, NOW_MS, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joiner } from '../../support/facts.ts';
import {
  joinerEvent,
  leaverEvent,
  moverEvent,
  rescindEvent,
  returnEvent,
  suspensionEvent,
} from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';

const CONTRACT = { kind: 'contractor', endsAt: '2027-06-30' };

function company(written: unknown) {
  const dependencies = apiDependencies();
  const precedence: HrSourcePrecedence = hrSourcePrecedenceSchema.parse(written);
  const guard = { settings: massErrorGuardSchema.parse({}), holds: memoryHolds(), alert: async () => {} };
  const receive = receiveHrEvent({ ...dependencies, guard, precedence, secretsOf: async () => [SECRET] });
  let events = 0;
  let content = '';
  const reports: { faults: unknown[] }[] = [];
  const run = importPopulation({
    ...dependencies,
    guard,
    precedence,
    hrSources: ['acme-hr', 'agency'],
    files: {
      async open() {
        async function* chunks() {
          yield Buffer.from(content);
        }
        return { sizeBytes: content.length, writtenMs: NOW_MS - 60_000 + events++ * 1_000, chunks: chunks() };
      },
      async putReport(_key, report) {
        reports.push(JSON.parse(JSON.stringify(report)));
      },
    },
  });
  return {
    ...dependencies,
    guard,
    precedence,
    reports,
    /** Each event gets an id of its own, and is recorded after the one before. */
    post: async (source: string, event: ReturnType<typeof joinerEvent>) => {
      events += 1;
      const id = event.id === 'wd-1' ? `${source}-${events}` : event.id;
      const time = new Date(NOW_MS - 3_600_000 + events * 1_000).toISOString();
      return await answer(receive, signedRequest({ ...event, id, source: `/hr/${source}`, time }, { source }));
    },
    importFile: async (source: string, text: string) => {
      content = text;
      const object = { key: `${source}/${events}.csv`, etag: `etag-${events}`, 'version-id': 'v' };
      return await run({ detail: { object } });
    },
    statusOf: async (id = 'E1001') => (await dependencies.directory.load(id))?.header.summary.status,
    factsOf: async (id = 'E1001') => (await dependencies.directory.load(id))?.facts.map(({ factId }) => factId) ?? [],
  };
}

describe('a source with less authority', () => {
  const RANKED = { 'acme-hr': { authority: 10 } };

  it('brings nobody back whom another dismissed or suspended: it is answered 202, shown, and has no effect', async () => {
    const world = company(RANKED);
    await world.post('acme-hr', joinerEvent());
    await world.post('acme-hr', suspensionEvent());
    expect((await world.post('badges', returnEvent())).status).toBe(202);
    expect(await world.statusOf()).toBe('suspended');
    await world.post('acme-hr', leaverEvent());
    expect((await world.post('badges', joinerEvent())).status).toBe(202);
    const again = { ...joinerEvent(), data: { ...joinerEvent().data, effectiveAt: '2026-11-22' } };
    expect((await world.post('badges', again)).status).toBe(202);
    expect(await world.statusOf()).toBe('departed');
    const loaded = await loadIdentity({ ...world, clock: () => NOW_MS }, 'E1001');
    const shown = presentIdentity(loaded, MODEL, { names: true, reasons: true }).timeline;
    expect(shown.filter(({ outweighed }) => outweighed).map(({ factId }) => factId)).toEqual([
      'badges:badges-3',
      'badges:badges-6',
    ]);
    await world.post('acme-hr', again);
    expect(await world.statusOf()).toBe('active');
  });

  it('says so in a file every day, and it is recorded once', async () => {
    const world = company(RANKED);
    await world.post('acme-hr', joinerEvent());
    await world.post('acme-hr', leaverEvent());
    const file = 'identityId,effectiveAt,kind,givenName,familyName,email\nE1001,2026-11-22,employee,A,L,a@acme.example';
    expect(await world.importFile('agency', file)).toMatchObject({ joiners: 1 });
    const known = await world.factsOf();
    for (let day = 0; day < 3; day += 1) {
      expect(await world.importFile('agency', file)).toMatchObject({ joiners: 0, departed: 1 });
    }
    expect(await world.factsOf()).toEqual(known);
    expect(await world.statusOf()).toBe('departed');
  });
});

describe('a source that may speak only of some kinds', () => {
  const LIMITED = { agency: { kinds: ['contractor', 'partner'] } };
  const DETAIL = 'agency may speak only of the kinds contractor, partner';

  it('is taken at its word about those', async () => {
    const world = company(LIMITED);
    expect((await world.post('agency', moverEvent({ title: 'Early' }))).status).toBe(202);
    expect((await world.post('agency', joinerEvent(CONTRACT))).status).toBe(202);
    expect((await world.post('agency', suspensionEvent())).status).toBe(202);
    expect((await world.post('agency', leaverEvent())).status).toBe(202);
    expect(await world.statusOf()).toBe('departed');
  });

  it('is refused by pointer where it names another kind', async () => {
    const world = company(LIMITED);
    const faults = [{ pointer: '/data/attributes/kind', detail: DETAIL }];
    expect(await world.post('agency', joinerEvent())).toMatchObject({ status: 422, body: { errors: faults } });
    await world.post('agency', joinerEvent(CONTRACT));
    const becomes = moverEvent({ kind: 'employee' });
    expect(await world.post('agency', becomes)).toMatchObject({ status: 422, body: { errors: faults } });
    expect(await world.factsOf()).toHaveLength(1);
  });

  it.each([
    ['a leaver', leaverEvent()],
    ['a leaver that says now', leaverEvent({ immediate: true })],
    ['a mover', moverEvent({ title: 'Nobody' })],
    ['a suspension', suspensionEvent()],
    ['a return', returnEvent()],
    ['a contract', joinerEvent(CONTRACT)],
  ])('is refused with %s of somebody who is an employee, and not of one who has left', async (_what, event) => {
    const world = company(LIMITED);
    await world.post('acme-hr', joinerEvent());
    const faults = [{ pointer: '/subject', detail: DETAIL }];
    expect(await world.post('agency', event)).toMatchObject({ status: 422, body: { errors: faults } });
    await world.post('acme-hr', leaverEvent());
    expect((await world.post('agency', event)).status).toBe(202);
  });

  it('is refused the rescind that would end the employment of somebody who became an employee', async () => {
    const world = company(LIMITED);
    await world.post('agency', joinerEvent(CONTRACT, { id: 'mine' }));
    await world.post('acme-hr', moverEvent({ kind: 'employee', endsAt: null }));
    expect(await world.post('agency', rescindEvent('mine'))).toMatchObject({ status: 422 });
    expect(await world.statusOf()).toBe('active');
  });

  it('gets the first answer again for what was accepted before', async () => {
    const world = company({});
    const event = { ...joinerEvent({}, { id: 'mine' }), time: new Date(NOW_MS).toISOString() };
    const sent = signedRequest({ ...event, source: '/hr/agency' }, { source: 'agency' });
    const receive = (precedence: HrSourcePrecedence) =>
      receiveHrEvent({ ...world, precedence, secretsOf: async () => [SECRET] });
    const first = await answer(receive({}), sent);
    expect(first.status).toBe(202);
    expect(await answer(receive(hrSourcePrecedenceSchema.parse(LIMITED)), sent)).toEqual(first);
  });

  it('has such rows of a file listed, and nobody who is none of its own leaves by it', async () => {
    const world = company(LIMITED);
    await world.post('acme-hr', joinerEvent());
    const header = 'identityId,kind,givenName,familyName,email,endsAt';
    const row = (id: string, kind: string, endsAt: string) => `${id},${kind},A,L,${id}@acme.example,${endsAt}`;
    const file = [
      header,
      row('C1', 'contractor', '2027-06-30'),
      row('C2', 'employee', ''),
      row('E1001', 'contractor', '2027-06-30'),
    ];
    expect(await world.importFile('agency', file.join('\n'))).toMatchObject({ joiners: 1, movers: 0, faulty: 2 });
    expect(world.reports.at(-1)?.faults).toEqual([
      { line: 3, faults: [{ pointer: '/kind', detail: DETAIL }] },
      { line: 4, faults: [{ pointer: '/identityId', detail: DETAIL }] },
    ]);
    expect(await world.importFile('agency', file.slice(0, 2).join('\n'))).toMatchObject({ leavers: 0 });
    expect(await world.statusOf()).toBe('active');
    expect(await world.statusOf('C1')).toBe('active');
  });

  it('has what it answers of such a person refused, where it is asked about people', async () => {
    const world = company(LIMITED);
    const fact = { ...joiner('2026-11-01'), source: 'agency' };
    const recorded = recordGuarded({ ...world, clock: () => NOW_MS }, { source: 'agency', deliveryId: 'person:1' }, [
      { fact, payloadHash: 'h' },
    ]);
    await expect(recorded).rejects.toMatchObject({
      name: 'InvalidInputError',
      faults: [{ pointer: '/kind', detail: DETAIL }],
    });
    expect(await world.factsOf('E1')).toEqual([]);
  });
});

describe('a source that may speak only of some ids', () => {
  it('is refused by pointer about all others', async () => {
    const world = company({ agency: { idPrefixes: ['C', 'P-'] } });
    expect(await world.post('agency', { ...joinerEvent(), subject: 'P-7' })).toMatchObject({ status: 202 });
    for (const subject of ['E1001', 'P7', 'c1']) {
      expect(await world.post('agency', { ...leaverEvent(), subject })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/subject', detail: 'agency may speak only of ids that begin with C, P-' }] },
      });
    }
    expect((await world.post('acme-hr', joinerEvent())).status).toBe(202);
  });
});
