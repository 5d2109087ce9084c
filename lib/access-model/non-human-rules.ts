// `non-human.yaml`: what is asked of identities that are not people. What it compiles to:
// lambdas/core/access-model/non-human-rules.ts.
import * as z from 'zod';
import { NEEDED, type NonHumanRules } from '../../lambdas/core/access-model/non-human-rules.ts';
import { LIMITED_KINDS, OWNED_KINDS } from '../../lambdas/core/identity/attributes.ts';
import { type Faults, parseWith } from './faults.ts';
import type { YamlFile } from './yaml-file.ts';

const MAXIMUM_ACCEPT_DAYS = 90;
const MAXIMUM_ATTEST_DAYS = 731;

function days(maximum: number) {
  const expected = `expected 1 to ${maximum} days`;
  return z.int(expected).min(1, expected).max(maximum, expected).optional();
}

const ruleSchema = z.strictObject({
  needs: z.array(z.enum(NEEDED)).min(1).optional(),
  holdsNoMoreThanOwner: z.literal(true).optional(),
  acceptWithinDays: days(MAXIMUM_ACCEPT_DAYS),
  attestEveryDays: days(MAXIMUM_ATTEST_DAYS),
});

const nonHumanFileSchema = z.strictObject({
  kinds: z.partialRecord(z.enum(OWNED_KINDS), ruleSchema),
});

/** Undefined: nothing is asked of them. */
export function loadNonHuman(file: YamlFile | undefined, faults: Faults): NonHumanRules | undefined {
  const content = file && parseWith(nonHumanFileSchema, file, faults);
  if (file === undefined || content === undefined) return undefined;
  for (const [kind, { holdsNoMoreThanOwner }] of Object.entries(content.kinds)) {
    if (holdsNoMoreThanOwner === undefined || LIMITED_KINDS.some((limited) => limited === kind)) continue;
    const message = `expected only of ${LIMITED_KINDS.join(', ')}: a ${kind} may need what no person holds`;
    faults.atKey(file, ['kinds', kind, 'holdsNoMoreThanOwner'], message);
  }
  return content.kinds;
}
