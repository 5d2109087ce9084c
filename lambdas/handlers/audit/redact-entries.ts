// Audit entries as they are sealed: their pseudonyms and keys are read at once, and made for whoever has none yet. What is
// told once more of somebody who was forgotten makes nobody: not even an id would be left of them otherwise.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { isForgotten, type SubjectName, subjectKey, subjectsIn, toLogEntry } from '../../core/audit/redaction.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import type { CommitDependencies } from './commit-entries.ts';

export function redactWith(subjects: Pick<SubjectStore, 'subjectsOf'>): CommitDependencies['redact'] {
  return async (entries) => {
    const { names, latest } = namesIn(entries);
    const known = await subjects.subjectsOf(names, latest);
    return (entry, sequence) => (isForgotten(entry, known) ? undefined : toLogEntry(entry, known, sequence));
  };
}

function namesIn(entries: readonly AuditEntry[]) {
  const names = new Map<string, SubjectName>();
  const latest = new Map<string, string>();
  for (const entry of entries) {
    for (const name of subjectsIn(entry)) {
      const key = subjectKey(name);
      names.set(key, name);
      if (entry.at > (latest.get(key) ?? '')) latest.set(key, entry.at);
    }
  }
  return { names: [...names.values()], latest };
}
