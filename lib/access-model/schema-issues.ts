// zod's issues as a person editing YAML would say them.
import * as z from 'zod';
import type { ValuePath } from './yaml-file.ts';

export interface SchemaIssue {
  readonly path: ValuePath;
  readonly message: string;
  /** There is nothing at the path. */
  readonly missing: boolean;
  /** The fault is the key itself rather than its value. */
  readonly atKey: boolean;
}

/** zod's issues in our words: one per unknown key, and "missing" rather than "received undefined". */
export function issuesOf(schema: z.ZodType, value: unknown): readonly SchemaIssue[] {
  const parsed = schema.safeParse(value, { reportInput: true });
  return (parsed.error?.issues ?? []).flatMap((issue): SchemaIssue[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown key', missing: false, atKey: true }));
    }
    const message = issue.message.replace(/^Invalid input: /, '').replace(/, received undefined$/, '');
    if (issue.input === undefined) return [{ path, message: `missing: ${message}`, missing: true, atKey: false }];
    return [{ path, message, missing: false, atKey: issue.code === 'invalid_key' }];
  });
}

/** `entitlements[2].grant: `, or nothing for the whole file. */
export function describePath(path: ValuePath): string {
  return path.length === 0 ? '' : `${z.core.toDotPath([...path])}: `;
}
