ALTER TABLE api_key DROP COLUMN last_used_datetime;

ALTER TABLE api_key DROP COLUMN expires_datetime;

ALTER TABLE api_key DROP COLUMN requests_per_minute;

ALTER TABLE api_key DROP COLUMN scopes;
