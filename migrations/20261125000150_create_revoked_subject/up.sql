CREATE TABLE revoked_subject (
    issuer text NOT NULL,
    subject text NOT NULL,
    revoked_datetime timestamptz NOT NULL,
    CONSTRAINT revoked_subject_pk PRIMARY KEY (issuer, subject)
);

COMMENT ON TABLE revoked_subject IS 'citus:local. People of identity providers whose tokens are refused, however long these are good.';

COMMENT ON COLUMN revoked_subject.issuer IS 'The identity provider, as its tokens name it (iss).';

COMMENT ON COLUMN revoked_subject.subject IS 'The person, as its tokens name him (sub).';

COMMENT ON COLUMN revoked_subject.revoked_datetime IS 'Since when.';
