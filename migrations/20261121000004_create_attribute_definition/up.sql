CREATE TABLE attribute_definition (
    jurisdiction_id text NOT NULL,
    service_code text NOT NULL,
    code text NOT NULL,
    sort_order integer NOT NULL,
    variable boolean NOT NULL,
    datatype text NOT NULL,
    required boolean NOT NULL,
    datatype_description text NOT NULL,
    description text NOT NULL,
    value_list jsonb NOT NULL,
    CONSTRAINT attribute_definition_pk PRIMARY KEY (jurisdiction_id, service_code, code),
    CONSTRAINT attribute_definition_sort_order_key UNIQUE (jurisdiction_id, service_code, sort_order),
    CONSTRAINT attribute_definition_service_fk FOREIGN KEY (jurisdiction_id, service_code) REFERENCES service (jurisdiction_id, service_code),
    CONSTRAINT attribute_definition_datatype_check CHECK (datatype IN ('string', 'number', 'datetime', 'text', 'singlevaluelist', 'multivaluelist')),
    CONSTRAINT attribute_definition_sort_order_check CHECK (sort_order > 0)
);

COMMENT ON TABLE attribute_definition IS 'citus:reference. What a service asks of its reporters: the service definition of the standard.';

COMMENT ON COLUMN attribute_definition.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN attribute_definition.service_code IS 'The service.';

COMMENT ON COLUMN attribute_definition.code IS 'Unique in the definition; sent as attribute[code].';

COMMENT ON COLUMN attribute_definition.sort_order IS 'order in the standard: positive, unique in the definition, 1 first.';

COMMENT ON COLUMN attribute_definition.variable IS 'Whether it is answered; if not, its description is only shown.';

COMMENT ON COLUMN attribute_definition.datatype IS 'One of the six of the standard.';

COMMENT ON COLUMN attribute_definition.required IS 'Whether a service request without an answer is refused.';

COMMENT ON COLUMN attribute_definition.datatype_description IS 'A hint for whoever answers; may be empty.';

COMMENT ON COLUMN attribute_definition.description IS 'The question; may be empty.';

COMMENT ON COLUMN attribute_definition.value_list IS 'The choices of a list in their order: [{"key", "name"}].';
