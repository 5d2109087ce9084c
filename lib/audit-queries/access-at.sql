-- Who had access to an application at an instant, and why.
--
-- Purpose: what an auditor or an incident asks first. What a system itself showed counts before what Tenure did there: each
-- row says on which of the two it rests. A grant that was revoked and not looked at since is told, too: nobody has seen it
-- gone. The row "(account)" is the account itself, which may let in without any grant.
-- Fed by: read-backs, changes, tasks and their attestations.
-- Parameters:
--   application: text. Its id in the access model.
--   at: end, otherwise now.
-- Question marks: at as day, at as ms, application
-- Example:
--   subject                | grant_name | entitlement   | privileged | account_enabled | basis     | granted_at_ms | reasons
--   q3Zk0mJt2mYbV0c1f0Xv9A | admins     | administrator | true       | true            | read back | 1762070404000 | [{"profile":"platform","type":"birthright"}]
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      metadata.correlation_uid AS correlation,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
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
      AND eventday <= ? AND "time" <= ? AND unmapped.application = ?
      AND metadata.event_code IN ('access-read-back', 'access-changed', 'task-opened', 'fact-recorded')
  ),
  looks AS (
    SELECT subject, log_index, at_ms, account_enabled, grants_seen
    FROM entries
    WHERE event_code = 'access-read-back' AND answered
  ),
  last_look AS (
    SELECT subject, log_index, account_enabled
    FROM (SELECT *, row_number() OVER (PARTITION BY subject ORDER BY log_index DESC) AS nth FROM looks) AS numbered
    WHERE nth = 1
  ),
  -- By hand, what somebody attested is what the task before it asked for.
  attestations AS (
    SELECT facts.subject, facts.log_index, facts.at_ms, max(tasks.log_index) AS task_index
    FROM entries AS facts
    JOIN entries AS tasks
      ON tasks.subject = facts.subject AND tasks.event_code = 'task-opened' AND tasks.log_index < facts.log_index
    WHERE facts.event_code = 'fact-recorded' AND facts.fact_type = 'task-attested'
    GROUP BY facts.subject, facts.log_index, facts.at_ms
  ),
  said AS (
    SELECT looks.subject, seen.grant_name, looks.log_index, looks.at_ms, 'shown' AS word
    FROM looks CROSS JOIN UNNEST(grants_seen) AS seen (grant_name)
    UNION ALL
    SELECT subject, '(account)', log_index, at_ms, 'shown' FROM looks WHERE account_enabled IS NOT NULL
    UNION ALL
    SELECT subject, grant_name, log_index, at_ms, action
    FROM entries
    WHERE event_code = 'access-changed' AND action IN ('grant', 'revoke')
    UNION ALL
    SELECT attestations.subject, tasks.grant_name, attestations.log_index, attestations.at_ms, 'attested ' || tasks.action
    FROM attestations
    JOIN entries AS tasks ON tasks.log_index = attestations.task_index AND tasks.action IN ('grant', 'revoke')
  ),
  latest AS (
    SELECT *
    FROM (
      SELECT *, row_number() OVER (PARTITION BY subject, grant_name ORDER BY log_index DESC) AS nth FROM said
    ) AS numbered
    WHERE nth = 1
  ),
  granted AS (
    SELECT *
    FROM (
      SELECT *, row_number() OVER (PARTITION BY subject, grant_name ORDER BY log_index DESC) AS nth
      FROM entries
      WHERE event_code IN ('access-changed', 'task-opened') AND action = 'grant'
    ) AS numbered
    WHERE nth = 1
  )
SELECT
  latest.subject,
  latest.grant_name,
  granted.entitlement,
  granted.privileged,
  last_look.account_enabled,
  CASE latest.word
    WHEN 'shown' THEN 'read back'
    WHEN 'grant' THEN 'granted, not read back since'
    WHEN 'revoke' THEN 'revoked, not read back since'
    ELSE 'attested'
  END AS basis,
  granted.at_ms AS granted_at_ms,
  granted.reasons,
  granted.correlation,
  latest.log_index
FROM latest
LEFT JOIN last_look ON last_look.subject = latest.subject
LEFT JOIN granted ON granted.subject = latest.subject AND granted.grant_name = latest.grant_name
WHERE latest.word <> 'attested revoke' AND (last_look.log_index IS NULL OR latest.log_index >= last_look.log_index)
ORDER BY latest.subject, latest.grant_name
