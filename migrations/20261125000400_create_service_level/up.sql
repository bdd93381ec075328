CREATE TABLE service_level (
    jurisdiction_id text NOT NULL,
    service_code text NOT NULL,
    priority text NOT NULL,
    amount integer NOT NULL,
    unit text NOT NULL,
    CONSTRAINT service_level_pk PRIMARY KEY (jurisdiction_id, service_code, priority),
    CONSTRAINT service_level_service_fk FOREIGN KEY (jurisdiction_id, service_code) REFERENCES service (jurisdiction_id, service_code),
    CONSTRAINT service_level_priority_check CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    CONSTRAINT service_level_amount_check CHECK (amount > 0),
    CONSTRAINT service_level_unit_check CHECK (unit IN ('hours', 'working_hours', 'working_days'))
);

COMMENT ON TABLE service_level IS 'citus:distributed. How soon a jurisdiction means to have done what is asked of it: from here comes expected_datetime. No row: nothing is promised.';

COMMENT ON COLUMN service_level.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN service_level.service_code IS 'The service.';

COMMENT ON COLUMN service_level.priority IS 'For service requests of this priority; normal is also for those that have none, and for priorities without a row of their own.';

COMMENT ON COLUMN service_level.amount IS 'How many of the unit.';

COMMENT ON COLUMN service_level.unit IS 'hours of the clock; or working_hours or working_days, by the tables working_hours and holiday.';
