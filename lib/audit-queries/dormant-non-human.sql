-- Service accounts, integrations and AI agents that nobody uses.
--
-- Purpose: what is not used is not missed, and is found by others.
-- Fed by: entries account-dormant (applicationId; kind and lastActiveOn in rest) and account-active, written once a day where
-- some system tells how it is used. Of an account whose use no system tells, nothing is said.
-- Parameters:
--   since: start, otherwise 365 days ago. Found so after.
-- Question marks: since as day, since as ms
-- Example:
--   subject                | application | kind            | last_active_on | found_at_ms
--   q3Zk0mJt2mYbV0c1f0Xv9A | aws         | service-account | 2026-05-01     | 1764349200000
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
      unmapped.application AS application,
      unmapped.action AS action,
      unmapped.rest AS rest
    FROM events
    WHERE eventday >= ? AND "time" >= ?
      AND (
        metadata.event_code IN ('account-dormant', 'account-active')
        OR (metadata.event_code = 'access-changed' AND unmapped.action IN ('disable-account', 'delete-account'))
      )
  ),
  latest AS (
    SELECT *
    FROM (
      SELECT *, row_number() OVER (PARTITION BY subject, application ORDER BY log_index DESC) AS nth FROM entries
    ) AS numbered
    WHERE nth = 1
  )
SELECT
  subject,
  application,
  json_extract_scalar(rest, '$.kind') AS kind,
  json_extract_scalar(rest, '$.lastActiveOn') AS last_active_on,
  at_ms AS found_at_ms
FROM latest
WHERE event_code = 'account-dormant'
  AND json_extract_scalar(rest, '$.kind') IN ('service-account', 'integration', 'ai-agent')
ORDER BY last_active_on, subject, application
