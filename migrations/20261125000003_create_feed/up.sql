CREATE TABLE feed (
    jurisdiction_id text NOT NULL,
    last_position bigint NOT NULL,
    CONSTRAINT feed_pk PRIMARY KEY (jurisdiction_id),
    CONSTRAINT feed_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

COMMENT ON TABLE feed IS 'citus:distributed. How far the change feed of a jurisdiction is numbered; whoever numbers locks the row, so the numbers are in the order in which they can be read.';

COMMENT ON COLUMN feed.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN feed.last_position IS 'The highest position given in service_request_update; 0: none.';
