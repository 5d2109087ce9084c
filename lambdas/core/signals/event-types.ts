// The events of shared signals that Tenure knows, by the last part of their URI: sessions and credentials (CAEP 1.0),
// accounts (RISC 1.0), and the stream itself (SSF 1.0 section 8.1).

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

const CAEP_EVENTS = [
  'session-revoked',
  'credential-change',
  'token-claims-change',
  'assurance-level-change',
  'device-compliance-change',
  'risk-level-change',
  'session-established',
  'session-presented',
] as const;
const RISC_EVENTS = [
  'account-disabled',
  'account-enabled',
  'account-purged',
  'account-credential-change-required',
  'credential-compromise',
  'identifier-changed',
  'identifier-recycled',
  'recovery-activated',
  'recovery-information-changed',
] as const;
const STREAM_EVENTS = ['verification', 'stream-updated'] as const;

/** What is said of somebody. */
export const SIGNAL_NAMES = [...CAEP_EVENTS, ...RISC_EVENTS] as const;
export type SignalName = (typeof SIGNAL_NAMES)[number];
/** What is said of the stream. */
export type StreamEventName = (typeof STREAM_EVENTS)[number];
export type EventName = SignalName | StreamEventName;

const URIS = new Map<EventName, string>([
  ...CAEP_EVENTS.map((name) => [name, `${CAEP}${name}`] as const),
  ...RISC_EVENTS.map((name) => [name, `${RISC}${name}`] as const),
  ...STREAM_EVENTS.map((name) => [name, `${SSF}${name}`] as const),
]);
const NAMES: ReadonlyMap<string, EventName> = new Map([...URIS].map(([name, uri]) => [uri, name]));

export function uriOf(name: EventName): string {
  return URIS.get(name) as string;
}

/** Undefined: an event that nobody here has heard of. */
export function nameOf(uri: string): EventName | undefined {
  return NAMES.get(uri);
}

export function isStreamEvent(name: EventName): name is StreamEventName {
  return (STREAM_EVENTS as readonly EventName[]).includes(name);
}

/** Of what has two sides, whether it is the one that takes trust away. */
export function isAdverse(name: EventName, payload: Readonly<Record<string, unknown>>): boolean {
  switch (name) {
    case 'device-compliance-change':
      return payload['current_status'] === 'not-compliant';
    case 'assurance-level-change':
      return payload['change_direction'] === 'decrease';
    case 'risk-level-change':
      return payload['current_level'] === 'HIGH';
    case 'account-enabled':
    case 'session-established':
    case 'session-presented':
    case 'verification':
    case 'stream-updated':
      return false;
    default:
      return true;
  }
}
