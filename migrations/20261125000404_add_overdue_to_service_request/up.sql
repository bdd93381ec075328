ALTER TABLE service_request
    ADD COLUMN overdue_datetime timestamptz;

CREATE INDEX service_request_overdue_idx ON service_request (jurisdiction_id, expected_datetime) WHERE status = 'open' AND overdue_datetime IS DISTINCT FROM expected_datetime;

COMMENT ON COLUMN service_request.overdue_datetime IS 'The expected_datetime whose passing is written in the history, or had passed already when the service request was imported; null: none.';
