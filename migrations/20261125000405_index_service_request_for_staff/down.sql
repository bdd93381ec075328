DROP INDEX service_request_private_requested_idx;

DROP INDEX service_request_private_updated_idx;

DROP INDEX service_request_agency_responsible_idx;

DROP INDEX service_request_assignee_idx;

DROP INDEX service_request_priority_idx;

DROP INDEX service_request_detailed_status_idx;

DROP INDEX service_request_closing_reason_idx;

DROP INDEX service_request_expected_idx;
