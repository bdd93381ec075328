CREATE TABLE webhook (
    jurisdiction_id text NOT NULL,
    webhook_id text NOT NULL,
    url text NOT NULL,
    label text NOT NULL,
    filter jsonb NOT NULL,
    is_internal boolean NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_secret_until timestamptz,
    state text NOT NULL,
    disabled_reason text,
    disabled_datetime timestamptz,
    failing_since timestamptz,
    paused_until timestamptz,
    last_position bigint NOT NULL,
    replay_position bigint,
    replay_until bigint,
    replay_state text,
    author text NOT NULL,
    created_datetime timestamptz NOT NULL,
    changed_datetime timestamptz NOT NULL,
    CONSTRAINT webhook_pk PRIMARY KEY (jurisdiction_id, webhook_id),
    CONSTRAINT webhook_jurisdiction_fk FOREIGN KEY (jurisdiction_id) REFERENCES jurisdiction (jurisdiction_id),
    CONSTRAINT webhook_state_check CHECK (state IN ('active', 'disabled', 'deleted')),
    CONSTRAINT webhook_disabled_reason_check CHECK (disabled_reason IN ('by_hand', 'gone', 'failing')),
    CONSTRAINT webhook_disabled_check CHECK (state <> 'disabled' OR (disabled_reason IS NOT NULL AND disabled_datetime IS NOT NULL)),
    CONSTRAINT webhook_previous_secret_check CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL)),
    CONSTRAINT webhook_replay_check CHECK ((replay_position IS NULL) = (replay_until IS NULL)),
    CONSTRAINT webhook_replay_state_check CHECK (replay_state IN ('dead'))
);

COMMENT ON TABLE webhook IS 'citus:distributed. Who is told of changes: an address to which events of the change feed are sent.';

COMMENT ON COLUMN webhook.jurisdiction_id IS 'The jurisdiction.';

COMMENT ON COLUMN webhook.webhook_id IS 'A UUID.';

COMMENT ON COLUMN webhook.url IS 'Where events are sent; http or https. Its query may hold a secret of the receiver, so it is logged without.';

COMMENT ON COLUMN webhook.label IS 'What people call it; may be empty.';

COMMENT ON COLUMN webhook.filter IS 'Which events are sent, as arguments in the standard''s spelling: [[name, value]]; empty: all.';

COMMENT ON COLUMN webhook.is_internal IS 'Whether entries of the history that the public may not see are sent too.';

COMMENT ON COLUMN webhook.secret IS 'What signs, whsec_ and base64. In the clear, because a signature cannot be made from a hash; it is told once, when it is made, and never logged.';

COMMENT ON COLUMN webhook.previous_secret IS 'What signs beside it until previous_secret_until, in the clear like secret; null: nothing.';

COMMENT ON COLUMN webhook.previous_secret_until IS 'Until when previous_secret signs too; null: there is none.';

COMMENT ON COLUMN webhook.state IS 'active; disabled: nothing is sent, what happens meanwhile is sent once it is active again; deleted: its rows are being taken away.';

COMMENT ON COLUMN webhook.disabled_reason IS 'by_hand: somebody did it; gone: the receiver answered 410; failing: nothing could be delivered for 120 hours; null: it is active.';

COMMENT ON COLUMN webhook.disabled_datetime IS 'When it was disabled; null: it is active.';

COMMENT ON COLUMN webhook.failing_since IS 'The first failed attempt after which none succeeded; null: the last one succeeded.';

COMMENT ON COLUMN webhook.paused_until IS 'Until when the receiver asked to be left alone (Retry-After); null: he did not.';

COMMENT ON COLUMN webhook.last_position IS 'Up to which position of the feed deliveries were made from events; they are made and this is moved in one transaction.';

COMMENT ON COLUMN webhook.replay_position IS 'Up to which position a replay has come; null: none is under way.';

COMMENT ON COLUMN webhook.replay_until IS 'The last position of the replay; null: none is under way.';

COMMENT ON COLUMN webhook.replay_state IS 'dead: the replay is of dead letters only; null: of every event that the filter lets pass.';

COMMENT ON COLUMN webhook.author IS 'Who made it, by the name that access control has for him.';

COMMENT ON COLUMN webhook.created_datetime IS 'When it was made.';

COMMENT ON COLUMN webhook.changed_datetime IS 'When somebody last changed what it is.';
