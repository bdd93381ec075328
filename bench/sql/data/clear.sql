-- Everything that was written into the jurisdictions for POST and imports.
BEGIN;
-- Nothing points at these rows but what goes with them.
SET LOCAL session_replication_role = replica;
DELETE FROM audit_entry WHERE jurisdiction_id IN ('post.example', 'yardstick.example', 'import.example');
DELETE FROM reporter WHERE jurisdiction_id IN ('post.example', 'yardstick.example', 'import.example');
DELETE FROM service_request_update WHERE jurisdiction_id IN ('post.example', 'yardstick.example', 'import.example');
DELETE FROM service_request WHERE jurisdiction_id IN ('post.example', 'yardstick.example', 'import.example');
COMMIT;
VACUUM (ANALYZE) service_request, service_request_update, reporter, audit_entry;
CHECKPOINT;
