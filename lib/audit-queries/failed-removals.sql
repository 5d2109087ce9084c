-- Removals that were begun and are not known to have come about.
--
-- Purpose: access that should be gone and may not be. A removal that a person has to do is told until it is attested.
-- Fed by: what calls set out to do and what they did, tasks and their attestations, read-backs, escalations.
-- Parameters:
--   since: start, otherwise 30 days ago. Begun after.
--   before: end, otherwise now. Begun before: what is under way is no failure yet.
-- Question marks: since as day, since as ms, before as ms
-- Example:
--   subject                | application | action | grant_name | last_tried_at_ms | tries | state            | escalated_at_ms
--   q3Zk0mJt2mYbV0c1f0Xv9A | github      | revoke | admins     | 1764349200000    | 5     | not done         | 1764350000000
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
      unmapped.application AS application,
      unmapped.action AS action,
      coalesce(unmapped.grant_name, '') AS grant_name,
      unmapped.fact_type AS fact_type,
      unmapped.account_enabled AS account_enabled,
      unmapped.answered AS answered,
      unmapped.grants_seen AS grants_seen
    FROM events
    WHERE eventday >= ? AND "time" >= ?
      AND unmapped.subject_kind = 'identity'
      AND metadata.event_code IN (
        'access-intended', 'access-changed', 'access-read-back', 'task-opened', 'task-superseded', 'fact-recorded', 'escalated'
      )
  ),
  wanted AS (
    SELECT
      subject, application, action, grant_name,
      max(log_index) AS last_index, max(at_ms) AS last_tried_at_ms, count(*) AS tries,
      max(CASE WHEN event_code = 'task-opened' THEN 1 ELSE 0 END) AS by_hand
    FROM entries
    WHERE event_code IN ('access-intended', 'task-opened')
      AND action IN ('disable-account', 'delete-account', 'end-sessions', 'revoke', 'revoke-credential')
    GROUP BY subject, application, action, grant_name
  ),
  -- Whatever ends it: the change itself, its attestation, a task that is no longer needed, or a system that shows it gone.
  ended AS (
    SELECT DISTINCT wanted.subject, wanted.application, wanted.action, wanted.grant_name
    FROM wanted
    JOIN entries
      ON entries.subject = wanted.subject AND entries.application = wanted.application
      AND entries.log_index > wanted.last_index
    WHERE (entries.event_code = 'access-changed' AND entries.action = wanted.action AND entries.grant_name = wanted.grant_name)
      OR (entries.event_code = 'fact-recorded' AND entries.fact_type = 'task-attested')
      OR entries.event_code = 'task-superseded'
      OR (entries.event_code = 'access-read-back' AND entries.answered AND entries.account_enabled IS NULL)
      OR (
        entries.event_code = 'access-read-back' AND entries.answered AND wanted.action = 'revoke'
        AND NOT contains(entries.grants_seen, wanted.grant_name)
      )
      OR (
        entries.event_code = 'access-read-back' AND entries.answered AND wanted.action = 'disable-account'
        AND NOT entries.account_enabled
      )
  ),
  escalations AS (
    SELECT subject, application, max(at_ms) AS escalated_at_ms
    FROM entries
    WHERE event_code = 'escalated'
    GROUP BY subject, application
  )
SELECT
  wanted.subject,
  wanted.application,
  wanted.action,
  wanted.grant_name,
  wanted.last_tried_at_ms,
  wanted.tries,
  CASE WHEN wanted.by_hand = 1 THEN 'waits for a person' ELSE 'not done' END AS state,
  escalations.escalated_at_ms
FROM wanted
LEFT JOIN ended
  ON ended.subject = wanted.subject AND ended.application = wanted.application
  AND ended.action = wanted.action AND ended.grant_name = wanted.grant_name
LEFT JOIN escalations ON escalations.subject = wanted.subject AND escalations.application = wanted.application
WHERE ended.subject IS NULL AND wanted.last_tried_at_ms <= ?
ORDER BY wanted.last_tried_at_ms, wanted.subject, wanted.application, wanted.action, wanted.grant_name
