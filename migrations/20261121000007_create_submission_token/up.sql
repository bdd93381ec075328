CREATE TABLE submission_token (
    jurisdiction_id text NOT NULL,
    token text NOT NULL,
    service_request_id text NOT NULL,
    created_datetime timestamptz NOT NULL,
    resolved_datetime timestamptz,
    CONSTRAINT submission_token_pk PRIMARY KEY (jurisdiction_id, token),
    CONSTRAINT submission_token_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id)
);

CREATE INDEX submission_token_pending_idx ON submission_token (jurisdiction_id, created_datetime) WHERE resolved_datetime IS NULL;

COMMENT ON TABLE submission_token IS 'citus:distributed. What a batch service answered in place of a service_request_id.';

COMMENT ON COLUMN submission_token.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN submission_token.token IS 'What the reporter was given; random.';

COMMENT ON COLUMN submission_token.service_request_id IS 'What it stands for; told only once resolved.';

COMMENT ON COLUMN submission_token.created_datetime IS 'When it was given out.';

COMMENT ON COLUMN submission_token.resolved_datetime IS 'Since when the service_request_id may be told; null: pending.';
