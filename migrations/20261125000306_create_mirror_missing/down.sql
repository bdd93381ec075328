DROP TABLE mirror_missing;
