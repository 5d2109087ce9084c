// The operators' roles: how far each reaches and what it is shown. Every route decides about every role, so that a new
// role does not compile before each of them has.

export const ROLES = ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'] as const;
export type Role = (typeof ROLES)[number];

/**
 * `own-reports`: the identities below the operator in the management chain, and what those own. `self`: what is about the
 * operator, or theirs to decide.
 */
export type Scope = 'all' | 'own-reports' | 'self' | 'none';

/** An employee is no operator: they may do what a route names them for, and nothing else. */
export type RoleScopes = Readonly<Record<Exclude<Role, 'employee'>, Scope>> & {
  readonly employee?: 'self';
};

/** An operator with several roles may do what any of them allows. */
export function widestScope(scopes: RoleScopes, roles: readonly Role[]): Scope {
  const held = roles.map((role) => scopeOf(scopes, role));
  return WIDEST_FIRST.find((scope) => held.includes(scope)) ?? 'none';
}

export function scopeOf(scopes: RoleScopes, role: Role): Scope {
  return scopes[role] ?? 'none';
}

const WIDEST_FIRST = ['all', 'own-reports', 'self'] as const;

/** `superiors`: those above the identity in the management chain, the identity itself not among them. */
export function mayRead(scope: Scope, operatorId: string | undefined, superiors: readonly string[]): boolean {
  switch (scope) {
    case 'all':
      return true;
    case 'own-reports':
      return operatorId !== undefined && superiors.includes(operatorId);
    case 'self':
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
  employee: { names: false, reasons: false },
};

export function viewOf(roles: readonly Role[]): View {
  return {
    names: roles.some((role) => VIEWS[role].names),
    reasons: roles.some((role) => VIEWS[role].reasons),
  };
}

/**
 * The roles among the groups of a token: by the whole name of a group. A list says where a name ends, and so does a list
 * in JSON. Other text, `[hr it]` or `hr,it`, does not: `[IT security helpdesk]` may be one group or three. It is taken
 * for several only when each of them is a role.
 */
export function rolesIn(claim: unknown): readonly Role[] {
  const groups = new Set(Array.isArray(claim) ? claim : typeof claim === 'string' ? groupsInText(claim) : []);
  return ROLES.filter((role) => groups.has(role));
}

function groupsInText(text: string): readonly unknown[] {
  const [, inBrackets] = /^\[(.*)\]$/s.exec(text) ?? [];
  if (inBrackets?.startsWith('"')) return listInJson(text);
  const names = inBrackets === undefined ? text.split(',').map((name) => name.trim()) : inBrackets.split(/[\s,]+/);
  return names.every(isRole) ? names : [];
}

function listInJson(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name);
}

/** For what is a matter of who one is: what one owns, or has to decide. */
export const THEMSELVES = {
  hr: 'self',
  manager: 'self',
  it: 'self',
  security: 'self',
  operations: 'self',
  auditor: 'none',
  employee: 'self',
} as const;
