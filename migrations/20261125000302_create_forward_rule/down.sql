DROP TABLE forward_rule;
