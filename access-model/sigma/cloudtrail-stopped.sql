-- CloudTrail was stopped or deleted
-- Written by `npx tenure sigma compile`: change cloudtrail-stopped.yml, not this.
-- sha256 926f7417dc5d9e8b7d785791fca7c9dfd7b4ce5f23210b2c62160a5b43e91807, compiler 1
SELECT time, logged_time, class_uid, metadata.log_name AS source, unmapped.source_type AS source_type, metadata.uid AS record, metadata.event_code AS operation, unmapped.action AS action, unmapped.outcome AS outcome, unmapped.application AS application, unmapped.parties AS parties
FROM activity
WHERE loggedhour BETWEEN ? AND ?
  AND logged_time BETWEEN ? AND ?
  AND (lower(unmapped.source_type) = 'aws-cloudtrail' AND lower(json_extract_scalar(raw_data, '$["eventSource"]')) = 'cloudtrail.amazonaws.com' AND (lower(json_extract_scalar(raw_data, '$["eventName"]')) = 'deletetrail' OR lower(json_extract_scalar(raw_data, '$["eventName"]')) = 'stoplogging' OR lower(json_extract_scalar(raw_data, '$["eventName"]')) = 'puteventselectors') AND NOT COALESCE(json_extract(raw_data, '$["errorCode"]') IS NOT NULL, false) AND NOT COALESCE(lower(json_extract_scalar(raw_data, '$["userIdentity"]["arn"]')) LIKE '%:assumed-role/landing-zone/%' ESCAPE '\', false))
ORDER BY logged_time
LIMIT 2001
