// Reading what somebody else wrote: nothing is where it should be, everything is too long, and no member is trusted to be of
// its type. Each reader says undefined instead.
import { wellFormed } from '../well-formed.ts';

const MAXIMUM_TEXT = 512;
/** C0, DEL and C1: they do something on terminals and in logs, and say nothing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** A member of members, by their names; the last in lower case as well, since collectors fold names. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    if (Object.hasOwn(found, name)) {
      found = (found as Record<string | number, unknown>)[name];
      continue;
    }
    const folded = String(name).toLowerCase();
    if (!Object.hasOwn(found, folded)) return undefined;
    found = (found as Record<string, unknown>)[folded];
  }
  return found ?? undefined;
}

/** Text of at most so many characters, without control characters; a number as its digits. Undefined: none, or empty. */
export function textAt(value: unknown, path: readonly (string | number)[], maximum = MAXIMUM_TEXT): string | undefined {
  return toText(at(value, ...path), maximum);
}

export function toText(found: unknown, maximum = MAXIMUM_TEXT): string | undefined {
  if (typeof found === 'number' && Number.isFinite(found)) return String(found);
  if (typeof found !== 'string') return undefined;
  // Cut first: a megabyte is not looked through for a name of a hundred letters.
  const text = wellFormed(found.slice(0, maximum)).replace(CONTROLS, ' ').trim();
  return text === '' ? undefined : text;
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A boolean, also as text. */
export function flagAt(value: unknown, ...path: readonly (string | number)[]): boolean | undefined {
  const found = at(value, ...path);
  if (typeof found === 'boolean') return found;
  if (found === 'true' || found === 'True') return true;
  return found === 'false' || found === 'False' ? false : undefined;
}

/** At most so many of a list; nothing of what is no list. */
export function listAt(value: unknown, path: readonly (string | number)[], maximum = 100): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.slice(0, maximum) : [];
}

/** Texts of a list, or of one text that separates them by blanks or commas. */
export function textsAt(value: unknown, path: readonly (string | number)[], maximum = 32): readonly string[] {
  const found = at(value, ...path);
  const items = typeof found === 'string' ? found.slice(0, 8_192).split(/[\s,]+/) : Array.isArray(found) ? found : [];
  return items.slice(0, maximum).flatMap((item) => toText(item) ?? []);
}

const SECONDS_UNTIL = 100_000_000_000;
const LOCAL = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:?\d\d)?$/;

/** Epoch ms of what sources write: RFC 3339, the same with a blank and no zone (UTC), seconds or milliseconds. */
export function momentOf(found: unknown): number | undefined {
  if (typeof found === 'number' && Number.isFinite(found)) {
    return Math.trunc(Math.abs(found) < SECONDS_UNTIL ? found * 1_000 : found);
  }
  if (typeof found !== 'string') return undefined;
  const text = found.trim().slice(0, 64);
  if (/^-?\d{1,14}(?:\.\d{1,9})?$/.test(text)) return momentOf(Number(text));
  const parts = LOCAL.exec(text);
  if (parts === null) return undefined;
  const instantMs = Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? 'Z'}`);
  return Number.isNaN(instantMs) ? undefined : instantMs;
}
