CREATE TABLE webhook_delivery (
    jurisdiction_id text NOT NULL,
    webhook_id text NOT NULL,
    position bigint NOT NULL,
    update_id text NOT NULL,
    service_request_id text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    next_attempt_datetime timestamptz,
    lease_until timestamptz,
    leased_by text,
    created_datetime timestamptz NOT NULL,
    finished_datetime timestamptz,
    CONSTRAINT webhook_delivery_pk PRIMARY KEY (jurisdiction_id, webhook_id, position),
    CONSTRAINT webhook_delivery_update_id_key UNIQUE (jurisdiction_id, webhook_id, update_id),
    CONSTRAINT webhook_delivery_webhook_fk FOREIGN KEY (jurisdiction_id, webhook_id) REFERENCES webhook (jurisdiction_id, webhook_id),
    CONSTRAINT webhook_delivery_state_check CHECK (state IN ('pending', 'delivered', 'dead')),
    CONSTRAINT webhook_delivery_attempts_check CHECK (attempts >= 0),
    CONSTRAINT webhook_delivery_finished_check CHECK ((state = 'pending') = (finished_datetime IS NULL)),
    CONSTRAINT webhook_delivery_lease_check CHECK ((lease_until IS NULL) = (leased_by IS NULL))
);

CREATE UNIQUE INDEX webhook_delivery_turn_key ON webhook_delivery (jurisdiction_id, webhook_id, service_request_id) WHERE state = 'pending' AND next_attempt_datetime IS NOT NULL;

CREATE INDEX webhook_delivery_due_idx ON webhook_delivery (jurisdiction_id, webhook_id, next_attempt_datetime, position) WHERE state = 'pending' AND next_attempt_datetime IS NOT NULL;

CREATE INDEX webhook_delivery_waiting_idx ON webhook_delivery (jurisdiction_id, webhook_id, service_request_id, position) WHERE state = 'pending' AND next_attempt_datetime IS NULL;

CREATE INDEX webhook_delivery_state_idx ON webhook_delivery (jurisdiction_id, webhook_id, state, position);

COMMENT ON TABLE webhook_delivery IS 'citus:distributed. What a webhook is sent: an event of the change feed. Of each service request at most one delivery is due at a time, so that its events arrive in order.';

COMMENT ON COLUMN webhook_delivery.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN webhook_delivery.webhook_id IS 'The webhook.';

COMMENT ON COLUMN webhook_delivery.position IS 'The position of the event in the change feed.';

COMMENT ON COLUMN webhook_delivery.update_id IS 'The id of the event, sent as webhook-id with every attempt: by it a receiver knows what he has already.';

COMMENT ON COLUMN webhook_delivery.service_request_id IS 'What the event is about.';

COMMENT ON COLUMN webhook_delivery.version IS 'Which entry of its history the event is.';

COMMENT ON COLUMN webhook_delivery.state IS 'pending; delivered: the receiver answered 2xx; dead: it is tried no more by itself.';

COMMENT ON COLUMN webhook_delivery.attempts IS 'Attempts that were made since it was last pending anew; those during which the server was killed are not counted.';

COMMENT ON COLUMN webhook_delivery.next_attempt_datetime IS 'When it is due; while it is leased: when the lease ends; null: it waits for an earlier delivery of the same service request, or is over.';

COMMENT ON COLUMN webhook_delivery.lease_until IS 'Until when nobody but leased_by may attempt it; null: nobody does.';

COMMENT ON COLUMN webhook_delivery.leased_by IS 'The worker that attempts it, by a name that it gave itself; null: nobody does.';

COMMENT ON COLUMN webhook_delivery.created_datetime IS 'When it was made from the event.';

COMMENT ON COLUMN webhook_delivery.finished_datetime IS 'When it was delivered or given up; null: it is pending.';
