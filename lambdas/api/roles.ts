// Who may do what by the operators' API: one table, and the functions that read it. What is not in it is refused.
import type { OperatorRoute } from './routes.ts';

export const ROLES = ['hr', 'manager', 'it', 'security', 'operations', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** `own-reports`: the identities below the operator in the management chain, and what those own. */
export type Scope = 'everyone' | 'own-reports' | 'nobody';

const MAY: Readonly<Record<OperatorRoute, Partial<Readonly<Record<Role, Scope>>>>> = {
  'list-identities': {
    hr: 'everyone',
    manager: 'own-reports',
    it: 'everyone',
    security: 'everyone',
    operations: 'everyone',
    auditor: 'everyone',
  },
  'get-identity': {
    hr: 'everyone',
    manager: 'own-reports',
    it: 'everyone',
    security: 'everyone',
    operations: 'everyone',
    auditor: 'everyone',
  },
  'list-identity-audit': {
    hr: 'everyone',
    manager: 'own-reports',
    security: 'everyone',
    operations: 'everyone',
    auditor: 'everyone',
  },
  // Who is who is HR's to say. Not security's: nobody who works with access decides whose access counts together.
  'merge-identity': { hr: 'everyone' },
  'list-tasks': { it: 'everyone', security: 'everyone', operations: 'everyone', auditor: 'everyone' },
  'get-task': { it: 'everyone', security: 'everyone', operations: 'everyone', auditor: 'everyone' },
  // Attesting says "I did it": those who work in the systems. Not the manager, who would attest what they asked for.
  'attest-task': { it: 'everyone' },
  'list-holds': { hr: 'everyone', security: 'everyone', operations: 'everyone', auditor: 'everyone' },
  'get-hold': { hr: 'everyone', security: 'everyone', operations: 'everyone', auditor: 'everyone' },
  // Not HR's, whose system is what may have gone wrong.
  'release-hold': { security: 'everyone', operations: 'everyone' },
  'drop-hold': { security: 'everyone', operations: 'everyone' },
  'list-reconciliations': { it: 'everyone', security: 'everyone', auditor: 'everyone' },
  'get-reconciliation': { it: 'everyone', security: 'everyone', auditor: 'everyone' },
  'start-reconciliation': { it: 'everyone', security: 'everyone' },
  // Those who answer for access and those who work in the systems; not the auditor, who would audit their own decision.
  'decide-reconciliation': { it: 'everyone', security: 'everyone' },
  'get-certificate': {
    hr: 'everyone',
    manager: 'own-reports',
    security: 'everyone',
    operations: 'everyone',
    auditor: 'everyone',
  },
  'get-time-to-revoke': { it: 'everyone', security: 'everyone', operations: 'everyone', auditor: 'everyone' },
};

/** An operator with several roles may do what any of them allows. */
export function scopeOn(route: OperatorRoute, roles: readonly Role[]): Scope {
  const scopes = roles.map((role) => MAY[route][role] ?? 'nobody');
  if (scopes.includes('everyone')) return 'everyone';
  return scopes.includes('own-reports') ? 'own-reports' : 'nobody';
}

/** `superiors`: those above the identity in the management chain, the identity itself not among them. */
export function mayRead(scope: Scope, operatorId: string | undefined, superiors: readonly string[]): boolean {
  switch (scope) {
    case 'everyone':
      return true;
    case 'own-reports':
      return operatorId !== undefined && superiors.includes(operatorId);
    case 'nobody':
      return false;
    default:
      return scope satisfies never;
  }
}

/** Which personal data an operator is shown; the rest is left out of the answer. */
export interface View {
  /** Names, e-mail addresses and user names. Operations keeps the system running and needs ids only. */
  readonly names: boolean;
  /** Why somebody left or is away: only for those who answer for it or audit it. */
  readonly reasons: boolean;
}

const SEE_NAMES: readonly Role[] = ['hr', 'manager', 'it', 'security', 'auditor'];
const SEE_REASONS: readonly Role[] = ['hr', 'auditor'];

export function viewOf(roles: readonly Role[]): View {
  return {
    names: roles.some((role) => SEE_NAMES.includes(role)),
    reasons: roles.some((role) => SEE_REASONS.includes(role)),
  };
}

/**
 * The roles among the groups of a token. API Gateway hands array claims of a JWT on as text, `[hr it]`; other
 * authorizers as a list, or as text with commas.
 */
export function rolesIn(claim: unknown): readonly Role[] {
  const groups = new Set(Array.isArray(claim) ? claim : typeof claim === 'string' ? splitGroups(claim) : []);
  return ROLES.filter((role) => groups.has(role));
}

function splitGroups(text: string): readonly string[] {
  return text
    .replace(/^\[|\]$/g, '')
    .split(/[\s,]+/)
    .map((group) => group.replace(/^"|"$/g, ''));
}
