CREATE TABLE server_identity (
    server_id text NOT NULL,
    created_datetime timestamptz NOT NULL,
    CONSTRAINT server_identity_pk PRIMARY KEY (server_id)
);

COMMENT ON TABLE server_identity IS 'citus:local. By what other servers know this one: one row, made when it is first needed, the same for every process on this database.';

COMMENT ON COLUMN server_identity.server_id IS 'Random; the first part of a hop in the header GeoReport-Hops.';

COMMENT ON COLUMN server_identity.created_datetime IS 'When it was made.';
