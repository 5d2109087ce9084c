-- Grants that nobody has reviewed for a time.
--
-- Purpose: what an access review has to look at (ISO 27001 A.5.18: at regular intervals).
-- Fed by: changes and read-backs; the facts access-review-decided of campaigns and of reviews of movers. Who only asked has
-- not reviewed; what a campaign's policy settled, nobody has.
-- Parameters:
--   since: start, otherwise 90 days ago. Granted before, and not reviewed after.
--   application: text, otherwise '*'.
-- Question marks: application, since as ms
-- Example:
--   subject                | application | grant_name | entitlement   | privileged | granted_at_ms | reviewed_at_ms | reasons
--   q3Zk0mJt2mYbV0c1f0Xv9A | github      | admins     | administrator | true       | 1761900000000 |                | [{"profile":"platform","type":"birthright"}]
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
      unmapped.fact_type AS fact_type,
      unmapped.decision AS decision,
      unmapped.privileged AS privileged,
      unmapped.reasons AS reasons,
      unmapped.account_enabled AS account_enabled,
      unmapped.answered AS answered,
      unmapped.grants_seen AS grants_seen
    FROM events
    WHERE source IN ('tenure_user_access', 'tenure_entity_management')
      AND ? IN ('*', unmapped.application)
      AND metadata.event_code IN ('access-changed', 'access-read-back', 'fact-recorded')
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
  ),
  reviews AS (
    SELECT subject, application, entitlement, max(at_ms) AS reviewed_at_ms
    FROM entries
    WHERE event_code = 'fact-recorded' AND fact_type = 'access-review-decided' AND decision <> 'ask'
    GROUP BY subject, application, entitlement
  )
SELECT
  last_change.subject,
  last_change.application,
  last_change.grant_name,
  last_change.entitlement,
  last_change.privileged,
  last_change.at_ms AS granted_at_ms,
  reviews.reviewed_at_ms,
  last_change.reasons
FROM last_change
LEFT JOIN last_look ON last_look.subject = last_change.subject AND last_look.application = last_change.application
LEFT JOIN reviews
  ON reviews.subject = last_change.subject AND reviews.application = last_change.application
  AND reviews.entitlement = last_change.entitlement
WHERE last_change.action = 'grant'
  AND (
    last_look.log_index IS NULL
    OR last_look.log_index < last_change.log_index
    OR contains(last_look.grants_seen, last_change.grant_name)
  )
  AND greatest(last_change.at_ms, coalesce(reviews.reviewed_at_ms, 0)) < ?
ORDER BY last_change.privileged DESC, granted_at_ms, last_change.subject, last_change.application, last_change.grant_name
