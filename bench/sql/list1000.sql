SELECT service_request_id, status, status_notes, service_name, service_code, description,
    agency_responsible, service_notice, requested_datetime, updated_datetime, expected_datetime,
    address, address_id, zipcode, location, media_url
FROM service_request
WHERE jurisdiction_id = :city AND is_public
    AND requested_datetime >= now() - interval '90 days'
ORDER BY requested_datetime DESC, service_request_id DESC LIMIT 1000;
