-- Leavers, and how long it took in each system until they were out.
--
-- Purpose: deadlines (FedRAMP PS-4: 1 h or 4 h, SOC 2: usually 24 h). The time runs from the acceptance of the leaver, or
-- from its effective time where that came later, as in GET /time-to-revoke. An application in which something was to be
-- taken away and nothing was has no times: access may last there.
-- Fed by: leavers' facts and fences, changes, proofs.
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
      -- Neither is the time of the entry: HR was answered before, and a clock comes late.
      coalesce(
        json_extract_scalar(unmapped.rest, '$.receivedAt'),
        json_extract_scalar(unmapped.rest, '$.instant')
      ) AS said_at
    FROM events
    WHERE unmapped.subject_kind = 'identity'
      AND metadata.event_code IN
        ('fact-recorded', 'took-effect', 'work-fenced-off', 'access-intended', 'access-changed', 'removal-proven')
  ),
  -- Whatever was given in between is of another employment.
  numbered AS (
    SELECT
      *,
      sum(
        CASE
          WHEN event_code = 'access-intended' AND action IN ('create-account', 'enable-account', 'grant') THEN 1
          ELSE 0
        END
      ) OVER (PARTITION BY subject ORDER BY log_index) AS given_before
    FROM entries
  ),
  -- A leaver begins by fencing off whatever else is under way; one that is told again does so again.
  fenced AS (
    SELECT subject, given_before, min(log_index) AS fence_index, min(at_ms) AS fenced_at_ms
    FROM numbered
    WHERE event_code = 'work-fenced-off'
    GROUP BY subject, given_before
  ),
  -- It was accepted, or took effect, before.
  leavers AS (
    SELECT
      fenced.subject,
      fenced.given_before,
      fenced.fence_index,
      coalesce(
        max(coalesce(CAST(round(to_unixtime(from_iso8601_timestamp(told.said_at)) * 1000) AS bigint), told.at_ms)),
        fenced.fenced_at_ms
      ) AS left_at_ms
    FROM fenced
    LEFT JOIN entries AS told
      ON told.subject = fenced.subject AND told.log_index < fenced.fence_index
      AND (told.event_code = 'took-effect' OR (told.event_code = 'fact-recorded' AND told.fact_type = 'leaver'))
    GROUP BY fenced.subject, fenced.given_before, fenced.fence_index, fenced.fenced_at_ms
  ),
  after AS (
    SELECT leavers.subject, leavers.left_at_ms, numbered.at_ms, numbered.event_code, numbered.application, numbered.action
    FROM leavers
    JOIN numbered ON numbered.subject = leavers.subject
      AND numbered.given_before = leavers.given_before AND numbered.log_index > leavers.fence_index
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
