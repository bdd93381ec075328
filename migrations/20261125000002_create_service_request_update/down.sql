DROP TABLE service_request_update;
