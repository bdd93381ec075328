\set west (:west0 + random(0, 70000)) / 1000000.0
\set south (42300000 + random(0, 60000)) / 1000000.0
\set east :west + 0.012
\set north :south + 0.009
WITH hit AS MATERIALIZED (
    SELECT service_request_id, status, status_notes, service_name, service_code, description,
    agency_responsible, service_notice, requested_datetime, updated_datetime, expected_datetime,
    address, address_id, zipcode, location, media_url
    FROM service_request
    WHERE jurisdiction_id = :city
        AND floor(date_part('epoch', requested_datetime AT TIME ZONE 'UTC') / 2592000)::integer >= :first_period
        AND floor(date_part('epoch', requested_datetime AT TIME ZONE 'UTC') / 2592000)::integer <= :last_period
        AND is_public AND requested_datetime >= now() - interval '90 days'
        AND location && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    LIMIT 30001),
few AS MATERIALIZED (SELECT count(*) <= 30000 AS are FROM hit)
(SELECT * FROM hit WHERE (SELECT are FROM few)
ORDER BY requested_datetime DESC, service_request_id DESC LIMIT 1000)
UNION ALL
(SELECT service_request_id, status, status_notes, service_name, service_code, description,
    agency_responsible, service_notice, requested_datetime, updated_datetime, expected_datetime,
    address, address_id, zipcode, location, media_url
FROM service_request
WHERE jurisdiction_id = :city AND is_public AND requested_datetime >= now() - interval '90 days'
    AND location && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    AND NOT (SELECT are FROM few)
ORDER BY requested_datetime DESC, service_request_id DESC LIMIT 1000);
