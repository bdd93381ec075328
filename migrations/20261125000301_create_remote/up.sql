CREATE TABLE remote (
    jurisdiction_id text NOT NULL,
    remote_name text NOT NULL,
    base_url text NOT NULL,
    remote_jurisdiction_id text,
    api_key text,
    dialect jsonb NOT NULL,
    fields jsonb NOT NULL,
    created_datetime timestamptz NOT NULL,
    updates_until_datetime timestamptz,
    next_updates_datetime timestamptz,
    last_answer text,
    CONSTRAINT remote_pk PRIMARY KEY (jurisdiction_id, remote_name),
    CONSTRAINT remote_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

COMMENT ON TABLE remote IS 'citus:distributed. Another GeoReport endpoint that service requests are forwarded to or mirrored from.';

COMMENT ON COLUMN remote.jurisdiction_id IS 'The jurisdiction that speaks to it.';

COMMENT ON COLUMN remote.remote_name IS 'What it is called here: letters, digits, ''.'', ''-'' and ''_''.';

COMMENT ON COLUMN remote.base_url IS 'Its base path, without a slash at the end.';

COMMENT ON COLUMN remote.remote_jurisdiction_id IS 'What it is told as jurisdiction_id; null: nothing.';

COMMENT ON COLUMN remote.api_key IS 'SECRET, in the clear because it has to be sent: the key that the endpoint gave us. It is never answered and never logged; who can read this table or a backup of it can file there. Null: it wants none.';

COMMENT ON COLUMN remote.dialect IS 'How it differs from the letter of the standard: [[name, value]], as domain::Dialect reads it.';

COMMENT ON COLUMN remote.fields IS 'What may be told to it: a list of the words of domain::Field. Personal data leaves only if it is named here.';

COMMENT ON COLUMN remote.created_datetime IS 'When it was added.';

COMMENT ON COLUMN remote.updates_until_datetime IS 'Until when its service request updates have been read; null: not yet.';

COMMENT ON COLUMN remote.next_updates_datetime IS 'When they are read next, and until when nobody else may; null: it has none.';

COMMENT ON COLUMN remote.last_answer IS 'What was wrong with its last answer to a question about updates, in few words; null: nothing.';
