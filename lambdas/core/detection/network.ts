// Where a record came from: an address and what its source says of it; which network that is, as far as one can be told from
// another; and whether it is one of those that say nothing of where somebody is.
import type { ActivityNetwork } from './activity.ts';
import { toText } from './reading-records.ts';

/** Undefined of what is no address: CloudTrail names a service there. A port behind it is left out. */
export function readIp(value: unknown): string | undefined {
  const text = toText(value, 64);
  if (text === undefined) return undefined;
  const bare =
    /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(text)?.[1] ??
    /^\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?$/.exec(text)?.[1] ??
    text;
  return bitsOf(bare) === undefined ? undefined : bare.toLowerCase();
}

export function readNetwork(said: { readonly [Name in keyof ActivityNetwork]: unknown }): ActivityNetwork {
  const latitude = coordinate(said.latitude, 90);
  const longitude = coordinate(said.longitude, 180);
  const isPlaced = latitude !== undefined && longitude !== undefined && (latitude !== 0 || longitude !== 0);
  return {
    ip: readIp(said.ip),
    country: readCountry(said.country),
    asn: readAsn(said.asn),
    ...(isPlaced && { latitude, longitude }),
    ...(said.anonymous === true && { anonymous: true as const }),
  };
}

function coordinate(value: unknown, most: number): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= most ? number : undefined;
}

function readAsn(value: unknown): number | undefined {
  const digits = /^(?:AS)?(\d{1,10})$/i.exec(toText(value, 16) ?? '')?.[1];
  const number = Number(digits);
  return digits !== undefined && number > 0 && number <= 0xff_ff_ff_ff ? number : undefined;
}

let codes: ReadonlyMap<string, string> | undefined;

/** ISO 3166-1 alpha-2 of a code or of an English name. */
export function readCountry(value: unknown): string | undefined {
  const text = toText(value, 64);
  if (text === undefined) return undefined;
  if (/^[A-Za-z]{2}$/.test(text)) return text.toUpperCase();
  codes ??= namesOfCountries();
  return codes.get(text.toLowerCase());
}

function namesOfCountries(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const letters = Array.from({ length: 26 }, (_, place) => String.fromCharCode(65 + place));
  const known = letters.flatMap((one) =>
    letters.flatMap((other): [string, string][] => {
      const name = names.of(one + other);
      return name === undefined ? [] : [[name.toLowerCase(), one + other]];
    }),
  );
  return new Map([...known, ['russian federation', 'RU'], ['viet nam', 'VN'], ['czech republic', 'CZ']]);
}

/** What is one network where nothing better is told: an operator's, else the addresses about it. Undefined: nothing is told. */
export function networkKey({ asn, ip }: ActivityNetwork): string | undefined {
  if (asn !== undefined) return `as${asn}`;
  if (ip === undefined) return undefined;
  const bits = bitsOf(ip);
  if (bits === undefined) return undefined;
  return `net:${bits.slice(0, bits.length === 32 ? 16 : 32)}`;
}

/** Whether an address is in one of the CIDR blocks. What is no block holds nothing. */
export function isWithin(ip: string | undefined, blocks: readonly string[]): boolean {
  if (ip === undefined || blocks.length === 0) return false;
  const bits = bitsOf(ip);
  return bits !== undefined && blocks.some((block) => isInBlock(bits, block));
}

function isInBlock(bits: string, block: string): boolean {
  const [address = '', length] = block.split('/');
  const of = bitsOf(address);
  if (of === undefined || of.length !== bits.length) return false;
  const shared = length === undefined ? of.length : Number(length);
  return Number.isInteger(shared) && shared >= 0 && shared <= of.length && bits.startsWith(of.slice(0, shared));
}

/** 32 or 128 digits of 0 and 1; an IPv4 address within IPv6 is that IPv4 address. */
function bitsOf(ip: string): string | undefined {
  const quad = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(ip);
  if (quad !== null) {
    const bytes = quad.slice(1).map(Number);
    return bytes.every((byte) => byte <= 255)
      ? bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')
      : undefined;
  }
  if (!/^[0-9A-Fa-f:]{2,39}$/.test(ip) || !ip.includes(':')) return undefined;
  const [head = '', tail, more] = ip.split('::');
  if (more !== undefined) return undefined;
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const lacking = 8 - before.length - after.length;
  if (tail === undefined ? lacking !== 0 : lacking < 1) return undefined;
  const all = [...before, ...Array.from({ length: lacking }, () => '0'), ...after];
  if (!all.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

const EARTH_RADIUS_KM = 6_371;

/** Between two places on the globe, by the haversine formula. */
export function distanceKm(
  one: { readonly latitude: number; readonly longitude: number },
  other: { readonly latitude: number; readonly longitude: number },
): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [north, east] = [radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)];
  const chord =
    Math.sin(north / 2) ** 2 +
    Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude)) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}
