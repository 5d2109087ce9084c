-- What operators decided, by who decided it.
--
-- Purpose: who approves what, and whether one person decides on everything.
-- Fed by: decisions on holds, on what reconciliation found, on merges, on access requests, in reviews and on exceptions, and
-- attested tasks.
-- Parameters:
--   approver: operator, otherwise '*'.
--   since: start, otherwise 30 days ago.
--   until: end, otherwise now.
-- Question marks: since as day, until as day, since as ms, until as ms, approver
-- Example:
--   approver               | at_ms         | what                   | decision | subject_kind | subject                | application | hold
--   Yq0s1mJt2mYbV0c1f0Xv9A | 1764349200000 | reconciliation-decided | repair   | application  | github                 | github      |
SELECT
  actor.user.uid AS approver,
  "time" AS at_ms,
  coalesce(unmapped.fact_type, metadata.event_code) AS what,
  unmapped.decision AS decision,
  unmapped.subject_kind AS subject_kind,
  unmapped.subject AS subject,
  unmapped.application AS application,
  unmapped.entitlement AS entitlement,
  unmapped.hold AS hold,
  unmapped.log_index AS log_index
FROM events
WHERE source = 'tenure_entity_management'
  AND eventday >= ? AND eventday <= ? AND "time" >= ? AND "time" <= ?
  AND ? IN ('*', actor.user.uid)
  AND actor.user.uid IS NOT NULL
  AND (
    metadata.event_code IN (
      'reconciliation-decided', 'merge-proposed', 'undo-merge-proposed', 'hold-decided'
    )
    OR unmapped.fact_type IN (
      'hold-released', 'hold-dropped', 'task-attested', 'merged', 'absorbed', 'request-decided', 'access-review-decided',
      'emergency-reviewed', 'exception-granted', 'exception-ended'
    )
  )
ORDER BY approver, at_ms, log_index
