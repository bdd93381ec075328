ALTER TABLE media
    ADD COLUMN removed_datetime timestamptz;

CREATE INDEX media_removed_idx ON media (jurisdiction_id, removed_datetime) WHERE removed_datetime IS NOT NULL;

COMMENT ON COLUMN media.removed_datetime IS 'When it was taken from the public: the file is being deleted, and the row after it; null: it is shown.';
