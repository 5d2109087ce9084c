// What zod found wrong, as callers are told it.
import type * as z from 'zod';
import type { Fault } from './errors.ts';

/** Each issue as an RFC 6901 pointer and what was expected. Never the value: it may be personal data. */
export function faultsOf(error: z.core.$ZodError, prefix: string): readonly Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const at = `${prefix}${issue.path.map((part) => `/${escapePointer(String(part))}`).join('')}`;
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at, detail: issue.message }];
    return issue.keys.map((key) => ({ pointer: `${at}/${escapePointer(key)}`, detail: 'is not known here' }));
  });
}

/** RFC 6901 section 3; shortened, since a member's name is the sender's to choose. */
function escapePointer(part: string): string {
  return part.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}
