CREATE TABLE forward_rule (
    jurisdiction_id text NOT NULL,
    service_code text NOT NULL,
    remote_name text NOT NULL,
    remote_service_code text NOT NULL,
    attributes jsonb NOT NULL,
    closes boolean NOT NULL,
    created_datetime timestamptz NOT NULL,
    CONSTRAINT forward_rule_pk PRIMARY KEY (jurisdiction_id, service_code),
    CONSTRAINT forward_rule_service_fk FOREIGN KEY (jurisdiction_id, service_code) REFERENCES service (jurisdiction_id, service_code),
    CONSTRAINT forward_rule_remote_fk FOREIGN KEY (jurisdiction_id, remote_name) REFERENCES remote (jurisdiction_id, remote_name)
);

CREATE INDEX forward_rule_remote_idx ON forward_rule (jurisdiction_id, remote_name);

COMMENT ON TABLE forward_rule IS 'citus:distributed. Whoever files a service request of this service files it with another endpoint too.';

COMMENT ON COLUMN forward_rule.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN forward_rule.service_code IS 'Our service.';

COMMENT ON COLUMN forward_rule.remote_name IS 'Where it is forwarded to.';

COMMENT ON COLUMN forward_rule.remote_service_code IS 'The service there.';

COMMENT ON COLUMN forward_rule.attributes IS 'What our attributes and keys are called there: a list of lines, as domain::AttributeMap reads them.';

COMMENT ON COLUMN forward_rule.closes IS 'Whether a service request is closed here, as handed to the remote, once the remote has it; else it stays open and follows what becomes of it there.';

COMMENT ON COLUMN forward_rule.created_datetime IS 'When it was added or last changed.';
