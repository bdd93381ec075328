CREATE TABLE client_grant (
    jurisdiction_id text NOT NULL,
    client_id text NOT NULL,
    label text NOT NULL,
    roles text[] NOT NULL,
    agencies text[],
    created_datetime timestamptz NOT NULL,
    revoked_datetime timestamptz,
    CONSTRAINT client_grant_pk PRIMARY KEY (jurisdiction_id, client_id),
    CONSTRAINT client_grant_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

CREATE INDEX client_grant_client_id_idx ON client_grant (client_id);

COMMENT ON TABLE client_grant IS 'citus:distributed. What an OAuth client is in a jurisdiction. Each of its requests asks here, so a change counts at once, whatever its token was issued for.';

COMMENT ON COLUMN client_grant.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN client_grant.client_id IS 'The client.';

COMMENT ON COLUMN client_grant.label IS 'Who it is, as in oauth_client, which lies elsewhere.';

COMMENT ON COLUMN client_grant.roles IS 'Its roles, as ARCHITECTURE.md lists them.';

COMMENT ON COLUMN client_grant.agencies IS 'The agencies on whose service requests it may work as staff; null: those of all.';

COMMENT ON COLUMN client_grant.created_datetime IS 'Since when.';

COMMENT ON COLUMN client_grant.revoked_datetime IS 'Until when; null: it still is.';
