DROP TABLE reporter;
