// Page cursors: DynamoDB's last key, opaque to the caller. It selects where to read on, never what may be read: one that
// was not made by the listing it is given to is refused.
import { InvalidInputError } from '../core/errors.ts';

const MAXIMUM_CURSOR_LENGTH = 2_000;

/** The attributes that a listing's last key has, each with the value it must have; undefined: it may have any. */
export type CursorKey = Readonly<Record<string, string | undefined>>;

export function encodeCursor(key: Record<string, unknown> | undefined): string | undefined {
  return key && Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws InvalidInputError. */
export function decodeCursor(cursor: string | undefined, expected: CursorKey): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    if (cursor.length > MAXIMUM_CURSOR_LENGTH) throw new Error('too long');
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!isOfListing(key, expected)) throw new Error('not a key of this listing');
    return key;
  } catch (cause) {
    const detail = 'expected the `next` value of the page before, unchanged';
    throw new InvalidInputError('the page cursor cannot be read', [{ pointer: '/after', detail }], { cause });
  }
}

function isOfListing(key: unknown, expected: CursorKey): key is Record<string, unknown> {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return false;
  const values: Readonly<Record<string, unknown>> = { ...key };
  return (
    Object.keys(values).length === Object.keys(expected).length &&
    Object.entries(expected).every(([name, value]) => {
      const found = values[name];
      return value === undefined ? typeof found === 'string' || typeof found === 'number' : found === value;
    })
  );
}
