// What became of an event that an HR system sent, in words.
import type { Answer } from '../api/client.ts';
import { Status } from './status.tsx';

type Outcome = Answer<'GET /hr-events'>['outcome'];

const WORDS: Readonly<Record<Outcome, readonly [status: string, text: string]>> = {
  held: ['pending', 'waits until somebody agrees'],
  dropped: ['dropped', 'was dropped: somebody did not agree'],
  'taken-back': ['withdrawn', 'was taken back by a later event'],
  outweighed: ['withdrawn', 'has no effect: its source has less authority'],
  'to-come': ['pending', 'takes effect later'],
  stuck: ['failed', 'systems do not follow: a person was told'],
  'being-worked-on': ['running', 'systems are being brought in line'],
  done: ['done', 'every system is in line'],
};

export const HR_OUTCOMES = Object.keys(WORDS) as readonly Outcome[];

export function wordsOf(outcome: Outcome): string {
  return WORDS[outcome][1];
}

export function HrOutcome({ of }: { readonly of: Outcome }) {
  const [status, text] = WORDS[of];
  return <Status of={status} text={text} />;
}
