DROP TABLE service_level;
