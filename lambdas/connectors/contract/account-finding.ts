// Which account is an identity's: the one order in which every system that keeps the identity's id is asked.
import { ConflictError } from '../../core/errors.ts';
import type { AccountKey } from './connector.ts';

export interface AccountLookup<Account> {
  /** Named in errors, e.g. `Okta`. */
  readonly system: string;
  /** Where an account carries the identity's id, e.g. `employeeNumber`. */
  readonly carriedIn: string;
  readonly byId: (accountId: string) => Promise<Account | undefined>;
  /** Every account that carries exactly this id. */
  readonly byIdentity: (identityId: string) => Promise<readonly Account[]>;
  readonly byUserName: (userName: string) => Promise<Account | undefined>;
  /** The identity whose id the account carries; undefined: none's. */
  readonly identityOf: (account: Account) => string | undefined;
}

/**
 * The account by the id kept from an earlier pass, else by the identity's id, else by user name. One that carries no
 * identity is adopted: it was there before Tenure.
 *
 * @throws ConflictError when it belongs to another identity, or several carry this one
 */
export async function findOwnAccount<Account>(
  { accountId, identityId, userName }: AccountKey,
  { system, carriedIn, byId, byIdentity, byUserName, identityOf }: AccountLookup<Account>,
): Promise<Account | undefined> {
  const linked = accountId === undefined ? undefined : await byId(accountId);
  if (linked === undefined) {
    const claimed = await byIdentity(identityId);
    if (claimed.length > 1)
      throw new ConflictError(`${system}: several accounts carry the identity (see their ${carriedIn})`);
    if (claimed[0] !== undefined) return claimed[0];
  }
  const found = linked ?? (await byUserName(userName));
  const owner = found === undefined ? undefined : identityOf(found);
  if (owner !== undefined && owner !== identityId)
    throw new ConflictError(`${system}: the account belongs to another identity (see its ${carriedIn})`);
  return found;
}
