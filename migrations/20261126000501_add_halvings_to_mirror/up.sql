ALTER TABLE mirror ADD COLUMN halvings integer;

COMMENT ON COLUMN mirror.halvings IS 'How often the windows are halved in which it is read, because answers were too long; null: not.';
