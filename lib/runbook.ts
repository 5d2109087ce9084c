// The entries of the runbook in README.md. Every alarm and escalation names one, so that whoever is woken up knows
// where to look.

export const RUNBOOK = {
  accessDidNotConverge: 'Access did not converge',
  removalNotProven: 'A removal is not proven',
  messageGivenUp: 'A message was given up on',
  factsNotRouted: 'Facts wait to be routed',
  sweepFails: 'The sweep fails',
  massChangeHeld: 'A mass change is held',
  fileNotImported: 'A file was not imported',
  peopleNotFetched: 'People were not fetched',
  orphansAppeared: 'Orphan accounts appeared',
  reconciliationFails: 'An application was not reconciled',
  apiFails: 'The API answers 5xx',
} as const;

export type RunbookEntry = keyof typeof RUNBOOK;

export function runbookLink(entry: RunbookEntry): string {
  return `Runbook: README.md, ${RUNBOOK[entry]}.`;
}
