CREATE TABLE reporter (
    jurisdiction_id text NOT NULL,
    service_request_id text NOT NULL,
    email text,
    phone text,
    first_name text,
    last_name text,
    device_id text,
    account_id text,
    CONSTRAINT reporter_pk PRIMARY KEY (jurisdiction_id, service_request_id),
    CONSTRAINT reporter_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id)
);

COMMENT ON TABLE reporter IS 'citus:distributed. What a reporter told about himself: personal data, read by no public query. No row: nothing was told.';

COMMENT ON COLUMN reporter.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN reporter.service_request_id IS 'What he reported.';

COMMENT ON COLUMN reporter.email IS 'As sent; null: not told.';

COMMENT ON COLUMN reporter.phone IS 'As sent; null: not told.';

COMMENT ON COLUMN reporter.first_name IS 'As sent; null: not told.';

COMMENT ON COLUMN reporter.last_name IS 'As sent; null: not told.';

COMMENT ON COLUMN reporter.device_id IS 'As sent; null: not told.';

COMMENT ON COLUMN reporter.account_id IS 'As sent; null: not told.';
