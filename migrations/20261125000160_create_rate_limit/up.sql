CREATE TABLE rate_limit (
    jurisdiction_id text NOT NULL,
    subject text NOT NULL,
    spent_until bigint NOT NULL,
    granted integer NOT NULL,
    CONSTRAINT rate_limit_pk PRIMARY KEY (jurisdiction_id, subject),
    CONSTRAINT rate_limit_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

CREATE INDEX rate_limit_spent_until_idx ON rate_limit (jurisdiction_id, spent_until);

COMMENT ON TABLE rate_limit IS 'citus:distributed. How much of its rate each API key with a limit has used, for all servers together. A row that is lost is a minute of grace.';

COMMENT ON COLUMN rate_limit.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN rate_limit.subject IS 'Whose: a key_id.';

COMMENT ON COLUMN rate_limit.spent_until IS 'Until when what was used counts, in microseconds since 1970-01-01T00:00:00Z: each request moves it by a minute divided by the limit, and it may be a minute ahead of the time.';

COMMENT ON COLUMN rate_limit.granted IS 'How many requests were granted to whoever asked last.';
