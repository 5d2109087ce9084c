// Task ids say whose task it is, so that one id in a link is enough to find it; and they follow from what is to be
// done, so that opening the same task twice is opening it once.
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import type { Step } from './difference.ts';

const DIGEST_LENGTH = 12;

/** `attested`: how many tasks of this application were attested before; the same steps may be needed once more. */
export function taskIdOf(identityId: string, applicationId: string, steps: readonly Step[], attested: number): string {
  // Not the reasons: a task stays the same task when only the reason for it changes.
  const asked = steps.map((step) => ({ action: step.action, grant: 'grant' in step ? step.grant : undefined }));
  const digest = sha256Hex(canonicalJson({ asked, attested })).slice(0, DIGEST_LENGTH);
  return `${identityId}~${applicationId}~${digest}`;
}

/** Undefined when it cannot be a task's id. */
export function identityOfTask(taskId: string): string | undefined {
  return /^([^~]+)~[^~]+~[0-9a-f]{12}$/.exec(taskId)?.[1];
}
