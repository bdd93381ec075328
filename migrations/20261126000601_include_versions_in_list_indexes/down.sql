DROP INDEX service_request_requested_idx;

CREATE INDEX service_request_requested_idx ON service_request (jurisdiction_id, requested_datetime DESC, service_request_id DESC) WHERE is_public;

DROP INDEX service_request_status_idx;

CREATE INDEX service_request_status_idx ON service_request (jurisdiction_id, status, requested_datetime DESC, service_request_id DESC) WHERE is_public;

DROP INDEX service_request_service_code_idx;

CREATE INDEX service_request_service_code_idx ON service_request (jurisdiction_id, service_code, requested_datetime DESC, service_request_id DESC) WHERE is_public;

DROP INDEX service_request_updated_idx;

CREATE INDEX service_request_updated_idx ON service_request (jurisdiction_id, updated_datetime DESC, service_request_id DESC) WHERE is_public;
