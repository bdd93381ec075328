//! The tables as diesel knows them. `storage/tests/it/catalog.rs` compares them with the catalog;
//! what each column means stands in the migrations.

use diesel::{table! {
    webhook (jurisdiction_id, webhook_id) {
        jurisdiction_id -> Text,
        webhook_id -> Text,
        url -> Text,
        label -> Text,
        filter -> Jsonb,
        is_internal -> Bool,
        secret -> Text,
        previous_secret -> Nullable<Text>,
        previous_secret_until -> Nullable<Timestamptz>,
        state -> Text,
        disabled_reason -> Nullable<Text>,
        disabled_datetime -> Nullable<Timestamptz>,
        failing_since -> Nullable<Timestamptz>,
        paused_until -> Nullable<Timestamptz>,
        last_position -> BigInt,
        replay_position -> Nullable<BigInt>,
        replay_until -> Nullable<BigInt>,
        replay_state -> Nullable<Text>,
        author -> Text,
        created_datetime -> Timestamptz,
        changed_datetime -> Timestamptz,
    }
}

table! {
    webhook_delivery (jurisdiction_id, webhook_id, position) {
        jurisdiction_id -> Text,
        webhook_id -> Text,
        position -> BigInt,
        update_id -> Text,
        service_request_id -> Text,
        version -> Integer,
        state -> Text,
        attempts -> Integer,
        next_attempt_datetime -> Nullable<Timestamptz>,
        lease_until -> Nullable<Timestamptz>,
        leased_by -> Nullable<Text>,
        created_datetime -> Timestamptz,
        finished_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    webhook_attempt (jurisdiction_id, webhook_id, position, attempt_id) {
        jurisdiction_id -> Text,
        webhook_id -> Text,
        position -> BigInt,
        attempt_id -> Text,
        started_datetime -> Timestamptz,
        duration_ms -> Integer,
        status -> Nullable<Integer>,
        error -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

allow_tables_to_appear_in_same_query!(
    service,
    attribute_definition,
    service_request,
    service_request_update,
    feed,
    jurisdiction,
    media,
    submission_token,
    remote,
    forward_rule,
    forward,
    origin,
    mirror,
    mirror_missing,
    webhook,
    webhook_delivery
);
