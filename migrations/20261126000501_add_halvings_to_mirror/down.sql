ALTER TABLE mirror DROP COLUMN halvings;
