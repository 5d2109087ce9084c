// The public contract of intake: what is taken, what is refused, and that every fault is named at once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHrEvent, translateHrEvent } from '../../../lambdas/core/hr/hr-event.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import {
  joinerEvent,
  leaverEvent,
  moverEvent,
  rescindEvent,
  returnEvent,
  suspensionEvent,
} from '../../support/hr-events.ts';

const RECEIVED_MS = Date.parse('2026-11-23T09:00:01Z');

function factOf(value: unknown) {
  const { event, faults } = readHrEvent(value, 'acme-hr', '', RECEIVED_MS);
  if (event === undefined) throw new Error(JSON.stringify(faults));
  return translateHrEvent(event, 'acme-hr', RECEIVED_MS);
}

function pointersOf(value: unknown, prefix = ''): readonly string[] {
  return (readHrEvent(value, 'acme-hr', prefix, RECEIVED_MS).faults ?? []).map(({ pointer }) => pointer).sort();
}

describe('translating an HR event', () => {
  it('makes a joiner of the example in DESIGN', () => {
    expect(factOf(joinerEvent())).toEqual({
      type: 'joiner',
      factId: 'acme-hr:wd-1',
      identityId: 'E1001',
      source: 'acme-hr',
      sourceEventId: 'wd-1',
      recordedMs: Date.parse('2026-11-23T09:00:00Z'),
      receivedMs: RECEIVED_MS,
      effectiveAt: '2026-11-01',
      attributes: joinerEvent().data['attributes'],
    });
  });

  it.each([
    [
      moverEvent({ department: 'Sales' }),
      { type: 'mover', effectiveAt: '2026-11-02', attributes: { department: 'Sales' } },
    ],
    [
      leaverEvent({ successor: 'E2' }),
      { type: 'leaver', effectiveAt: '2026-11-20', immediate: false, successor: 'E2' },
    ],
    [suspensionEvent(), { type: 'suspension', effectiveAt: '2026-11-10', reason: 'parental leave' }],
    [returnEvent(), { type: 'return', effectiveAt: '2026-11-15' }],
    [rescindEvent('wd-0'), { type: 'rescind', rescinds: 'acme-hr:wd-0' }],
  ])('makes a fact of each type', (event, fact) => {
    expect(factOf(event)).toMatchObject(fact);
  });

  it('takes a leaver without a date only when it is immediate', () => {
    expect(factOf(leaverEvent({ effectiveAt: undefined, immediate: true }))).toMatchObject({ immediate: true });
    expect(pointersOf(leaverEvent({ effectiveAt: undefined }))).toEqual(['/data/effectiveAt']);
  });

  it('takes the CloudEvents attributes that are optional, and extensions', () => {
    const envelope = {
      datacontenttype: 'application/json; charset=utf-8',
      dataschema: 'https://acme.example/jml.json',
      traceparent: '00-1-2-01',
    };
    expect(factOf(joinerEvent({}, envelope)).type).toBe('joiner');
  });
});

describe('the rules of each kind of identity', () => {
  const service = { givenName: undefined, familyName: undefined, email: undefined };

  it('wants the names and the address of a person', () => {
    const { kind } = joinerEvent().data['attributes'] as { kind: string };
    const event = joinerEvent({}, { data: { effectiveAt: '2026-11-01', attributes: { kind } } });
    const names = ['/data/attributes/email', '/data/attributes/familyName', '/data/attributes/givenName'];
    expect(pointersOf(event)).toEqual(names);
  });

  it.each(['service-account', 'integration', 'ai-agent'])('wants an owner of a %s', (kind) => {
    const event = joinerEvent({ ...service, kind, endsAt: '2027-01-01' });
    expect(pointersOf(event)).toEqual(['/data/attributes/owner']);
    expect(pointersOf(joinerEvent({ ...service, kind, endsAt: '2027-01-01', owner: 'E1' }))).toEqual([]);
  });

  it.each(['contractor', 'partner', 'ai-agent'])('wants an end of a %s', (kind) => {
    expect(pointersOf(joinerEvent({ kind, owner: 'E1', endsAt: null }))).toEqual(['/data/attributes/endsAt']);
    expect(pointersOf(joinerEvent({ kind, owner: 'E1', endsAt: undefined }))).toEqual(['/data/attributes/endsAt']);
    expect(pointersOf(joinerEvent({ kind, owner: 'E1', endsAt: '2027-01-01' }))).toEqual([]);
  });

  it('holds a mover that changes the kind to the same rules', () => {
    expect(pointersOf(moverEvent({ kind: 'contractor' }))).toEqual(['/data/attributes/endsAt']);
    expect(pointersOf(moverEvent({ kind: 'ai-agent' }))).toEqual(['/data/attributes/endsAt', '/data/attributes/owner']);
    expect(pointersOf(moverEvent({ kind: 'employee' }))).toEqual([]);
  });

  it('wants a mover to change something', () => {
    expect(pointersOf(moverEvent({}))).toEqual(['/data/attributes']);
  });
});

describe('naming faults', () => {
  it('names every fault at once, those that rest on others included', () => {
    const event = {
      ...joinerEvent({ kind: 'ai-agent', email: 'no', timeZone: 'Mars/Base', 'a/b~c': 1, endsAt: null }),
      specversion: '0.3',
      id: 'has#hash',
      source: '/hr/other',
      time: 'yesterday',
      Upper: 'x',
      nested: { a: 1 },
    };
    expect(pointersOf(event, '/3')).toEqual([
      '/3/Upper',
      '/3/data/attributes/a~1b~0c',
      '/3/data/attributes/email',
      '/3/data/attributes/endsAt',
      '/3/data/attributes/owner',
      '/3/data/attributes/timeZone',
      '/3/id',
      '/3/nested',
      '/3/source',
      '/3/specversion',
      '/3/time',
    ]);
  });

  it('checks the envelope of an unknown type', () => {
    expect(pointersOf(joinerEvent({}, { type: 'jml.promotion', subject: '' }))).toEqual(['/subject', '/type']);
  });

  it.each([null, 1, 'text', [], [[]]])('refuses what is no object: %j', (value) => {
    expect(pointersOf(value, '/0')).toContain('/0');
  });

  it('never repeats a value, which may be personal data', () => {
    fc.assert(
      fc.property(fc.constantFrom('kind', 'givenName', 'email', 'manager', 'endsAt', 'owner', 'timeZone'), (name) => {
        const marker = 'MARKER MARKER';
        const event = joinerEvent({ [name]: { [marker]: marker } }, { time: marker, subject: marker, type: marker });
        const details = (readHrEvent(event, 'acme-hr', '', RECEIVED_MS).faults ?? []).map(({ detail }) => detail);
        expect(details.join()).not.toContain('MARKER');
      }),
    );
  });

  it('refuses moments finer than the calendar can read', () => {
    expect(pointersOf(moverEvent({ endsAt: '2026-12-01T00:00:00.123456789+01:00' }))).toEqual([]);
    const finer = '2026-12-01T00:00:00.0000000000Z';
    expect(pointersOf(moverEvent({ endsAt: finer }, { time: finer }))).toEqual(['/data/attributes/endsAt', '/time']);
  });
});

it('accepts no event that the timeline cannot read', () => {
  const moment = fc.oneof(
    fc
      .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
      .map((date) => date.toISOString()),
    fc.stringMatching(/^20[0-9]{2}-[01][0-9]-[0-3][0-9]$/),
    fc.stringMatching(
      /^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,15})?(Z|[+-][0-2][0-9]:[0-6][0-9])$/,
    ),
  );
  fc.assert(
    fc.property(moment, moment, (effectiveAt, endsAt) => {
      const value = joinerEvent({ endsAt }, {});
      const { event } = readHrEvent({ ...value, data: { ...value.data, effectiveAt } }, 'acme-hr', '', RECEIVED_MS);
      if (event === undefined) return;
      buildTimeline([translateHrEvent(event, 'acme-hr', RECEIVED_MS)]);
    }),
    { numRuns: 2_000 },
  );
});
