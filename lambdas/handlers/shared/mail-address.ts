// Where somebody is mailed.
import { isEmployed } from '../../core/identity/timeline.ts';
import { comesBack } from '../../core/identity/undelivered-mail.ts';
import type { LoadedIdentity } from './load-identity.ts';

/** Undefined: nowhere. What comes back is not sent again for a while. */
export function addressIn({ record, state, nowMs }: LoadedIdentity): string | undefined {
  if (comesBack(record.header.undelivered, state, nowMs)) return undefined;
  return isEmployed(state) ? state.attributes.email : undefined;
}
