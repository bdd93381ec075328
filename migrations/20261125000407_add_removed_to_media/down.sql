ALTER TABLE media
    DROP COLUMN removed_datetime;
