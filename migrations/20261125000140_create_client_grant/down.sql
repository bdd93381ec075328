DROP TABLE client_grant;
