CREATE INDEX reporter_email_idx ON reporter (jurisdiction_id, lower(email)) WHERE email IS NOT NULL;

CREATE INDEX reporter_phone_idx ON reporter (jurisdiction_id, phone) WHERE phone IS NOT NULL;

COMMENT ON TABLE reporter IS 'citus:distributed. What a reporter told about himself: personal data, read by no public query, by staff with permission only. No row: nothing was told.';
