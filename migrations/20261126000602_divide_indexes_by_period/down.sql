DROP INDEX service_request_location_idx;

CREATE INDEX service_request_location_idx ON service_request USING gist (location, requested_datetime) WHERE is_public;

DROP INDEX service_request_search_idx;

CREATE INDEX service_request_search_idx ON service_request USING gin (jurisdiction_id, search) WHERE is_public;

DROP INDEX service_request_requested_idx;

CREATE INDEX service_request_requested_idx ON service_request (jurisdiction_id, requested_datetime DESC, service_request_id DESC) INCLUDE (version) WHERE is_public;
