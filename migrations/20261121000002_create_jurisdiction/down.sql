DROP TABLE jurisdiction;
