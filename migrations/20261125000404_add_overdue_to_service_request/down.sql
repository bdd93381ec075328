ALTER TABLE service_request
    DROP COLUMN overdue_datetime;
