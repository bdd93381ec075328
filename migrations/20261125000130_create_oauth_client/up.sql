CREATE TABLE oauth_client (
    client_id text NOT NULL,
    secret_hash bytea NOT NULL,
    label text NOT NULL,
    created_datetime timestamptz NOT NULL,
    revoked_datetime timestamptz,
    CONSTRAINT oauth_client_pk PRIMARY KEY (client_id)
);

COMMENT ON TABLE oauth_client IS 'citus:local. Programs and people that get tokens from this server by the client credentials grant of OAuth 2.0; what they may stands in client_grant.';

COMMENT ON COLUMN oauth_client.client_id IS 'By which it names itself.';

COMMENT ON COLUMN oauth_client.secret_hash IS 'SHA-256 of its secret, which holds 160 random bits and is stored nowhere.';

COMMENT ON COLUMN oauth_client.label IS 'Who it is.';

COMMENT ON COLUMN oauth_client.created_datetime IS 'When it was made.';

COMMENT ON COLUMN oauth_client.revoked_datetime IS 'Since when it gets no tokens; null: it does.';
