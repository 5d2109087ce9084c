// Whether somebody's word that a task was carried out is enough, by what the access model asks for beside it.
import type { Application } from '../access-model/access-model.ts';
import { type AttestationNeeds, bothOf, needsOf } from '../access-model/attestation-rules.ts';
import type { TaskRecord } from './task-record.ts';

/** Who has said first that a task is done, as far as it concerns whoever says so now. */
export type FirstWord =
  | 'none'
  /** Of whom the task is about, as it turned out since: it counts for nothing. */
  | 'subject'
  /** They said it themselves, under the same id. */
  | 'own'
  /** The same person under another id. */
  | 'same-person'
  /** It cannot be told who it is that says so now: a user of a service desk whom nobody here knows. */
  | 'unknown'
  | 'another';

export type Attesting =
  | { readonly outcome: 'done' }
  /** A second person has yet to confirm it. */
  | { readonly outcome: 'first' }
  /** It was said before, or by whom nobody knows, and is still not enough. */
  | { readonly outcome: 'again' }
  | { readonly outcome: 'refused'; readonly why: string };

/** @param files how many files show that it was done */
export function judgeAttesting(needs: AttestationNeeds | undefined, first: FirstWord, files: number): Attesting {
  if (needs?.evidence && files === 0) {
    return { outcome: 'refused', why: 'This task takes a file that shows it: POST it to /tasks/{id}/evidence first.' };
  }
  if (!needs?.secondPerson) return { outcome: 'done' };
  switch (first) {
    case 'none':
    case 'subject':
      return { outcome: 'first' };
    case 'own':
    case 'unknown':
      return { outcome: 'again' };
    case 'same-person':
      return { outcome: 'refused', why: 'You have said so already: a second person must confirm this task.' };
    case 'another':
      return { outcome: 'done' };
    default:
      return first satisfies never;
  }
}

/** What it takes by the model under which it was opened, and by the one in force. @param application absent: not in the model */
export function attestationNeeds(
  { needs, steps }: Pick<TaskRecord, 'needs' | 'steps'>,
  application: Pick<Application, 'attestation'> | undefined,
): AttestationNeeds | undefined {
  return bothOf(needs, needsOf(application?.attestation, steps));
}
