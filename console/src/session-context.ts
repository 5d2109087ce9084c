import { createContext, useContext } from 'react';
import type { Operation } from './api/client.ts';
import { ALLOWED, type Role } from './api/contract.ts';
import type { Session } from './session.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in');
  return session;
}

/** Whether the API answers any of the signed-in roles. */
export function useMay(operation: Operation): boolean {
  return mayCall(useSession().roles, operation);
}

export function mayCall(roles: readonly Role[], operation: Operation): boolean {
  return roles.some((role) => ALLOWED[operation].includes(role));
}
