DROP TABLE response_template;
