DROP TABLE oauth_client;
