CREATE TABLE jurisdiction (
    jurisdiction_id text NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    contact text NOT NULL,
    id_format text NOT NULL,
    boundary geometry(MultiPolygon, 4326),
    changeset timestamptz NOT NULL,
    CONSTRAINT jurisdiction_pk PRIMARY KEY (jurisdiction_id)
);

COMMENT ON TABLE jurisdiction IS 'citus:reference. Whoever takes service requests on this server.';

COMMENT ON COLUMN jurisdiction.jurisdiction_id IS 'What clients send; the standard suggests the root host of the city''s site.';

COMMENT ON COLUMN jurisdiction.name IS 'What people call it.';

COMMENT ON COLUMN jurisdiction.time_zone IS 'IANA name, e.g. America/New_York: the zone of times that come without one.';

COMMENT ON COLUMN jurisdiction.contact IS 'How a person reaches the people behind the endpoint (contact in discovery); empty: the server''s own contact.';

COMMENT ON COLUMN jurisdiction.id_format IS 'How new service_request_ids look: {yy} and {yyyy} are the local year, each # a random digit.';

COMMENT ON COLUMN jurisdiction.boundary IS 'Where it is responsible, WGS84; null: everywhere.';

COMMENT ON COLUMN jurisdiction.changeset IS 'When its services or service definitions last changed (changeset in discovery).';
