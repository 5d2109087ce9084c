-- Movers who kept privileged access that they had before they moved.
--
-- Purpose: what a move leaves behind. A reason may hold it up still; whether it should is for a person to say.
-- Fed by: movers' facts, changes of privileged grants, read-backs. A mover that takes effect later counts from when it was told.
-- Parameters:
--   since: start, otherwise 90 days ago. Of their last move.
-- Question marks: since as ms
-- Example:
--   subject                | moved_at_ms   | application | grant_name | entitlement   | granted_at_ms | basis     | reasons
--   q3Zk0mJt2mYbV0c1f0Xv9A | 1764349200000 | github      | admins     | administrator | 1761900000000 | read back | [{"profile":"platform","type":"birthright"}]
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
      unmapped.application AS application,
      unmapped.action AS action,
      unmapped.grant_name AS grant_name,
      unmapped.entitlement AS entitlement,
      unmapped.privileged AS privileged,
      unmapped.reasons AS reasons,
      unmapped.fact_type AS fact_type,
      unmapped.account_enabled AS account_enabled,
      unmapped.answered AS answered,
      unmapped.grants_seen AS grants_seen
    FROM events
    WHERE source IN ('tenure_user_access', 'tenure_entity_management')
      AND metadata.event_code IN ('fact-recorded', 'access-changed', 'access-read-back')
  ),
  moves AS (
    SELECT subject, max(log_index) AS move_index, max(at_ms) AS moved_at_ms
    FROM entries
    WHERE event_code = 'fact-recorded' AND fact_type = 'mover'
    GROUP BY subject
  ),
  last_change AS (
    SELECT *
    FROM (
      SELECT *, row_number() OVER (PARTITION BY subject, application, grant_name ORDER BY log_index DESC) AS nth
      FROM entries
      WHERE event_code = 'access-changed' AND action IN ('grant', 'revoke')
    ) AS numbered
    WHERE nth = 1
  ),
  last_look AS (
    SELECT *
    FROM (
      SELECT *, row_number() OVER (PARTITION BY subject, application ORDER BY log_index DESC) AS nth
      FROM entries
      WHERE event_code = 'access-read-back' AND answered
    ) AS numbered
    WHERE nth = 1
  )
SELECT
  moves.subject,
  moves.moved_at_ms,
  last_change.application,
  last_change.grant_name,
  last_change.entitlement,
  last_change.at_ms AS granted_at_ms,
  CASE
    WHEN last_look.log_index >= last_change.log_index THEN 'read back'
    ELSE 'granted, not read back since'
  END AS basis,
  last_change.reasons
FROM moves
JOIN last_change ON last_change.subject = moves.subject AND last_change.log_index < moves.move_index
LEFT JOIN last_look ON last_look.subject = last_change.subject AND last_look.application = last_change.application
WHERE moves.moved_at_ms >= ?
  AND last_change.action = 'grant' AND last_change.privileged
  AND (
    last_look.log_index IS NULL
    OR last_look.log_index < last_change.log_index
    OR contains(last_look.grants_seen, last_change.grant_name)
  )
ORDER BY moves.moved_at_ms, moves.subject, last_change.application, last_change.grant_name
