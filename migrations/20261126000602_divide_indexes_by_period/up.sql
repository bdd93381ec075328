DROP INDEX service_request_location_idx;

CREATE INDEX service_request_location_idx ON service_request USING gist ((floor(date_part('epoch', requested_datetime AT TIME ZONE 'UTC') / 2592000)::integer), location) WHERE is_public;

DROP INDEX service_request_search_idx;

CREATE INDEX service_request_search_idx ON service_request USING gin (jurisdiction_id, (jurisdiction_id || ' ' || floor(date_part('epoch', requested_datetime AT TIME ZONE 'UTC') / 2592000)::integer::text), search) WHERE is_public;

DROP INDEX service_request_requested_idx;

CREATE INDEX service_request_requested_idx ON service_request (jurisdiction_id, requested_datetime DESC, service_request_id DESC) INCLUDE (version, updated_datetime) WHERE is_public;
