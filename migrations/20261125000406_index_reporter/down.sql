DROP INDEX reporter_email_idx;

DROP INDEX reporter_phone_idx;

COMMENT ON TABLE reporter IS 'citus:distributed. What a reporter told about himself: personal data, read by no public query. No row: nothing was told.';
