DROP TABLE attribute_definition;
