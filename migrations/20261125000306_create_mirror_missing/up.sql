CREATE TABLE mirror_missing (
    jurisdiction_id text NOT NULL,
    service_request_id text NOT NULL,
    sweep_datetime timestamptz NOT NULL,
    CONSTRAINT mirror_missing_pk PRIMARY KEY (jurisdiction_id, service_request_id),
    CONSTRAINT mirror_missing_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id)
);

COMMENT ON TABLE mirror_missing IS 'citus:distributed. What a comparison did not find at the original: missing a second time, it is no longer public here.';

COMMENT ON COLUMN mirror_missing.jurisdiction_id IS 'The copy.';

COMMENT ON COLUMN mirror_missing.service_request_id IS 'What was missing.';

COMMENT ON COLUMN mirror_missing.sweep_datetime IS 'When the comparison began that did not find it.';
