// The pages of docs/runbook/. Every alarm and escalation names one, so that whoever is woken up knows where to look.

/** The page's file, without `.md`. */
export const RUNBOOK = {
  accessDidNotConverge: 'access-did-not-converge',
  removalNotProven: 'removal-not-proven',
  messageGivenUp: 'message-given-up',
  factsNotRouted: 'facts-not-routed',
  sweepFails: 'sweep-fails',
  sweepBehind: 'sweep-behind',
  massChangeHeld: 'mass-change-held',
  fileNotImported: 'file-not-imported',
  peopleNotFetched: 'people-not-fetched',
  reconciliationFails: 'reconciliation-fails',
  campaignNotOpened: 'campaign-not-opened',
  campaignNotTended: 'campaign-not-tended',
  apiFails: 'api-fails',
  executionsThrottled: 'executions-throttled',
  functionsThrottled: 'functions-throttled',
  functionFails: 'function-fails',
  connectorFails: 'connector-fails',
  tableThrottled: 'table-throttled',
  tableFails: 'table-fails',
  logNotSealed: 'log-not-sealed',
  logTampered: 'log-tampered',
  logNotWitnessed: 'log-not-witnessed',
  logNotReplicated: 'log-not-replicated',
  entriesNotInLog: 'entries-not-in-log',
  lakeBehind: 'lake-behind',
  signalsNotDelivered: 'signals-not-delivered',
  activityNotJudged: 'activity-not-judged',
  activityNotKept: 'activity-not-kept',
  activityNotRead: 'activity-not-read',
  rulesNotRun: 'rules-not-run',
  alertsNotAnswered: 'alerts-not-answered',
} as const;

export type RunbookEntry = keyof typeof RUNBOOK;

export function runbookLink(entry: RunbookEntry): string {
  return `Runbook: docs/runbook/${RUNBOOK[entry]}.md`;
}
