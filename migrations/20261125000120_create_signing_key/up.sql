CREATE TABLE signing_key (
    signing_key_id text NOT NULL,
    private_key bytea NOT NULL,
    created_datetime timestamptz NOT NULL,
    retired_datetime timestamptz,
    CONSTRAINT signing_key_pk PRIMARY KEY (signing_key_id)
);

COMMENT ON TABLE signing_key IS 'citus:local. The keys with which this server signs the tokens that it issues; whoever reads this table can make tokens.';

COMMENT ON COLUMN signing_key.signing_key_id IS 'The kid of its tokens: its thumbprint (RFC 7638).';

COMMENT ON COLUMN signing_key.private_key IS 'Ed25519, as PKCS #8.';

COMMENT ON COLUMN signing_key.created_datetime IS 'When it was made; the newest one that is not retired signs.';

COMMENT ON COLUMN signing_key.retired_datetime IS 'Since when it signs no more; its tokens are good until they expire. Null: it signs.';
