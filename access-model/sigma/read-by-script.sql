-- A person_s account read by script from outside
-- Written by `npx tenure sigma compile`: change read-by-script.yml, not this.
-- sha256 bb55bc3402297af4963f9b9e9ea1b13b44f30728d754a847d960e3f8f43c8259, compiler 1
SELECT time, logged_time, class_uid, metadata.log_name AS source, unmapped.source_type AS source_type, metadata.uid AS record, metadata.event_code AS operation, unmapped.action AS action, unmapped.outcome AS outcome, unmapped.application AS application, unmapped.parties AS parties
FROM activity
WHERE loggedhour BETWEEN ? AND ?
  AND logged_time BETWEEN ? AND ?
  AND (lower(unmapped.action) = 'read' AND lower(status) = 'success' AND lower(actor.user.type) = 'user' AND (lower(http_request.user_agent) LIKE 'curl/%' ESCAPE '\' OR lower(http_request.user_agent) LIKE 'python-requests/%' ESCAPE '\' OR lower(http_request.user_agent) LIKE 'wget/%' ESCAPE '\') AND NOT COALESCE(lower(src_endpoint.ip) LIKE '203.0.113.%' ESCAPE '\' OR lower(src_endpoint.ip) LIKE '2001:db8:acce:%' ESCAPE '\', false))
ORDER BY logged_time
LIMIT 2001
