// `tenure audit`: what can be asked of the sealed log, each command in a file of its own.
import { runAuditEvidence } from './audit-evidence-command.ts';
import { runAuditQuery } from './audit-query-command.ts';
import { runAuditVerify } from './audit-verify-command.ts';
import { CommandError } from './command-error.ts';
import type { Streams } from './read-options.ts';

const COMMANDS: Readonly<Record<string, (args: readonly string[], streams: Streams) => Promise<number>>> = {
  query: (args, streams) => runAuditQuery(args, streams),
  verify: runAuditVerify,
  evidence: runAuditEvidence,
};

export async function runAudit([name = '', ...rest]: readonly string[], streams: Streams): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command(rest, streams);
  const asked = name === '' ? 'audit: no command' : `audit: unknown command "${name}"`;
  throw new CommandError(`${asked}: expected ${Object.keys(COMMANDS).join(', ')}`);
}
