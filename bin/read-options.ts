// The options of a command, each with a value; what is not known is refused by name.
import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';

/** Where a command's answer goes, and what is wrong. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

export function readOptions<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
  flags: readonly string[] = [],
): Partial<Record<Name, string>> & Readonly<Record<string, string | boolean | undefined>> {
  const options = Object.fromEntries([
    ...names.map((name) => [name, { type: 'string' }] as const),
    ...flags.map((name) => [name, { type: 'boolean' }] as const),
  ]);
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    return values as ReturnType<typeof readOptions<Name>>;
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

export function required(value: string | undefined, option: string, expected: string): string {
  if (value !== undefined && value !== '') return value;
  throw new CommandError(`--${option} is missing: expected ${expected}`);
}
