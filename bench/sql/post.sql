\set n :n + 1
\set position :n * 1000 + :client_id
\set id random(10000000000, 99999999999)
BEGIN;
INSERT INTO service_request (jurisdiction_id, service_request_id, status, service_name,
    service_code, description, service_notice, requested_datetime, updated_datetime,
    expected_datetime, address, address_id, location, media_url, attribute_answers,
    extended_attributes, is_public, version, detailed_status)
VALUES ('yardstick.example', :id, 'open', :name, :code, :description, :notice,
    date_trunc('second', now()), date_trunc('second', now()), NULL, NULL, NULL,
    ST_SetSRID(ST_MakePoint(-71.0589 + :client_id * 0.0001, 42.3601), 4326), NULL, NULL, NULL, true, 1, 'open')
ON CONFLICT DO NOTHING;
INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id, kind,
    is_public, position, recorded_datetime, updated_datetime, status, author)
VALUES ('yardstick.example', :id, 1, :n::text || '-7000-8000-' || :id::text, 'opened', true, :position, now(),
    date_trunc('second', now()), 'open', 'key:00000000');
INSERT INTO reporter (jurisdiction_id, service_request_id, email, first_name, last_name)
VALUES ('yardstick.example', :id, 'jane@example.org', 'Jane', 'Doe');
INSERT INTO audit_entry (jurisdiction_id, audit_entry_id, recorded_datetime, actor, operation,
    object_kind, object_id, after)
VALUES ('yardstick.example', (:n::text || '7000800' || :id::text)::uuid, now(), 'key:00000000',
    'post_service_request', 'service_request', :id::text,
    '{"status": "open", "is_public": true, "service_code": "sidewalk-repair"}');
COMMIT;
