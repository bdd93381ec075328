CREATE TABLE working_hours (
    jurisdiction_id text NOT NULL,
    weekday integer NOT NULL,
    from_minute integer NOT NULL,
    to_minute integer NOT NULL,
    CONSTRAINT working_hours_pk PRIMARY KEY (jurisdiction_id, weekday, from_minute),
    CONSTRAINT working_hours_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id),
    CONSTRAINT working_hours_weekday_check CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT working_hours_to_minute_check CHECK (0 <= from_minute AND from_minute < to_minute AND to_minute <= 1440)
);

COMMENT ON TABLE working_hours IS 'citus:distributed. When a jurisdiction works in an ordinary week, on its own wall clock. No row: never, so working hours and days promise nothing.';

COMMENT ON COLUMN working_hours.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN working_hours.weekday IS '1 is Monday, 7 is Sunday.';

COMMENT ON COLUMN working_hours.from_minute IS 'The first minute of the day, from 0.';

COMMENT ON COLUMN working_hours.to_minute IS 'The minute of the day before which it ends; 1440 is midnight. Those of one day do not overlap.';
