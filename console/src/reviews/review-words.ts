// Reviews in words.
import type { Answer } from '../api/client.ts';

export type CampaignPerson = Answer<'GET /review-campaigns/{id}/people/{identityId}'>;
export type ReviewItem = CampaignPerson['items'][number];
export type Because = ReviewItem['because'][number];
export type Decision = 'keep' | 'remove' | 'shorten' | 'ask';

const BECAUSE: Readonly<Record<Because, string>> = {
  privileged: 'privileged',
  duties: 'duties come together',
  unexplained: 'no reason is known',
  unused: 'not used',
  'unlike-peers': 'unlike peers',
  gained: 'new since the last review',
  'never-reviewed': 'never reviewed',
  'use-unknown': 'use not known',
  sampled: 'drawn by chance',
  everything: 'everything is asked',
};
/** Those that a person looks at twice. */
const RISKY: readonly Because[] = ['privileged', 'duties', 'unexplained'];

export function wordsFor(because: Because): string {
  return BECAUSE[because];
}

export function isRisky(because: Because): boolean {
  return RISKY.includes(because);
}

/** Where everything is asked, that tells nobody apart. */
export function isTelling(because: Because): boolean {
  return because !== 'everything';
}

/** Still to be answered by whoever asks. */
export function isOpen({ status, mayAnswer }: ReviewItem): boolean {
  return status === 'open' && mayAnswer === true;
}

export function nameOf({ name, entitlement }: Pick<ReviewItem, 'name' | 'entitlement'>): string {
  return name ?? entitlement;
}

export const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['j / k', 'the next item, the one before; beyond the last, the next person'],
  ['y', 'keep'],
  ['n', 'remove'],
  ['s', 'shorten: keep until a day'],
  ['a', 'ask: changes nothing, and whoever looks next sees it'],
  ['d', 'delegate: somebody else answers about this person'],
  ['o', 'others with it: the same of several people as one, but for what is privileged'],
  ['u', 'undo: keep after all what was removed'],
  ['?', 'these keys'],
  ['↑', 'while writing why: the reason from before'],
];
