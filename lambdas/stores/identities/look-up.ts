// From an account or an e-mail address to whose it is.
import { IDENTITY_INDEXES } from './keys.ts';
import { queryPage } from './table.ts';

/** More identities under one account or address than anybody could choose from. */
const MAXIMUM_FOUND = 10;

/** The ids of those whose header or account carries this key. */
export async function lookUp(lookupKey: string): Promise<readonly string[]> {
  const { items } = await queryPage(
    IDENTITY_INDEXES.lookup,
    lookupKey,
    { limit: MAXIMUM_FOUND },
    ({ pk }) => pk as string,
  );
  return items;
}
