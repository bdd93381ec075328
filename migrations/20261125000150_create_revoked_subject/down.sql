DROP TABLE revoked_subject;
