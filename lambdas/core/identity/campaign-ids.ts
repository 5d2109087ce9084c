// How what a campaign asks about somebody is named: found without a look-up, and opened twice the same.
import { sha256Hex } from '../canonical-json.ts';

/** @param part of what is too much for one review, from 0 */
export function campaignReviewId(campaignId: string, identityId: string, part: number): string {
  return sha256Hex(`${campaignId} ${identityId} ${part}`).slice(0, 32);
}
