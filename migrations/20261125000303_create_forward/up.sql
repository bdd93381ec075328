CREATE TABLE forward (
    jurisdiction_id text NOT NULL,
    forward_id uuid NOT NULL,
    service_request_id text NOT NULL,
    remote_name text NOT NULL,
    remote_service_code text NOT NULL,
    state text NOT NULL,
    created_datetime timestamptz NOT NULL,
    begun_datetime timestamptz NOT NULL,
    attempts integer NOT NULL,
    posted_datetime timestamptz,
    searches integer NOT NULL,
    remote_service_request_id text,
    token text,
    next_datetime timestamptz,
    claims integer NOT NULL,
    last_answer text,
    seen_status text,
    seen_datetime timestamptz,
    CONSTRAINT forward_pk PRIMARY KEY (jurisdiction_id, forward_id),
    CONSTRAINT forward_remote_key UNIQUE (jurisdiction_id, service_request_id, remote_name),
    CONSTRAINT forward_service_request_fk FOREIGN KEY (jurisdiction_id, service_request_id) REFERENCES service_request (jurisdiction_id, service_request_id),
    CONSTRAINT forward_state_check CHECK (state IN ('pending', 'posted', 'token', 'confirmed', 'uncertain', 'dead'))
);

CREATE INDEX forward_due_idx ON forward (jurisdiction_id, remote_name, next_datetime) WHERE next_datetime IS NOT NULL AND state <> 'confirmed';

CREATE INDEX forward_look_idx ON forward (jurisdiction_id, remote_name, next_datetime) WHERE next_datetime IS NOT NULL AND state = 'confirmed';

CREATE INDEX forward_remote_id_idx ON forward (jurisdiction_id, remote_name, remote_service_request_id) WHERE remote_service_request_id IS NOT NULL;

CREATE INDEX forward_state_idx ON forward (jurisdiction_id, state, forward_id);

COMMENT ON TABLE forward IS 'citus:distributed. A service request on its way to another endpoint: written in the transaction that files it, worked off by leases, never deleted.';

COMMENT ON COLUMN forward.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN forward.forward_id IS 'A UUID in the order of time, and the Idempotency-Key of every POST.';

COMMENT ON COLUMN forward.service_request_id IS 'What is forwarded.';

COMMENT ON COLUMN forward.remote_name IS 'Where to. It need not be there any more.';

COMMENT ON COLUMN forward.remote_service_code IS 'The service there.';

COMMENT ON COLUMN forward.state IS 'pending: to be posted; posted: a POST has left and nobody knows what became of it; token: the remote gave a token; confirmed: the remote has it; uncertain: only people can find out; dead: given up.';

COMMENT ON COLUMN forward.created_datetime IS 'When it was written.';

COMMENT ON COLUMN forward.begun_datetime IS 'Since when it has been tried: created, or taken up again by people.';

COMMENT ON COLUMN forward.attempts IS 'Tries in this state.';

COMMENT ON COLUMN forward.posted_datetime IS 'When the first POST left whose end is not known; null: there is none.';

COMMENT ON COLUMN forward.searches IS 'Answered searches for it at the remote that found nothing.';

COMMENT ON COLUMN forward.remote_service_request_id IS 'What it is called there; null: not known, or the remote tells none.';

COMMENT ON COLUMN forward.token IS 'What the remote gave in place of an id; null: none.';

COMMENT ON COLUMN forward.next_datetime IS 'When something is to be done, and until when nobody else may; null: nothing by itself.';

COMMENT ON COLUMN forward.claims IS 'How often it was taken up; who took it up earlier may not write any more.';

COMMENT ON COLUMN forward.last_answer IS 'What was wrong the last time, in few words, without anything personal; null: nothing.';

COMMENT ON COLUMN forward.seen_status IS 'The status there, in the words of the remote; null: not seen yet.';

COMMENT ON COLUMN forward.seen_datetime IS 'When the remote says that it last changed; null: not seen yet, or it does not say.';
