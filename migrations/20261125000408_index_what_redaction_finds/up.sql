CREATE INDEX idempotency_key_service_request_idx ON idempotency_key (jurisdiction_id, service_request_id) WHERE service_request_id IS NOT NULL;

CREATE INDEX idempotency_key_token_idx ON idempotency_key (jurisdiction_id, token) WHERE token IS NOT NULL;

CREATE INDEX submission_token_service_request_idx ON submission_token (jurisdiction_id, service_request_id);

COMMENT ON COLUMN idempotency_key.fingerprint IS 'SHA-256 of the arguments and files: another body with the same key is refused. Empty: what was sent has been redacted since, and nothing is taken for it.';
