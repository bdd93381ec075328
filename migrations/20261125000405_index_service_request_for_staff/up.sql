CREATE INDEX service_request_private_requested_idx ON service_request (jurisdiction_id, requested_datetime DESC, service_request_id DESC) WHERE NOT is_public;

CREATE INDEX service_request_private_updated_idx ON service_request (jurisdiction_id, updated_datetime DESC, service_request_id DESC) WHERE NOT is_public;

CREATE INDEX service_request_agency_responsible_idx ON service_request (jurisdiction_id, agency_responsible, requested_datetime DESC, service_request_id DESC) WHERE agency_responsible IS NOT NULL;

CREATE INDEX service_request_assignee_idx ON service_request (jurisdiction_id, assignee, requested_datetime DESC, service_request_id DESC) WHERE assignee IS NOT NULL;

CREATE INDEX service_request_priority_idx ON service_request (jurisdiction_id, priority, requested_datetime DESC, service_request_id DESC) WHERE priority IS NOT NULL;

CREATE INDEX service_request_detailed_status_idx ON service_request (jurisdiction_id, detailed_status, requested_datetime DESC, service_request_id DESC) WHERE detailed_status <> 'open';

CREATE INDEX service_request_closing_reason_idx ON service_request (jurisdiction_id, closing_reason, requested_datetime DESC, service_request_id DESC) WHERE closing_reason IS NOT NULL;

CREATE INDEX service_request_expected_idx ON service_request (jurisdiction_id, status, expected_datetime) WHERE expected_datetime IS NOT NULL;
