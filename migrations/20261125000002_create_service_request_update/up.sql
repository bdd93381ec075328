CREATE TABLE service_request_update (
    jurisdiction_id text NOT NULL,
    service_request_id text NOT NULL,
    version integer NOT NULL,
    update_id text NOT NULL,
    kind text NOT NULL,
    is_public boolean NOT NULL,
    position bigint,
    recorded_datetime timestamptz NOT NULL,
    updated_datetime timestamptz NOT NULL,
    status text NOT NULL,
    closing_reason text,
    closing_detail text,
    description text,
    media_urls jsonb,
    changed jsonb,
    author text NOT NULL,
    author_name text,
    source_update_id text,
    CONSTRAINT service_request_update_pk PRIMARY KEY (jurisdiction_id, service_request_id, version),
    CONSTRAINT service_request_update_position_key UNIQUE (jurisdiction_id, position),
    CONSTRAINT service_request_update_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id),
    CONSTRAINT service_request_update_version_check CHECK (version > 0),
    CONSTRAINT service_request_update_kind_check CHECK (kind IN ('opened', 'published', 'updated', 'redacted', 'removed', 'overdue')),
    CONSTRAINT service_request_update_status_check CHECK (status IN ('open', 'for_triage', 'investigating', 'in_progress', 'planned', 'action_scheduled', 'fixed', 'closed', 'duplicate', 'not_councils_responsibility', 'no_further_action', 'internal_referral', 'cancelled')),
    CONSTRAINT service_request_update_closing_reason_check CHECK (closing_reason IN ('fixed', 'no_action_by_rule', 'duplicate_of', 'handed_to', 'cannot_be_found', 'invalid', 'withdrawn', 'not_told'))
);

CREATE UNIQUE INDEX service_request_update_source_key ON service_request_update (jurisdiction_id, author, source_update_id) WHERE source_update_id IS NOT NULL;

CREATE INDEX service_request_update_unsequenced_idx ON service_request_update (jurisdiction_id, recorded_datetime, service_request_id, version) WHERE position IS NULL;

CREATE INDEX service_request_update_updated_idx ON service_request_update (jurisdiction_id, updated_datetime, recorded_datetime) WHERE is_public AND kind = 'updated';

COMMENT ON TABLE service_request_update IS 'citus:distributed. What happened to a service request: append-only, and the truth; the status of the service request is its projection. Every row is an event of the change feed too.';

COMMENT ON COLUMN service_request_update.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN service_request_update.service_request_id IS 'What it happened to.';

COMMENT ON COLUMN service_request_update.version IS 'Its place in the history of the service request, 1 first, without gaps.';

COMMENT ON COLUMN service_request_update.update_id IS 'A UUID; the id of the event, the same wherever it is told.';

COMMENT ON COLUMN service_request_update.kind IS 'opened: it was filed; published: it became public; updated: status, text or fields; redacted: text was taken away; removed: it is no longer public; overdue: its expected time has passed.';

COMMENT ON COLUMN service_request_update.is_public IS 'Whether the public may see it: not internal notes, nor what happened before it became public.';

COMMENT ON COLUMN service_request_update.position IS 'Its place in the change feed of the jurisdiction, 1 first, without gaps; null: not given yet.';

COMMENT ON COLUMN service_request_update.recorded_datetime IS 'When it was written here, microseconds; never before the previous version of the same service request.';

COMMENT ON COLUMN service_request_update.updated_datetime IS 'When it happened, as its author tells it, whole seconds.';

COMMENT ON COLUMN service_request_update.status IS 'The detailed status from then on.';

COMMENT ON COLUMN service_request_update.closing_reason IS 'Why it was closed; null: it is no closing.';

COMMENT ON COLUMN service_request_update.closing_detail IS 'To whom it was handed, of what it is a duplicate; null: nothing to add.';

COMMENT ON COLUMN service_request_update.description IS 'What people are told, or an internal note if is_public is false; at most 4000 characters; null: nothing.';

COMMENT ON COLUMN service_request_update.media_urls IS 'Pictures and pages that belong to it: a list of URLs; null: none.';

COMMENT ON COLUMN service_request_update.changed IS 'Which other fields changed: [{"field", "from", "to"}]; null: none.';

COMMENT ON COLUMN service_request_update.author IS 'Who wrote it, by the name that access control has for him; not public.';

COMMENT ON COLUMN service_request_update.author_name IS 'Who says so, for people; null: the jurisdiction.';

COMMENT ON COLUMN service_request_update.source_update_id IS 'The id by which its author knows it, so that it is written once however often it is sent; null: none was sent.';
