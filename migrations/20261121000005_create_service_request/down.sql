DROP TABLE service_request;
