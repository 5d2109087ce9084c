// What an identity is called wherever people read about it.
import type { IdentityAttributes } from './timeline.ts';

/** Its given and family name; the identity's id where it has neither (service accounts). */
export function displayNameOf(
  identityId: string,
  { givenName, familyName }: Pick<IdentityAttributes, 'givenName' | 'familyName'>,
): string {
  const name = [givenName, familyName].filter((part) => part !== undefined).join(' ');
  return name === '' ? identityId : name;
}
