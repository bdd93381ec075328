DROP TABLE webhook_attempt;
