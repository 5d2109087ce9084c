// Who needs no account somewhere can mostly be told from the header alone: most people have none in most applications.
import type { IdentityHeader } from '../access/identity-record.ts';

export interface SettlingContext {
  /** Of the access model by which it is judged now. */
  readonly modelHash: string;
  readonly nowMs: number;
}

/** Everything was settled under this model, nothing has changed or come due since, and no account was due there. */
export function isSettledWithout(
  { version, settledVersion, settledMs, modelHash, nextCheckMs, applications, lease }: IdentityHeader,
  applicationId: string,
  context: SettlingContext,
): boolean {
  const isSettled = settledVersion === version && settledMs !== undefined && lease === undefined;
  const isDue = nextCheckMs !== undefined && nextCheckMs <= context.nowMs;
  if (!isSettled || isDue || modelHash !== context.modelHash) return false;
  return applications !== undefined && !applications.includes(applicationId);
}
