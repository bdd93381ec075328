CREATE TABLE webhook_attempt (
    jurisdiction_id text NOT NULL,
    webhook_id text NOT NULL,
    position bigint NOT NULL,
    attempt_id text NOT NULL,
    started_datetime timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status integer,
    error text,
    note text,
    CONSTRAINT webhook_attempt_pk PRIMARY KEY (jurisdiction_id, webhook_id, position, attempt_id),
    CONSTRAINT webhook_attempt_webhook_delivery_fk FOREIGN KEY (jurisdiction_id, webhook_id, position) REFERENCES webhook_delivery (jurisdiction_id, webhook_id, position),
    CONSTRAINT webhook_attempt_duration_ms_check CHECK (duration_ms >= 0),
    CONSTRAINT webhook_attempt_error_check CHECK (error IN ('refused', 'unreachable', 'tls', 'timeout', 'too_large', 'broken'))
);

COMMENT ON TABLE webhook_attempt IS 'citus:distributed. The log of deliveries: every attempt whose end was seen.';

COMMENT ON COLUMN webhook_attempt.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN webhook_attempt.webhook_id IS 'The webhook.';

COMMENT ON COLUMN webhook_attempt.position IS 'The delivery.';

COMMENT ON COLUMN webhook_attempt.attempt_id IS 'A UUID of version 7, so in the order of time.';

COMMENT ON COLUMN webhook_attempt.started_datetime IS 'When it began.';

COMMENT ON COLUMN webhook_attempt.duration_ms IS 'How long it took, in milliseconds.';

COMMENT ON COLUMN webhook_attempt.status IS 'The HTTP status that was answered; null: none.';

COMMENT ON COLUMN webhook_attempt.error IS 'Why there is no whole answer: refused: the address is not allowed; unreachable; tls; timeout; too_large; broken; null: there is one.';

COMMENT ON COLUMN webhook_attempt.note IS 'What is known beyond that, plain text of at most 300 characters; null: nothing.';
