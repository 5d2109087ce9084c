// Valid HR events, as an HR system would post them.

type Members = Readonly<Record<string, unknown>>;

const ATTRIBUTES = {
  kind: 'employee',
  givenName: 'Ada',
  familyName: 'Lovelace',
  email: 'ada@example.com',
  title: 'Engineer',
  department: 'Engineering',
  manager: 'E0007',
  timeZone: 'Europe/Berlin',
  endsAt: null,
};

function event(type: string, data: Members, envelope: Members) {
  return {
    specversion: '1.0',
    id: 'wd-1',
    source: '/hr/acme-hr',
    type: `jml.${type}`,
    subject: 'E1001',
    time: '2026-11-23T09:00:00Z',
    data,
    ...envelope,
  };
}

export function joinerEvent(attributes: Members = {}, envelope: Members = {}) {
  return event('joiner', { effectiveAt: '2026-11-01', attributes: { ...ATTRIBUTES, ...attributes } }, envelope);
}

export function moverEvent(attributes: Members, envelope: Members = {}, effectiveAt = '2026-11-02') {
  return event('mover', { effectiveAt, attributes }, envelope);
}

export function leaverEvent(data: Members = {}, envelope: Members = {}) {
  return event('leaver', { effectiveAt: '2026-11-20', ...data }, envelope);
}

export function suspensionEvent(envelope: Members = {}) {
  return event('suspension', { effectiveAt: '2026-11-10', reason: 'parental leave' }, envelope);
}

export function returnEvent(envelope: Members = {}) {
  return event('return', { effectiveAt: '2026-11-15' }, envelope);
}

export function rescindEvent(rescinds: string, envelope: Members = {}) {
  return event('rescind', { rescinds }, envelope);
}
