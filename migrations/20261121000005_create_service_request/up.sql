CREATE TABLE service_request (
    jurisdiction_id text NOT NULL,
    service_request_id text NOT NULL,
    status text NOT NULL,
    status_notes text,
    service_name text NOT NULL,
    service_code text NOT NULL,
    description text,
    agency_responsible text,
    service_notice text,
    requested_datetime timestamptz NOT NULL,
    updated_datetime timestamptz NOT NULL,
    expected_datetime timestamptz,
    address text,
    address_id text,
    zipcode text,
    location geometry(Point, 4326),
    media_url text,
    attribute_answers jsonb,
    extended_attributes jsonb,
    notes jsonb,
    is_public boolean NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple', service_name || ' ' || coalesce(description, '') || ' ' || coalesce(address, ''))) STORED,
    CONSTRAINT service_request_pk PRIMARY KEY (jurisdiction_id, service_request_id),
    CONSTRAINT service_request_service_fk FOREIGN KEY (jurisdiction_id, service_code) REFERENCES service (jurisdiction_id, service_code),
    CONSTRAINT service_request_status_check CHECK (status IN ('open', 'closed')),
    CONSTRAINT service_request_updated_datetime_check CHECK (updated_datetime >= requested_datetime)
);

CREATE INDEX service_request_requested_idx ON service_request (jurisdiction_id, requested_datetime DESC, service_request_id DESC) WHERE is_public;

CREATE INDEX service_request_status_idx ON service_request (jurisdiction_id, status, requested_datetime DESC, service_request_id DESC) WHERE is_public;

CREATE INDEX service_request_service_code_idx ON service_request (jurisdiction_id, service_code, requested_datetime DESC, service_request_id DESC) WHERE is_public;

CREATE INDEX service_request_updated_idx ON service_request (jurisdiction_id, updated_datetime DESC, service_request_id DESC) WHERE is_public;

CREATE INDEX service_request_location_idx ON service_request USING gist (location, requested_datetime) WHERE is_public;

CREATE INDEX service_request_search_idx ON service_request USING gin (jurisdiction_id, search) WHERE is_public;

COMMENT ON TABLE service_request IS 'citus:distributed. What was asked of a jurisdiction, as far as the public may see it; who asked stands in reporter.';

COMMENT ON COLUMN service_request.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN service_request.service_request_id IS 'Unique in the jurisdiction, made by the application.';

COMMENT ON COLUMN service_request.status IS 'open or closed.';

COMMENT ON COLUMN service_request.status_notes IS 'Why the status is what it is; null: nobody said.';

COMMENT ON COLUMN service_request.service_name IS 'The name of the service when the request was filed; kept here so that it can be searched.';

COMMENT ON COLUMN service_request.service_code IS 'The service.';

COMMENT ON COLUMN service_request.description IS 'What the reporter wrote, as sent, at most 4000 characters; null: nothing.';

COMMENT ON COLUMN service_request.agency_responsible IS 'Who is to act; null: not known.';

COMMENT ON COLUMN service_request.service_notice IS 'What the reporter was told to expect; null: nothing was promised.';

COMMENT ON COLUMN service_request.requested_datetime IS 'When it was filed, whole seconds.';

COMMENT ON COLUMN service_request.updated_datetime IS 'When it last changed, whole seconds; of a closed one: when it was closed.';

COMMENT ON COLUMN service_request.expected_datetime IS 'When it should be done; null: not known.';

COMMENT ON COLUMN service_request.address IS 'Where, in words, from specific to general; null: not known.';

COMMENT ON COLUMN service_request.address_id IS 'Where, in the jurisdiction''s own register; null: not known.';

COMMENT ON COLUMN service_request.zipcode IS 'Postal code; null: not known.';

COMMENT ON COLUMN service_request.location IS 'Where, WGS84, x is the longitude; null: given in words only.';

COMMENT ON COLUMN service_request.media_url IS 'A picture or a page; a path beginning with / is served by this server; null: none.';

COMMENT ON COLUMN service_request.attribute_answers IS 'Answers to the service definition: [{"code", "label", "values", "names"}]; null: none.';

COMMENT ON COLUMN service_request.extended_attributes IS 'What else the jurisdiction publishes: [[name, value]]; null: nothing.';

COMMENT ON COLUMN service_request.notes IS 'What happened, as an imported source tells it: [{"datetime", "type", "description"}]; null: nothing beyond opening and closing.';

COMMENT ON COLUMN service_request.is_public IS 'Whether public answers may show it: not while a batch token is pending, never for a blackbox service.';

COMMENT ON COLUMN service_request.search IS 'The words of service name, description and address, for q.';
