-- Leavers, and how long it took in each system until they were out.
--
-- Purpose: deadlines (FedRAMP PS-4: 1 h or 4 h, SOC 2: usually 24 h). The time runs from the acceptance of the leaver, or
-- from its effective time where that came later, as in GET /time-to-revoke. An application in which something was to be
-- taken away and nothing was has no times: access may last there.
-- Fed by: leavers' facts and stages, changes, proofs.
-- Parameters:
--   since: start, otherwise 30 days ago. Of their leaving.
--   until: end, otherwise now.
-- Question marks: since as ms, until as ms
-- Example:
--   subject                | left_at_ms    | application | disabled_seconds | last_grant_removed_seconds | proven_seconds
--   q3Zk0mJt2mYbV0c1f0Xv9A | 1764349200000 | github      | 4.2              | 6.9                        | 61.0
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
      unmapped.application AS application,
      unmapped.action AS action,
      unmapped.fact_type AS fact_type,
      unmapped.stage AS stage
    FROM events
    WHERE unmapped.subject_kind = 'identity'
      AND metadata.event_code IN
        ('fact-recorded', 'took-effect', 'stage-begun', 'access-intended', 'access-changed', 'removal-proven')
  ),
  stages AS (
    SELECT subject, log_index, at_ms, stage, lag(stage) OVER (PARTITION BY subject ORDER BY log_index) AS stage_before
    FROM entries
    WHERE event_code = 'stage-begun' AND stage <> 'unchanged'
  ),
  turns AS (
    SELECT subject, log_index, at_ms, stage, lead(log_index) OVER (PARTITION BY subject ORDER BY log_index) AS next_index
    FROM stages
    WHERE stage_before IS NULL OR stage_before <> stage
  ),
  -- A leaver is accepted, or takes effect, before its stage begins.
  leavers AS (
    SELECT
      turns.subject,
      turns.next_index,
      coalesce(max(told.at_ms), turns.at_ms) AS left_at_ms,
      coalesce(max(told.log_index), turns.log_index) AS from_index
    FROM turns
    LEFT JOIN entries AS told
      ON told.subject = turns.subject AND told.log_index < turns.log_index
      AND (told.event_code = 'took-effect' OR (told.event_code = 'fact-recorded' AND told.fact_type = 'leaver'))
    WHERE turns.stage = 'leaver'
    GROUP BY turns.subject, turns.next_index, turns.at_ms, turns.log_index
  ),
  after AS (
    SELECT leavers.subject, leavers.left_at_ms, entries.at_ms, entries.event_code, entries.application, entries.action
    FROM leavers
    JOIN entries ON entries.subject = leavers.subject AND entries.log_index >= leavers.from_index
      AND (leavers.next_index IS NULL OR entries.log_index < leavers.next_index)
  ),
  proven AS (
    SELECT subject, left_at_ms, min(at_ms) AS proven_at_ms
    FROM after
    WHERE event_code = 'removal-proven'
    GROUP BY subject, left_at_ms
  )
SELECT
  after.subject,
  after.left_at_ms,
  after.application,
  (max(CASE WHEN event_code = 'access-changed' AND action IN ('disable-account', 'delete-account') THEN at_ms END)
    - after.left_at_ms) / 1000.0 AS disabled_seconds,
  (max(CASE WHEN event_code = 'access-changed' AND action IN ('revoke', 'delete-account') THEN at_ms END)
    - after.left_at_ms) / 1000.0 AS last_grant_removed_seconds,
  (max(proven.proven_at_ms) - after.left_at_ms) / 1000.0 AS proven_seconds
FROM after
LEFT JOIN proven ON proven.subject = after.subject AND proven.left_at_ms = after.left_at_ms
WHERE after.left_at_ms >= ? AND after.left_at_ms <= ?
  AND event_code IN ('access-intended', 'access-changed')
  AND action IN ('disable-account', 'delete-account', 'end-sessions', 'revoke', 'revoke-credential')
GROUP BY after.subject, after.left_at_ms, after.application
ORDER BY after.left_at_ms, after.subject, after.application
