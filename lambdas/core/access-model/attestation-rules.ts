// What it takes to attest that people have done something in an application: `attestation:` in its file of the access model.
import * as z from 'zod';

/** For every task, or for those that give or take privileged access. */
const SCOPES = ['required', 'privileged'] as const;

export const attestationRulesSchema = z.strictObject({
  /** A file that shows it, kept with its hash. @default none is asked for */
  evidence: z.enum(SCOPES).optional(),
  /** Somebody else than who did it confirms it as well. @default one person suffices */
  secondPerson: z.enum(SCOPES).optional(),
});
export type AttestationRules = z.output<typeof attestationRulesSchema>;

/** What a task takes beside somebody's word. */
export interface AttestationNeeds {
  readonly evidence?: true | undefined;
  readonly secondPerson?: true | undefined;
}

type AskedStep = { readonly action: string; readonly privileged?: boolean };

/** Undefined: nothing beside somebody's word. */
export function needsOf(
  rules: AttestationRules | undefined,
  steps: readonly AskedStep[],
): AttestationNeeds | undefined {
  const privileged = steps.some((step) => step.privileged === true);
  const applies = (scope: (typeof SCOPES)[number] | undefined) =>
    scope === 'required' || (scope === 'privileged' && privileged);
  return unlessNone(applies(rules?.evidence), applies(rules?.secondPerson));
}

/** A task keeps what was asked for when it was opened, and takes on what has been asked for since. */
export function bothOf(...needs: readonly (AttestationNeeds | undefined)[]): AttestationNeeds | undefined {
  return unlessNone(
    needs.some((one) => one?.evidence === true),
    needs.some((one) => one?.secondPerson === true),
  );
}

function unlessNone(evidence: boolean, secondPerson: boolean): AttestationNeeds | undefined {
  if (!evidence && !secondPerson) return undefined;
  return { ...(evidence && { evidence }), ...(secondPerson && { secondPerson }) };
}

/** Whether it takes privileged access away. */
export function takesPrivileged(steps: readonly AskedStep[]): boolean {
  return steps.some(({ action, privileged }) => action === 'revoke' && privileged === true);
}
