// What zod found wrong, as callers are told it.
import type * as z from 'zod';
import type { Fault } from './errors.ts';

/**
 * Each issue as an RFC 6901 pointer and what was expected. Never the value: it may be personal data.
 *
 * @param members what may stand at the top. @default it is not told
 */
export function faultsOf(error: z.core.$ZodError, prefix: string, members: readonly string[] = []): readonly Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const at = `${prefix}${issue.path.map((part) => `/${escapePointer(String(part))}`).join('')}`;
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at, detail: issue.message }];
    const expected = issue.path.length === 0 && members.length > 0 ? `: expected ${members.join(', ')}` : '';
    const detail = `is not known here${expected}`;
    return issue.keys.map((key) => ({ pointer: `${at}/${escapePointer(key)}`, detail }));
  });
}

/** RFC 6901 section 3; shortened, since a member's name is the sender's to choose. */
function escapePointer(part: string): string {
  return part.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}
