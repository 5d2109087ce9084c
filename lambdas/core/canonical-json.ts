// One text for one value, so that a hash of it means something: RFC 8785 (JSON Canonicalization Scheme). The access
// model's hash and the audit log both rest on it.
import { createHash } from 'node:crypto';

/** Deeper than anything Tenure writes; a bound, so that hostile input cannot exhaust the stack. */
const MAXIMUM_DEPTH = 64;

/**
 * The value as canonical JSON: no white space, members sorted by UTF-16 code unit (RFC 8785 section 3.2.3). A member
 * that is undefined counts as absent. Throws a TypeError for what JSON cannot say: NaN, infinities, lone surrogates,
 * functions, bigints, class instances, undefined elsewhere, and nesting deeper than 64.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/**
 * Whether a text is the canonical JSON of what it says; `value` is what JSON.parse made of it. In most cases without
 * writing it anew, which takes several times as long: parsing keeps the members' order, and JSON.stringify differs from
 * canonical JSON in that order alone, apart from lone surrogates, which it escapes.
 */
export function isCanonicalJson(text: string, value: unknown): boolean {
  if (!text.includes('\\ud') && isSorted(value, 0) && JSON.stringify(value) === text) return true;
  try {
    return canonicalJson(value) === text;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function isSorted(value: unknown, depth: number): boolean {
  if (depth > MAXIMUM_DEPTH) return false;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isSorted(item, depth + 1));
  let last: string | undefined;
  for (const [name, member] of Object.entries(value)) {
    if ((last !== undefined && name <= last) || !isSorted(member, depth + 1)) return false;
    last = name;
  }
  return true;
}

/** SHA-256 of the text's UTF-8 bytes: 64 lower-case hexadecimal digits. */
/** Of text, what it is in UTF-8. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function write(value: unknown, depth: number): string {
  if (depth > MAXIMUM_DEPTH) throw new TypeError(`canonical JSON: nested deeper than ${MAXIMUM_DEPTH}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  // Array.from: `map` would skip the holes of a sparse array and so write invalid JSON.
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`;
  if (isPlainObject(value)) return writeObject(value, depth);
  throw new TypeError(`canonical JSON: ${describe(value)} has no JSON form`);
}

function writeObject(object: Readonly<Record<string, unknown>>, depth: number): string {
  const members: string[] = [];
  // `sort` without a comparator compares UTF-16 code units, which is what section 3.2.3 asks for.
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value !== undefined) members.push(`${writeString(name)}:${write(value, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

// Section 3.2.2.2 is JSON.stringify's own escaping; a lone surrogate has no UTF-8 form and must be refused.
function writeString(text: string): string {
  if (!isWellFormed(text)) throw new TypeError('canonical JSON: a string holds a lone surrogate');
  return JSON.stringify(text);
}

// Section 3.2.2.3 is ECMAScript's Number::toString, which JSON.stringify uses; -0 becomes 0.
function writeNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError(`canonical JSON: ${number} has no JSON form`);
  return JSON.stringify(number);
}

// String.prototype.isWellFormed does this, but not in the ES2023 library. With the `u` flag a proper pair is one
// code point, so only lone surrogates are of category Cs.
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === 'object' ? `an instance of ${value?.constructor?.name ?? 'an unknown class'}` : typeof value;
}
