-- Access that systems showed and Tenure had not given.
--
-- Purpose: somebody granted it past Tenure, or it was there before. What is taken back afterwards is told with the time.
-- Fed by: read-backs, adopted accounts, changes.
-- Parameters:
--   since: start, otherwise 30 days ago. First seen after.
-- Question marks: since as ms
-- Example:
--   subject                | application | grant_name | how                        | first_seen_at_ms | revoked_at_ms
--   q3Zk0mJt2mYbV0c1f0Xv9A | github      | owners     | granted outside Tenure     | 1764349200000    | 1764349260000
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
      unmapped.answered AS answered,
      unmapped.grants_seen AS grants_seen
    FROM events
    WHERE metadata.event_code IN
      ('access-read-back', 'account-adopted', 'access-intended', 'access-changed', 'task-opened')
  ),
  seen AS (
    SELECT entries.subject, entries.application, shown.grant_name, entries.event_code, entries.at_ms, entries.log_index
    FROM entries CROSS JOIN UNNEST(grants_seen) AS shown (grant_name)
    WHERE event_code = 'account-adopted' OR (event_code = 'access-read-back' AND answered)
  ),
  -- What is revoked was there, whether or not a read-back came before.
  known AS (
    SELECT subject, application, grant_name, event_code, at_ms, log_index FROM seen
    UNION ALL
    SELECT subject, application, grant_name, event_code, at_ms, log_index
    FROM entries
    WHERE action = 'revoke' AND event_code = 'access-intended'
  ),
  first_seen AS (
    SELECT subject, application, grant_name, min(log_index) AS seen_index, min(at_ms) AS first_seen_at_ms
    FROM known
    GROUP BY subject, application, grant_name
  ),
  given AS (
    SELECT subject, application, grant_name, min(log_index) AS given_index
    FROM entries
    WHERE action = 'grant'
    GROUP BY subject, application, grant_name
  ),
  -- An account that was adopted had by its first read-back what it had before Tenure.
  adopted AS (
    SELECT subject, application, min(CASE WHEN event_code = 'access-read-back' AND answered THEN log_index END) AS look_index
    FROM entries
    WHERE event_code IN ('access-read-back', 'account-adopted')
    GROUP BY subject, application
    HAVING max(CASE WHEN event_code = 'account-adopted' THEN 1 ELSE 0 END) = 1
  ),
  taken AS (
    SELECT subject, application, grant_name, max(at_ms) AS revoked_at_ms
    FROM entries
    WHERE event_code = 'access-changed' AND action = 'revoke'
    GROUP BY subject, application, grant_name
  )
SELECT
  first_seen.subject,
  first_seen.application,
  first_seen.grant_name,
  CASE
    WHEN adopted.subject IS NOT NULL AND (adopted.look_index IS NULL OR first_seen.seen_index <= adopted.look_index)
      THEN 'there before Tenure'
    ELSE 'granted outside Tenure'
  END AS how,
  first_seen.first_seen_at_ms,
  taken.revoked_at_ms
FROM first_seen
LEFT JOIN given
  ON given.subject = first_seen.subject AND given.application = first_seen.application
  AND given.grant_name = first_seen.grant_name AND given.given_index < first_seen.seen_index
LEFT JOIN adopted ON adopted.subject = first_seen.subject AND adopted.application = first_seen.application
LEFT JOIN taken
  ON taken.subject = first_seen.subject AND taken.application = first_seen.application
  AND taken.grant_name = first_seen.grant_name
WHERE given.subject IS NULL AND first_seen.first_seen_at_ms >= ?
ORDER BY first_seen.first_seen_at_ms, first_seen.subject, first_seen.application, first_seen.grant_name
