CREATE TABLE response_template (
    jurisdiction_id text NOT NULL,
    name text NOT NULL,
    service_code text,
    status text,
    text text NOT NULL,
    updated_datetime timestamptz NOT NULL,
    CONSTRAINT response_template_pk PRIMARY KEY (jurisdiction_id, name),
    CONSTRAINT response_template_service_fk FOREIGN KEY (jurisdiction_id, service_code) REFERENCES service (jurisdiction_id, service_code),
    CONSTRAINT response_template_status_check CHECK (status IN ('open', 'for_triage', 'investigating', 'in_progress', 'planned', 'action_scheduled', 'fixed', 'closed', 'duplicate', 'not_councils_responsibility', 'no_further_action', 'internal_referral', 'cancelled'))
);

COMMENT ON TABLE response_template IS 'citus:distributed. Texts that staff answer with.';

COMMENT ON COLUMN response_template.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN response_template.name IS 'What staff call it.';

COMMENT ON COLUMN response_template.service_code IS 'For service requests of this service only; null: of all.';

COMMENT ON COLUMN response_template.status IS 'For changes to this detailed status only; null: to any, or to none.';

COMMENT ON COLUMN response_template.text IS 'With places in braces, such as {service_name}, that a service request fills; the application refuses unknown ones.';

COMMENT ON COLUMN response_template.updated_datetime IS 'When it was last saved.';
