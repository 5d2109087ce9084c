// The operators' roles: how far each reaches and what it is shown. Every route decides about every role, so that a new
// role does not compile before each of them has.

export const ROLES = ['hr', 'manager', 'it', 'security', 'operations', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** `own-reports`: the identities below the operator in the management chain, and what those own. */
export type Scope = 'all' | 'own-reports' | 'none';

export type RoleScopes = Readonly<Record<Role, Scope>>;

/** An operator with several roles may do what any of them allows. */
export function widestScope(scopes: RoleScopes, roles: readonly Role[]): Scope {
  const held = roles.map((role) => scopes[role]);
  if (held.includes('all')) return 'all';
  return held.includes('own-reports') ? 'own-reports' : 'none';
}

/** `superiors`: those above the identity in the management chain, the identity itself not among them. */
export function mayRead(scope: Scope, operatorId: string | undefined, superiors: readonly string[]): boolean {
  switch (scope) {
    case 'all':
      return true;
    case 'own-reports':
      return operatorId !== undefined && superiors.includes(operatorId);
    case 'none':
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

const VIEWS: Readonly<Record<Role, View>> = {
  hr: { names: true, reasons: true },
  manager: { names: true, reasons: false },
  it: { names: true, reasons: false },
  security: { names: true, reasons: false },
  operations: { names: false, reasons: false },
  auditor: { names: true, reasons: true },
};

export function viewOf(roles: readonly Role[]): View {
  return {
    names: roles.some((role) => VIEWS[role].names),
    reasons: roles.some((role) => VIEWS[role].reasons),
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
