// Whose an account is by Tenure's own records. They outrank whatever the system says of it: a system may drop the
// identity's id, and then a newcomer's address leads to the account of whoever had that address before.

/** @param linked the identities that have the account by what was kept of earlier passes */
export function isSomebodyElses(identityId: string, linked: readonly string[]): boolean {
  return linked.some((each) => each !== identityId);
}
