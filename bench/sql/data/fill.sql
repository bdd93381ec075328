-- Rows number :first to :last of :rows, 0 the oldest; of each a real row, moved in time and by a few
-- metres, and the first entry of its history. What would have happened after :now has not.
BEGIN;
-- The services are there: looking for each again costs as much as the rest.
SET LOCAL session_replication_role = replica;
WITH place AS (
    SELECT number, number % :regions AS region, number / :regions % 100 * 73 % 100 AS share,
        number / :regions / 100 AS block, :rows - 1 - number AS age
    FROM generate_series(:first::bigint, :last) AS number),
-- In each week a row of the sample from each part of the week, so that times never decrease.
drawn AS MATERIALIZED (
    SELECT *, floor((age % :per_week + random()) * :sample / :per_week)::bigint AS rank,
        :'now'::timestamptz - make_interval(days => (age / :per_week * 7)::integer) AS week
    FROM place),
made AS MATERIALIZED (
    SELECT jurisdiction_id, number, (101000000000 + number)::text AS id,
        block * (high - low) + share - low + 1 AS position, east,
        week - make_interval(secs => back) AS requested,
        week - make_interval(secs => back) + worked <= :'now'::timestamptz AS is_known, sample.*
    FROM drawn JOIN bench_sample AS sample USING (rank) JOIN bench_city AS city
        ON city.region = drawn.region AND share >= low AND share < high),
filed AS (
    INSERT INTO service_request (jurisdiction_id, service_request_id, status, status_notes,
        service_name, service_code, description, agency_responsible, service_notice,
        requested_datetime, updated_datetime, expected_datetime, address, address_id, zipcode,
        location, media_url, attribute_answers, extended_attributes, notes, is_public, version,
        overdue_datetime)
    SELECT jurisdiction_id, id, CASE WHEN is_known THEN status ELSE 'open' END,
        CASE WHEN is_known THEN status_notes END, service_name, service_code, description,
        agency_responsible, service_notice, requested,
        CASE WHEN is_known THEN requested + worked ELSE requested END, requested + expected,
        address, address_id, zipcode,
        ST_SetSRID(ST_MakePoint(
            round((ST_X(location) + east + (random() - 0.5) * 0.0003)::numeric, 5)::float8,
            round((ST_Y(location) + (random() - 0.5) * 0.0002)::numeric, 5)::float8), 4326),
        media_url, attribute_answers, extended_attributes, notes, is_public, 1,
        CASE WHEN requested + expected <= :'now'::timestamptz THEN requested + expected END
    FROM made ORDER BY number)
INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id, kind,
    is_public, position, recorded_datetime, updated_datetime, status, description, author)
SELECT jurisdiction_id, id, 1, md5(jurisdiction_id || '/' || id || '/1')::uuid::text, 'opened',
    is_public, position, :'now',
    CASE WHEN is_known AND status = 'closed' THEN requested + worked ELSE requested END,
    CASE WHEN is_known THEN status ELSE 'open' END, CASE WHEN is_known THEN status_notes END,
    'operator'
FROM made ORDER BY number;
COMMIT;
