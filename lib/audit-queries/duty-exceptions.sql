-- Exceptions from the segregation of duties that are in force at an instant.
--
-- Purpose: each is a risk that somebody took on until a day.
-- Fed by: entries duty-exception-granted (exception, rule and owner in rest, applicationId, entitlement, until) and
-- duty-exception-ended (exception in rest), which settling an identity writes as an exception begins and ceases to count.
-- Parameters:
--   at: end, otherwise now.
-- Question marks: at as day, at as ms, at as text
-- Example:
--   subject                | rule                | application | entitlement | until                    | answers_for_it         | granted_at_ms
--   q3Zk0mJt2mYbV0c1f0Xv9A | payments-two-people | erp         | approver    | 2027-01-31T00:00:00.000Z | Yq0s1mJt2mYbV0c1f0Xv9A | 1764349200000
WITH
  entries AS (
    SELECT
      "time" AS at_ms,
      metadata.event_code AS event_code,
      unmapped.log_index AS log_index,
      unmapped.subject AS subject,
      unmapped.application AS application,
      unmapped.entitlement AS entitlement,
      unmapped.until AS until,
      json_extract_scalar(unmapped.rest, '$.exception') AS exception_id,
      json_extract_scalar(unmapped.rest, '$.rule') AS rule,
      json_extract_scalar(unmapped.rest, '$.owner') AS owner
    FROM events
    WHERE source = 'tenure_entity_management'
      AND eventday <= ? AND "time" <= ?
      AND metadata.event_code IN ('duty-exception-granted', 'duty-exception-ended')
  ),
  latest AS (
    SELECT *
    FROM (
      SELECT *, row_number() OVER (PARTITION BY subject, exception_id ORDER BY log_index DESC) AS nth FROM entries
    ) AS numbered
    WHERE nth = 1
  )
SELECT subject, rule, application, entitlement, until, owner AS answers_for_it, at_ms AS granted_at_ms, log_index
FROM latest
WHERE event_code = 'duty-exception-granted' AND (until IS NULL OR until > ?)
ORDER BY until, subject, rule
