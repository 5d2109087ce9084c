-- Everything that the log says about an identity, and all that it did as an operator.
--
-- Purpose: the whole story of a person or a service account, in the log's order: facts, changes, what systems
-- showed, tasks, decisions, proofs.
-- Fed by: every entry.
-- Parameters:
--   identity: identity.
--   since: start, otherwise 3650 days ago.
--   until: end, otherwise now.
-- Question marks: since as day, until as day, since as ms, until as ms, identity, identity
-- Example:
--   log_index | at_ms         | event         | activity          | status  | application | grant_name | decision | actor
--   4711      | 1764349200000 | access-changed | Assign Privileges | Success | github      | admins     |          | converge-application
SELECT
  unmapped.log_index AS log_index,
  unmapped."row" AS step,
  "time" AS at_ms,
  metadata.event_code AS event,
  activity_name AS activity,
  status,
  unmapped.application AS application,
  unmapped.entitlement AS entitlement,
  unmapped.grant_name AS grant_name,
  unmapped.privileged AS privileged,
  unmapped.reasons AS reasons,
  unmapped.fact_type AS fact_type,
  unmapped.decision AS decision,
  unmapped.hold AS hold,
  unmapped.account_enabled AS account_enabled,
  array_join(unmapped.grants_seen, ', ') AS grants_seen,
  unmapped.subject_kind AS subject_kind,
  unmapped.subject AS subject,
  coalesce(actor.user.uid, actor.app_uid) AS actor,
  unmapped.trigger AS trigger,
  metadata.correlation_uid AS correlation,
  unmapped.model_hash AS model_hash
FROM events
WHERE eventday >= ? AND eventday <= ? AND "time" >= ? AND "time" <= ?
  AND (unmapped.subject = ? OR actor.user.uid = ?)
ORDER BY log_index, step
