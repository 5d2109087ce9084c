-- Break-glass uses: access that somebody took in an emergency, and whether it ended.
--
-- Purpose: each is to be looked at afterwards.
-- Fed by: entries break-glass-used (applicationId, entitlement, until), and what is revoked after them.
-- Parameters:
--   since: start, otherwise 90 days ago.
-- Question marks: since as day, since as ms
-- Example:
--   subject                | used_at_ms    | application | entitlement   | until                    | revoked_at_ms
--   q3Zk0mJt2mYbV0c1f0Xv9A | 1764349200000 | aws         | administrator | 2026-11-28T19:00:00.000Z | 1764352800000
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
      unmapped.application AS application,
      unmapped.action AS action,
      unmapped.entitlement AS entitlement,
      unmapped.until AS until
    FROM events
    WHERE source IN ('tenure_user_access', 'tenure_entity_management')
      AND eventday >= ? AND "time" >= ?
      AND metadata.event_code IN ('break-glass-used', 'access-changed')
  ),
  uses AS (
    SELECT subject, application, entitlement, at_ms, log_index, until
    FROM entries
    WHERE event_code = 'break-glass-used'
  )
SELECT
  uses.subject,
  uses.at_ms AS used_at_ms,
  uses.application,
  uses.entitlement,
  uses.until,
  min(ended.at_ms) AS revoked_at_ms,
  uses.log_index
FROM uses
LEFT JOIN entries AS ended
  ON ended.subject = uses.subject AND ended.application = uses.application AND ended.entitlement = uses.entitlement
  AND ended.action = 'revoke' AND ended.log_index > uses.log_index
GROUP BY uses.subject, uses.at_ms, uses.application, uses.entitlement, uses.until, uses.log_index
ORDER BY used_at_ms, uses.log_index
