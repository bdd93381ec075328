-- What real rows are like, from those that were imported into :city; they make room for what is
-- made after them. `back` is how long before :now in a week: weekday and hour stay as they were.
BEGIN;
CREATE TABLE bench_sample AS
SELECT row_number() OVER (ORDER BY back, service_request_id) - 1 AS rank, sample.*
FROM (
    SELECT service_request_id, status, status_notes, service_name, service_code, description,
        agency_responsible, service_notice, address, address_id, zipcode, location, media_url,
        attribute_answers, extended_attributes, notes, is_public,
        extract(epoch FROM :'now'::timestamptz - requested_datetime)::bigint % 604800 AS back,
        updated_datetime - requested_datetime AS worked,
        expected_datetime - requested_datetime AS expected
    FROM service_request WHERE jurisdiction_id = :'city') AS sample;
CREATE UNIQUE INDEX ON bench_sample (rank);
SET LOCAL session_replication_role = replica;
DELETE FROM service_request_update;
DELETE FROM service_request;
DELETE FROM feed;

-- Five cities in each region, with their shares of a hundred rows. No two lie in the same place.
CREATE TABLE bench_city AS
SELECT region, 'city' || region * 5 + number || '.example' AS jurisdiction_id, low, high,
    -0.5 * (region * 5 + number - 1) AS east
FROM generate_series(0, :regions - 1) AS region,
    (VALUES (1, 0, 60), (2, 60, 85), (3, 85, 95), (4, 95, 99), (5, 99, 100)) AS share (number, low, high);

-- Beside them one that POST fills, one that the yardstick of POST fills, one for imports.
INSERT INTO jurisdiction
SELECT other.id, other.id, time_zone, contact, id_format,
    CASE WHEN other.id = 'post.example' THEN boundary END, changeset
FROM jurisdiction, (
    SELECT jurisdiction_id FROM bench_city
    UNION ALL VALUES ('post.example'), ('yardstick.example'), ('import.example')) AS other (id)
WHERE jurisdiction_id = :'city' AND other.id <> :'city';
INSERT INTO service
SELECT other.jurisdiction_id, service_code, service_name, service.description, has_definition,
    service_type, keywords, service_group, service_notice
FROM service, jurisdiction AS other
WHERE service.jurisdiction_id = :'city' AND other.jurisdiction_id <> :'city';
INSERT INTO attribute_definition
SELECT other.jurisdiction_id, service_code, code, sort_order, variable, datatype, required,
    datatype_description, definition.description, value_list
FROM attribute_definition AS definition, jurisdiction AS other
WHERE definition.jurisdiction_id = :'city' AND other.jurisdiction_id <> :'city';

-- Indexes that no constraint needs are made anew at the end, just as they are now.
CREATE TABLE bench_index AS
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('service_request', 'service_request_update')
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname);
COMMIT;
ANALYZE bench_sample, bench_city;
SELECT format('DROP INDEX %I', indexname) FROM bench_index \gexec
