CREATE TABLE holiday (
    jurisdiction_id text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    CONSTRAINT holiday_pk PRIMARY KEY (jurisdiction_id, day),
    CONSTRAINT holiday_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id)
);

COMMENT ON TABLE holiday IS 'citus:distributed. Days on which a jurisdiction does not work although its week says so.';

COMMENT ON COLUMN holiday.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN holiday.day IS 'The day, on the calendar of its time zone.';

COMMENT ON COLUMN holiday.name IS 'What it is called.';
