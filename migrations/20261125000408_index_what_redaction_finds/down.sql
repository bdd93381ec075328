DROP INDEX idempotency_key_service_request_idx;

DROP INDEX idempotency_key_token_idx;

DROP INDEX submission_token_service_request_idx;

COMMENT ON COLUMN idempotency_key.fingerprint IS 'SHA-256 of the arguments and files: another body with the same key is refused.';
