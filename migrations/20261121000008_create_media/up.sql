CREATE TABLE media (
    jurisdiction_id text NOT NULL,
    media_id uuid NOT NULL,
    service_request_id text NOT NULL,
    sort_order integer NOT NULL,
    byte_size bigint NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    created_datetime timestamptz NOT NULL,
    CONSTRAINT media_pk PRIMARY KEY (jurisdiction_id, media_id),
    CONSTRAINT media_sort_order_key UNIQUE (jurisdiction_id, service_request_id, sort_order),
    CONSTRAINT media_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id)
);

COMMENT ON TABLE media IS 'citus:distributed. Photos sent with a service request; the files, all JPEG, lie in the object store under jurisdiction_id and media_id.';

COMMENT ON COLUMN media.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN media.media_id IS 'Made by the application; cannot be guessed.';

COMMENT ON COLUMN media.service_request_id IS 'What it shows.';

COMMENT ON COLUMN media.sort_order IS 'In the order sent, 1 first.';

COMMENT ON COLUMN media.byte_size IS 'Size of the stored file in bytes.';

COMMENT ON COLUMN media.width IS 'Pixels, upright.';

COMMENT ON COLUMN media.height IS 'Pixels, upright.';

COMMENT ON COLUMN media.created_datetime IS 'When it was sent.';
