// Page cursors: DynamoDB's last key, opaque to the caller. It selects where to read on, never what may be read.
import { InvalidInputError } from '../core/errors.ts';

const MAXIMUM_CURSOR_LENGTH = 2_000;

export function encodeCursor(key: Record<string, unknown> | undefined): string | undefined {
  return key && Buffer.from(JSON.stringify(key)).toString('base64url');
}

export function decodeCursor(cursor: string | undefined): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    if (cursor.length > MAXIMUM_CURSOR_LENGTH) throw new Error('too long');
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof key !== 'object' || key === null || Array.isArray(key)) throw new Error('not a key');
    return key as Record<string, unknown>;
  } catch (cause) {
    const detail = 'expected the `next` value of the page before, unchanged';
    throw new InvalidInputError('the page cursor cannot be read', [{ pointer: '/after', detail }], { cause });
  }
}
