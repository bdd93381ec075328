CREATE TABLE origin (
    jurisdiction_id text NOT NULL,
    service_request_id text NOT NULL,
    hops text NOT NULL,
    CONSTRAINT origin_pk PRIMARY KEY (jurisdiction_id, service_request_id),
    CONSTRAINT origin_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id)
);

COMMENT ON TABLE origin IS 'citus:distributed. The way that a service request has come which another server forwarded to us; those that were filed here have no row.';

COMMENT ON COLUMN origin.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN origin.service_request_id IS 'The service request.';

COMMENT ON COLUMN origin.hops IS 'The header GeoReport-Hops as it was sent, the origin first: server/jurisdiction_id/service_request_id, separated by commas.';
