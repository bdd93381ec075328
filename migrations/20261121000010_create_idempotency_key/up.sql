CREATE TABLE idempotency_key (
    jurisdiction_id text NOT NULL,
    principal text NOT NULL,
    operation text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    service_request_id text,
    token text,
    service_notice text,
    created_datetime timestamptz NOT NULL,
    CONSTRAINT idempotency_key_pk PRIMARY KEY (jurisdiction_id, principal, operation, key),
    CONSTRAINT idempotency_key_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

CREATE INDEX idempotency_key_created_idx ON idempotency_key (jurisdiction_id, created_datetime);

COMMENT ON TABLE idempotency_key IS 'citus:distributed. Which POSTs were carried out, so that a repeated one gets the same answer and is not carried out again.';

COMMENT ON COLUMN idempotency_key.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN idempotency_key.principal IS 'Who sent it: a key_id. One''s key never returns another''s answer.';

COMMENT ON COLUMN idempotency_key.operation IS 'Method and path.';

COMMENT ON COLUMN idempotency_key.key IS 'The header Idempotency-Key, 1 to 255 characters.';

COMMENT ON COLUMN idempotency_key.fingerprint IS 'SHA-256 of the arguments and files: another body with the same key is refused.';

COMMENT ON COLUMN idempotency_key.service_request_id IS 'What was answered; null: nothing.';

COMMENT ON COLUMN idempotency_key.token IS 'What was answered; null: nothing.';

COMMENT ON COLUMN idempotency_key.service_notice IS 'What was answered; null: nothing.';

COMMENT ON COLUMN idempotency_key.created_datetime IS 'When; kept for at least 24 hours.';
