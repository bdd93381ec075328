WITH hit AS MATERIALIZED (
    SELECT service_request_id, status, status_notes, service_name, service_code, description,
    agency_responsible, service_notice, requested_datetime, updated_datetime, expected_datetime,
    address, address_id, zipcode, location, media_url
    FROM service_request
    WHERE (jurisdiction_id || ' ' || floor(date_part('epoch', requested_datetime AT TIME ZONE 'UTC') / 2592000)::integer::text) = ANY(:periods)
        AND is_public AND requested_datetime >= now() - interval '90 days'
        AND search @@ websearch_to_tsquery('pg_catalog.simple', :word)
    LIMIT 30001),
few AS MATERIALIZED (SELECT count(*) <= 30000 AS are FROM hit)
(SELECT * FROM hit WHERE (SELECT are FROM few)
ORDER BY requested_datetime DESC, service_request_id DESC LIMIT 50)
UNION ALL
(SELECT service_request_id, status, status_notes, service_name, service_code, description,
    agency_responsible, service_notice, requested_datetime, updated_datetime, expected_datetime,
    address, address_id, zipcode, location, media_url
FROM service_request
WHERE jurisdiction_id = :city AND is_public AND requested_datetime >= now() - interval '90 days'
    AND search @@ websearch_to_tsquery('pg_catalog.simple', :word)
    AND NOT (SELECT are FROM few)
ORDER BY requested_datetime DESC, service_request_id DESC LIMIT 50);
