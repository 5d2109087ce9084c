-- A policy of Okta was removed or switched off
-- Written by `npx tenure sigma compile`: change okta-policy-removed.yml, not this.
-- sha256 66f1d59c520b557736b49dfbb57a3b3ad5ae79137a58ece901890c985d8b1700, compiler 1
SELECT time, logged_time, class_uid, metadata.log_name AS source, unmapped.source_type AS source_type, metadata.uid AS record, metadata.event_code AS operation, unmapped.action AS action, unmapped.outcome AS outcome, unmapped.application AS application, unmapped.parties AS parties
FROM activity
WHERE loggedhour BETWEEN ? AND ?
  AND logged_time BETWEEN ? AND ?
  AND (lower(unmapped.source_type) = 'okta' AND (lower(metadata.event_code) = 'policy.lifecycle.delete' OR lower(metadata.event_code) = 'policy.lifecycle.deactivate' OR lower(metadata.event_code) = 'policy.rule.delete' OR lower(metadata.event_code) = 'policy.rule.deactivate') AND lower(json_extract_scalar(raw_data, '$["outcome"]["result"]')) = 'success')
ORDER BY logged_time
LIMIT 2001
