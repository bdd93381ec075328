CREATE TABLE audit_entry (
    jurisdiction_id text NOT NULL,
    audit_entry_id uuid NOT NULL,
    recorded_datetime timestamptz NOT NULL,
    actor text NOT NULL,
    operation text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_entry_pk PRIMARY KEY (jurisdiction_id, audit_entry_id),
    CONSTRAINT audit_entry_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

COMMENT ON TABLE audit_entry IS 'citus:distributed. Who did what, when: written in the transaction of what was done, never changed, never deleted. Holds no personal data.';

COMMENT ON COLUMN audit_entry.jurisdiction_id IS 'The jurisdiction in which it was done.';

COMMENT ON COLUMN audit_entry.audit_entry_id IS 'A UUID of version 7: entries are told in its order, which is that of time.';

COMMENT ON COLUMN audit_entry.recorded_datetime IS 'When, by the clock of the machine that did it.';

COMMENT ON COLUMN audit_entry.actor IS 'Who: key:KEY_ID, client:CLIENT_ID, staff:ISSUER|SUBJECT, job:NAME, remote:NAME or operator.';

COMMENT ON COLUMN audit_entry.operation IS 'What: an operation of the OpenAPI document, or a command of the command line.';

COMMENT ON COLUMN audit_entry.object_kind IS 'To what: service_request, api_key, …';

COMMENT ON COLUMN audit_entry.object_id IS 'To which of them.';

COMMENT ON COLUMN audit_entry.before IS 'What changed, as it was; null: it was not there.';

COMMENT ON COLUMN audit_entry.after IS 'What changed, as it is since; null: it is not there any more.';
