CREATE TABLE service (
    jurisdiction_id text NOT NULL,
    service_code text NOT NULL,
    service_name text NOT NULL,
    description text NOT NULL,
    has_definition boolean NOT NULL,
    service_type text NOT NULL,
    keywords text NOT NULL,
    service_group text NOT NULL,
    service_notice text NOT NULL,
    CONSTRAINT service_pk PRIMARY KEY (jurisdiction_id, service_code),
    CONSTRAINT service_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id),
    CONSTRAINT service_service_type_check CHECK (service_type IN ('realtime', 'batch', 'blackbox'))
);

COMMENT ON TABLE service IS 'citus:reference. What a jurisdiction takes service requests about: the service list of the standard.';

COMMENT ON COLUMN service.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN service.service_code IS 'Unique in the jurisdiction; text, because 001 is not 1.';

COMMENT ON COLUMN service.service_name IS 'What people call it.';

COMMENT ON COLUMN service.description IS 'What it is for; may be empty.';

COMMENT ON COLUMN service.has_definition IS 'Whether there are attributes to fetch (metadata in the standard).';

COMMENT ON COLUMN service.service_type IS 'realtime: an id at once; batch: a token; blackbox: neither, and never listed.';

COMMENT ON COLUMN service.keywords IS 'Comma separated; may be empty.';

COMMENT ON COLUMN service.service_group IS 'Where it stands among its like (group in the standard); may be empty.';

COMMENT ON COLUMN service.service_notice IS 'What a reporter is told on filing; empty: nothing is promised.';
