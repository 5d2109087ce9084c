// Which account is an identity's: the one order in which every system that keeps the identity's id is asked, and the
// checks that no connector may forget. The caller knows what the system does not: see core/access/linked-account.ts.
import { ConflictError } from '../../core/errors.ts';
import type { AccountKey } from './connector.ts';

export interface AccountLookup<Account> {
  /** Named in errors, e.g. `Okta`. */
  readonly system: string;
  /** Where an account carries the identity's id, e.g. `employeeNumber`. */
  readonly carriedIn: string;
  readonly byId: (accountId: string) => Promise<Account | undefined>;
  /** Accounts that carry this id, as the system compares ids: those it takes for the same are sorted out here. */
  readonly byIdentity: (identityId: string) => Promise<readonly Account[]>;
  readonly byUserName: (userName: string) => Promise<Account | undefined>;
  /** The identity whose id the account carries; undefined: none's. */
  readonly identityOf: (account: Account) => string | undefined;
  /** The account that Tenure uses here, or one of the system's own: nobody's, whatever it is called or carries. */
  readonly isReserved: (account: Account) => boolean | Promise<boolean>;
}

/**
 * The account by the id kept from an earlier pass, else by the identity's id, else by user name. One that carries no
 * identity is adopted: it was there before Tenure. Ids are compared to the letter, whatever the system does.
 *
 * @throws ConflictError when it belongs to another identity or to nobody, or several carry this one
 */
export async function findOwnAccount<Account>(
  { accountId, identityId, userName }: AccountKey,
  { system, carriedIn, byId, byIdentity, byUserName, identityOf, isReserved }: AccountLookup<Account>,
): Promise<Account | undefined> {
  const requireOwn = (account: Account): Account => {
    const owner = identityOf(account);
    if (owner === undefined || owner === identityId) return account;
    throw new ConflictError(`${system}: the account belongs to another identity (see its ${carriedIn})`);
  };
  const linked = accountId === undefined ? undefined : await byId(accountId);
  if (linked !== undefined && !(await isReserved(linked))) return requireOwn(linked);

  const claimed: Account[] = [];
  for (const account of await byIdentity(identityId))
    if (identityOf(account) === identityId && !(await isReserved(account))) claimed.push(account);
  if (claimed.length > 1)
    throw new ConflictError(`${system}: several accounts carry the identity (see their ${carriedIn})`);
  if (claimed[0] !== undefined) return claimed[0];

  const named = userName === undefined ? undefined : await byUserName(userName);
  if (named !== undefined && (await isReserved(named)))
    throw new ConflictError(`${system}: the user name is that of an account of the system itself, or of Tenure's own`);
  return named && requireOwn(named);
}
