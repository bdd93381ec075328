\set block random(0, :blocks - 1)
\set share random(0, 59)
\set id 101000000000 + (:block * 100 + :share * 37 % 100) * :regions
SELECT service_request_id, status, status_notes, service_name, service_code, description,
    agency_responsible, service_notice, requested_datetime, updated_datetime, expected_datetime,
    address, address_id, zipcode, location, media_url
FROM service_request WHERE jurisdiction_id = :city AND service_request_id = :id AND is_public;
