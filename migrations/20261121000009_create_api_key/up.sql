CREATE TABLE api_key (
    jurisdiction_id text NOT NULL,
    key_hash bytea NOT NULL,
    key_id text NOT NULL,
    label text NOT NULL,
    created_datetime timestamptz NOT NULL,
    revoked_datetime timestamptz,
    CONSTRAINT api_key_pk PRIMARY KEY (jurisdiction_id, key_hash),
    CONSTRAINT api_key_key_id_key UNIQUE (jurisdiction_id, key_id),
    CONSTRAINT api_key_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

COMMENT ON TABLE api_key IS 'citus:distributed. Who may file service requests; the key itself is stored nowhere.';

COMMENT ON COLUMN api_key.jurisdiction_id IS 'The jurisdiction that it opens.';

COMMENT ON COLUMN api_key.key_hash IS 'SHA-256 of the key, which holds 160 random bits.';

COMMENT ON COLUMN api_key.key_id IS 'The first characters of the key, by which people name it.';

COMMENT ON COLUMN api_key.label IS 'Who holds it.';

COMMENT ON COLUMN api_key.created_datetime IS 'When it was made.';

COMMENT ON COLUMN api_key.revoked_datetime IS 'Since when it is refused; null: it is good.';
