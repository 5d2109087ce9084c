// What the parts of an access model's reading share: the faults found so far, and where each thing is written.
import type * as z from 'zod';
import { AccessModelError, type AccessModelFault } from './access-model-error.ts';
import { describePath, issuesOf } from './schema-issues.ts';
import type { ValuePath, YamlFile } from './yaml-file.ts';

/** The CDK context key that settings of a deployment come from, for messages. */
export const OVERRIDES_KEY = 'applicationSettings';

export class Faults {
  readonly #faults: AccessModelFault[];

  constructor(faults: readonly AccessModelFault[]) {
    this.#faults = [...faults];
  }

  at(file: YamlFile, path: ValuePath, message: string): void {
    this.#faults.push({ file: file.path, ...file.positionOf(path), message });
  }

  atKey(file: YamlFile, path: ValuePath, message: string): void {
    this.#faults.push({ file: file.path, ...file.positionOfKey(path), message });
  }

  inOverrides(applicationId: string, message: string): void {
    this.#faults.push({ file: `${OVERRIDES_KEY}.${applicationId}`, line: 0, column: 0, message });
  }

  throwIfAny(): void {
    if (this.#faults.length > 0) throw new AccessModelError(this.#faults);
  }
}

/** Something with an id, and where it is written. */
export interface Written<Value> {
  readonly value: Value;
  readonly file: YamlFile;
  readonly path: ValuePath;
}

export function reportDuplicates(
  items: readonly Written<{ readonly id: string }>[],
  what: string,
  faults: Faults,
): void {
  const firsts = new Map<string, Written<{ readonly id: string }>>();
  for (const item of items) {
    const first = firsts.get(item.value.id);
    if (first === undefined) firsts.set(item.value.id, item);
    else faults.at(item.file, [...item.path, 'id'], `duplicate ${what} "${item.value.id}": first at ${placeOf(first)}`);
  }
}

export function placeOf({ file, path }: Written<unknown>): string {
  const { line, column } = file.positionOf(path);
  return `${file.path}:${line}:${column}`;
}

export function parseWith<Output>(schema: z.ZodType<Output>, file: YamlFile, faults: Faults): Output | undefined {
  for (const issue of issuesOf(schema, file.value)) {
    const message = `${describePath(issue.path)}${issue.message}`;
    if (issue.atKey) faults.atKey(file, issue.path, message);
    else faults.at(file, issue.path, message);
  }
  const parsed = schema.safeParse(file.value);
  return parsed.success ? parsed.data : undefined;
}
