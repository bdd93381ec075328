-- The indexes as they were, the ends of the feeds, and what index-only scans need: VACUUM.
SET maintenance_work_mem = '1GB';
INSERT INTO feed SELECT jurisdiction_id, max(position) FROM service_request_update GROUP BY 1;
SELECT indexdef FROM bench_index \gexec
VACUUM (ANALYZE) service_request;
VACUUM (ANALYZE) service_request_update;
VACUUM (ANALYZE) service, attribute_definition, jurisdiction, feed;
CREATE TABLE bench_done AS SELECT :rows::bigint AS rows;
CHECKPOINT;
