DROP TABLE remote;
