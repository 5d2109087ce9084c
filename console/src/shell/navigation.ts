// What there is, in the order in which people look for it, and which route of the API a page cannot do without.
import type { Operation } from '../api/client.ts';
import type { Role } from '../api/contract.ts';
import { mayCall } from '../session-context.ts';

export interface Entry {
  readonly text: string;
  readonly href: string;
  readonly needs: Operation;
}

const ENTRIES: readonly Entry[] = [
  { text: 'My access', href: '/my-access', needs: 'GET /own-access' },
  { text: 'People', href: '/people', needs: 'GET /identities' },
  { text: 'HR', href: '/hr', needs: 'GET /hr-events' },
  { text: 'Requests', href: '/requests', needs: 'GET /requests' },
  { text: 'Reviews', href: '/campaigns', needs: 'GET /review-campaigns' },
  { text: 'Reviews of moves', href: '/reviews', needs: 'GET /reviews' },
  { text: 'Applications', href: '/applications', needs: 'GET /applications' },
  { text: 'Systems', href: '/systems', needs: 'GET /applications/health' },
  { text: 'Tasks', href: '/tasks', needs: 'GET /tasks' },
  { text: 'Holds', href: '/holds', needs: 'GET /holds' },
  { text: 'Reconciliations', href: '/reconciliations', needs: 'GET /reconciliations' },
  { text: 'Who can reach what', href: '/entitlements', needs: 'GET /entitlements/{id}/holders' },
  { text: 'Alerts', href: '/alerts', needs: 'GET /alerts' },
  { text: 'Duties', href: '/duties', needs: 'GET /duties/violations' },
  { text: 'Time to revoke', href: '/time-to-revoke', needs: 'GET /time-to-revoke' },
  { text: 'What if', href: '/what-if', needs: 'POST /simulations' },
  { text: 'Audit log', href: '/audit', needs: 'GET /audit' },
  { text: 'Evidence', href: '/evidence', needs: 'GET /audit' },
];

export function entriesFor(roles: readonly Role[]): readonly Entry[] {
  return [{ text: 'Home', href: '/', needs: 'GET /requests' }, ...ENTRIES.filter(({ needs }) => mayCall(roles, needs))];
}

/** What the browser's tab says; of somebody's page, without their name, since histories and screens are shared. */
export function titleOf(path: string): string {
  const entry = ENTRIES.find(({ href }) => path === href || path.startsWith(`${href}/`));
  return entry === undefined ? 'Tenure' : `${entry.text} · Tenure`;
}
