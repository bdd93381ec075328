ALTER TABLE service_request
    ADD COLUMN version integer,
    ADD COLUMN detailed_status text,
    ADD COLUMN closing_reason text,
    ADD COLUMN closing_detail text,
    ADD COLUMN closed_datetime timestamptz,
    ADD COLUMN priority text,
    ADD COLUMN assignee text,
    ADD COLUMN duplicate_of text,
    ADD CONSTRAINT service_request_version_check CHECK (version > 0),
    ADD CONSTRAINT service_request_detailed_status_check CHECK (detailed_status IN ('open', 'for_triage', 'investigating', 'in_progress', 'planned', 'action_scheduled', 'fixed', 'closed', 'duplicate', 'not_councils_responsibility', 'no_further_action', 'internal_referral', 'cancelled')),
    ADD CONSTRAINT service_request_closing_reason_check CHECK (closing_reason IN ('fixed', 'no_action_by_rule', 'duplicate_of', 'handed_to', 'cannot_be_found', 'invalid', 'withdrawn', 'not_told')),
    ADD CONSTRAINT service_request_priority_check CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    ADD CONSTRAINT service_request_duplicate_of_check CHECK (duplicate_of <> service_request_id),
    ADD CONSTRAINT service_request_duplicate_of_fk FOREIGN KEY (jurisdiction_id, duplicate_of) REFERENCES service_request (jurisdiction_id, service_request_id);

CREATE INDEX service_request_without_history_idx ON service_request (jurisdiction_id, requested_datetime) WHERE version IS NULL AND is_public;

CREATE INDEX service_request_duplicate_of_idx ON service_request (jurisdiction_id, duplicate_of) WHERE duplicate_of IS NOT NULL;

COMMENT ON COLUMN service_request.version IS 'The newest entry of its history (service_request_update); null: it has none yet, because an earlier version of this server wrote it.';

COMMENT ON COLUMN service_request.detailed_status IS 'The status in the words of mySociety''s list; status follows from it; null: no more is known than status says.';

COMMENT ON COLUMN service_request.closing_reason IS 'Why it was closed; null: it is open, or it came closed from elsewhere.';

COMMENT ON COLUMN service_request.closing_detail IS 'To whom it was handed, of what it is a duplicate, by which rule nothing is done; null: nothing to add.';

COMMENT ON COLUMN service_request.closed_datetime IS 'When it was closed, whole seconds; null: it is open, or it came closed from elsewhere and updated_datetime says.';

COMMENT ON COLUMN service_request.priority IS 'How urgent staff finds it; not public; null: nobody said.';

COMMENT ON COLUMN service_request.assignee IS 'Who of the staff works on it; not public; null: nobody.';

COMMENT ON COLUMN service_request.duplicate_of IS 'The service request that tells the same and is worked on instead; null: none.';
