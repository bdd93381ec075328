DROP TABLE submission_token;
