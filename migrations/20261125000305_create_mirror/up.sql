CREATE TABLE mirror (
    jurisdiction_id text NOT NULL,
    remote_name text NOT NULL,
    created_datetime timestamptz NOT NULL,
    back_to_datetime timestamptz NOT NULL,
    sweep_every_seconds integer NOT NULL,
    services_datetime timestamptz,
    read_back_to_datetime timestamptz,
    is_complete boolean NOT NULL,
    changes_until_datetime timestamptz,
    recent_datetime timestamptz,
    wide_datetime timestamptz,
    open_datetime timestamptz,
    open_after text,
    sweep_datetime timestamptz,
    swept_back_to_datetime timestamptz,
    last_sweep_datetime timestamptz,
    last_poll_datetime timestamptz,
    next_datetime timestamptz NOT NULL,
    failures integer NOT NULL,
    claims integer NOT NULL,
    last_answer text,
    CONSTRAINT mirror_pk PRIMARY KEY (jurisdiction_id),
    CONSTRAINT mirror_remote_fk FOREIGN KEY (jurisdiction_id, remote_name) REFERENCES remote (jurisdiction_id, remote_name)
);

COMMENT ON TABLE mirror IS 'citus:distributed. A jurisdiction that is a read-only copy of one at another endpoint, and how far the copy is.';

COMMENT ON COLUMN mirror.jurisdiction_id IS 'The copy; nothing can be filed there.';

COMMENT ON COLUMN mirror.remote_name IS 'Where the original is.';

COMMENT ON COLUMN mirror.created_datetime IS 'When it was set up.';

COMMENT ON COLUMN mirror.back_to_datetime IS 'What was filed there before is not copied.';

COMMENT ON COLUMN mirror.sweep_every_seconds IS 'How often all of it is compared with the original, to find what has vanished there.';

COMMENT ON COLUMN mirror.services_datetime IS 'When the services were last copied; null: not yet.';

COMMENT ON COLUMN mirror.read_back_to_datetime IS 'How far back the first copy is: the beginning of the oldest window that was read; null: none yet.';

COMMENT ON COLUMN mirror.is_complete IS 'Whether the first copy is done.';

COMMENT ON COLUMN mirror.changes_until_datetime IS 'The newest updated_datetime that was seen; null: none yet.';

COMMENT ON COLUMN mirror.recent_datetime IS 'When it was last asked for what is new; null: not yet.';

COMMENT ON COLUMN mirror.wide_datetime IS 'When the last 90 days were last read; null: not yet.';

COMMENT ON COLUMN mirror.open_datetime IS 'When those that are open here and old were last all read again; null: not yet.';

COMMENT ON COLUMN mirror.open_after IS 'The last service_request_id of the round through them that is under way; null: none is.';

COMMENT ON COLUMN mirror.sweep_datetime IS 'When the comparison began that is under way; null: none is.';

COMMENT ON COLUMN mirror.swept_back_to_datetime IS 'How far back it is; null: it has just begun.';

COMMENT ON COLUMN mirror.last_sweep_datetime IS 'When the last whole comparison ended; null: there was none yet.';

COMMENT ON COLUMN mirror.last_poll_datetime IS 'When the original last answered; null: never.';

COMMENT ON COLUMN mirror.next_datetime IS 'When something is to be done, and until when nobody else may.';

COMMENT ON COLUMN mirror.failures IS 'How often in a row the original did not answer as it should.';

COMMENT ON COLUMN mirror.claims IS 'How often it was taken up; who took it up earlier may not write any more.';

COMMENT ON COLUMN mirror.last_answer IS 'What was wrong the last time, in few words; null: nothing.';
