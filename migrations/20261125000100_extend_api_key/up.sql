ALTER TABLE api_key ADD COLUMN scopes text[];

ALTER TABLE api_key ADD COLUMN requests_per_minute integer;

ALTER TABLE api_key ADD COLUMN expires_datetime timestamptz;

ALTER TABLE api_key ADD COLUMN last_used_datetime timestamptz;

COMMENT ON COLUMN api_key.scopes IS 'What it may: permissions and roles, as ARCHITECTURE.md lists them; null: file service requests and post updates.';

COMMENT ON COLUMN api_key.requests_per_minute IS 'How often it may be used; null: as often as its holder likes.';

COMMENT ON COLUMN api_key.expires_datetime IS 'From when on it is refused; null: never.';

COMMENT ON COLUMN api_key.last_used_datetime IS 'When it was last used, to the minute; null: never since this is noted.';
