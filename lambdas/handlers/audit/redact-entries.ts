// Audit entries as they are sealed: their pseudonyms and keys are read at once, and made for whoever has none yet.
import { isForgotten, subjectKey, subjectsIn, toLogEntry } from '../../core/audit/redaction.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import type { CommitDependencies } from './commit-entries.ts';

export function redactWith(subjects: Pick<SubjectStore, 'subjectsOf'>): CommitDependencies['redact'] {
  return async (entries) => {
    const names = new Map(entries.flatMap(subjectsIn).map((name) => [subjectKey(name), name]));
    const known = await subjects.subjectsOf([...names.values()]);
    return (entry, sequence) => (isForgotten(entry, known) ? undefined : toLogEntry(entry, known, sequence));
  };
}
