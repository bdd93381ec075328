//! The tables as diesel knows them. `storage/tests/it/catalog.rs` compares them with the catalog;
//! what each column means stands in the migrations.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    jurisdiction (jurisdiction_id) {
        jurisdiction_id -> Text,
        name -> Text,
        time_zone -> Text,
        contact -> Text,
        id_format -> Text,
        boundary -> Nullable<postgis_diesel::sql_types::Geometry>,
        changeset -> Timestamptz,
    }
}

table! {
    service (jurisdiction_id, service_code) {
        jurisdiction_id -> Text,
        service_code -> Text,
        service_name -> Text,
        description -> Text,
        has_definition -> Bool,
        service_type -> Text,
        keywords -> Text,
        service_group -> Text,
        service_notice -> Text,
    }
}

table! {
    attribute_definition (jurisdiction_id, service_code, code) {
        jurisdiction_id -> Text,
        service_code -> Text,
        code -> Text,
        sort_order -> Integer,
        variable -> Bool,
        datatype -> Text,
        required -> Bool,
        datatype_description -> Text,
        description -> Text,
        value_list -> Jsonb,
    }
}

table! {
    service_request (jurisdiction_id, service_request_id) {
        jurisdiction_id -> Text,
        service_request_id -> Text,
        status -> Text,
        status_notes -> Nullable<Text>,
        service_name -> Text,
        service_code -> Text,
        description -> Nullable<Text>,
        agency_responsible -> Nullable<Text>,
        service_notice -> Nullable<Text>,
        requested_datetime -> Timestamptz,
        updated_datetime -> Timestamptz,
        expected_datetime -> Nullable<Timestamptz>,
        address -> Nullable<Text>,
        address_id -> Nullable<Text>,
        zipcode -> Nullable<Text>,
        location -> Nullable<postgis_diesel::sql_types::Geometry>,
        media_url -> Nullable<Text>,
        attribute_answers -> Nullable<Jsonb>,
        extended_attributes -> Nullable<Jsonb>,
        notes -> Nullable<Jsonb>,
        is_public -> Bool,
        version -> Nullable<Integer>,
        detailed_status -> Nullable<Text>,
        closing_reason -> Nullable<Text>,
        closing_detail -> Nullable<Text>,
        closed_datetime -> Nullable<Timestamptz>,
        priority -> Nullable<Text>,
        assignee -> Nullable<Text>,
        duplicate_of -> Nullable<Text>,
        overdue_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    service_request_update (jurisdiction_id, service_request_id, version) {
        jurisdiction_id -> Text,
        service_request_id -> Text,
        version -> Integer,
        update_id -> Text,
        kind -> Text,
        is_public -> Bool,
        position -> Nullable<BigInt>,
        recorded_datetime -> Timestamptz,
        updated_datetime -> Timestamptz,
        status -> Text,
        closing_reason -> Nullable<Text>,
        closing_detail -> Nullable<Text>,
        description -> Nullable<Text>,
        media_urls -> Nullable<Jsonb>,
        changed -> Nullable<Jsonb>,
        author -> Text,
        author_name -> Nullable<Text>,
        source_update_id -> Nullable<Text>,
    }
}

table! {
    feed (jurisdiction_id) {
        jurisdiction_id -> Text,
        last_position -> BigInt,
    }
}

table! {
    reporter (jurisdiction_id, service_request_id) {
        jurisdiction_id -> Text,
        service_request_id -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        first_name -> Nullable<Text>,
        last_name -> Nullable<Text>,
        device_id -> Nullable<Text>,
        account_id -> Nullable<Text>,
    }
}

table! {
    submission_token (jurisdiction_id, token) {
        jurisdiction_id -> Text,
        token -> Text,
        service_request_id -> Text,
        created_datetime -> Timestamptz,
        resolved_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    media (jurisdiction_id, media_id) {
        jurisdiction_id -> Text,
        media_id -> Uuid,
        service_request_id -> Text,
        sort_order -> Integer,
        byte_size -> BigInt,
        width -> Integer,
        height -> Integer,
        created_datetime -> Timestamptz,
        removed_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    api_key (jurisdiction_id, key_hash) {
        jurisdiction_id -> Text,
        key_hash -> Bytea,
        key_id -> Text,
        label -> Text,
        created_datetime -> Timestamptz,
        revoked_datetime -> Nullable<Timestamptz>,
        scopes -> Nullable<Array<Text>>,
        requests_per_minute -> Nullable<Integer>,
        expires_datetime -> Nullable<Timestamptz>,
        last_used_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    signing_key (signing_key_id) {
        signing_key_id -> Text,
        private_key -> Bytea,
        created_datetime -> Timestamptz,
        retired_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    oauth_client (client_id) {
        client_id -> Text,
        secret_hash -> Bytea,
        label -> Text,
        created_datetime -> Timestamptz,
        revoked_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    client_grant (jurisdiction_id, client_id) {
        jurisdiction_id -> Text,
        client_id -> Text,
        label -> Text,
        roles -> Array<Text>,
        agencies -> Nullable<Array<Text>>,
        created_datetime -> Timestamptz,
        revoked_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    revoked_subject (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        revoked_datetime -> Timestamptz,
    }
}

table! {
    rate_limit (jurisdiction_id, subject) {
        jurisdiction_id -> Text,
        subject -> Text,
        spent_until -> BigInt,
        granted -> Integer,
    }
}

table! {
    audit_entry (jurisdiction_id, audit_entry_id) {
        jurisdiction_id -> Text,
        audit_entry_id -> Uuid,
        recorded_datetime -> Timestamptz,
        actor -> Text,
        operation -> Text,
        object_kind -> Text,
        object_id -> Text,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
    }
}

table! {
    idempotency_key (jurisdiction_id, principal, operation, key) {
        jurisdiction_id -> Text,
        principal -> Text,
        operation -> Text,
        key -> Text,
        fingerprint -> Bytea,
        service_request_id -> Nullable<Text>,
        token -> Nullable<Text>,
        service_notice -> Nullable<Text>,
        created_datetime -> Timestamptz,
    }
}

table! {
    service_level (jurisdiction_id, service_code, priority) {
        jurisdiction_id -> Text,
        service_code -> Text,
        priority -> Text,
        amount -> Integer,
        unit -> Text,
    }
}

table! {
    working_hours (jurisdiction_id, weekday, from_minute) {
        jurisdiction_id -> Text,
        weekday -> Integer,
        from_minute -> Integer,
        to_minute -> Integer,
    }
}

table! {
    holiday (jurisdiction_id, day) {
        jurisdiction_id -> Text,
        day -> Date,
        name -> Text,
    }
}

table! {
    response_template (jurisdiction_id, name) {
        jurisdiction_id -> Text,
        name -> Text,
        service_code -> Nullable<Text>,
        status -> Nullable<Text>,
        text -> Text,
        updated_datetime -> Timestamptz,
    }
}

table! {
    server_identity (server_id) {
        server_id -> Text,
        created_datetime -> Timestamptz,
    }
}

table! {
    remote (jurisdiction_id, remote_name) {
        jurisdiction_id -> Text,
        remote_name -> Text,
        base_url -> Text,
        remote_jurisdiction_id -> Nullable<Text>,
        api_key -> Nullable<Text>,
        dialect -> Jsonb,
        fields -> Jsonb,
        created_datetime -> Timestamptz,
        updates_until_datetime -> Nullable<Timestamptz>,
        next_updates_datetime -> Nullable<Timestamptz>,
        last_answer -> Nullable<Text>,
    }
}

table! {
    forward_rule (jurisdiction_id, service_code) {
        jurisdiction_id -> Text,
        service_code -> Text,
        remote_name -> Text,
        remote_service_code -> Text,
        attributes -> Jsonb,
        closes -> Bool,
        created_datetime -> Timestamptz,
    }
}

table! {
    forward (jurisdiction_id, forward_id) {
        jurisdiction_id -> Text,
        forward_id -> Uuid,
        service_request_id -> Text,
        remote_name -> Text,
        remote_service_code -> Text,
        state -> Text,
        created_datetime -> Timestamptz,
        begun_datetime -> Timestamptz,
        attempts -> Integer,
        posted_datetime -> Nullable<Timestamptz>,
        searches -> Integer,
        remote_service_request_id -> Nullable<Text>,
        token -> Nullable<Text>,
        next_datetime -> Nullable<Timestamptz>,
        claims -> Integer,
        last_answer -> Nullable<Text>,
        seen_status -> Nullable<Text>,
        seen_datetime -> Nullable<Timestamptz>,
    }
}

table! {
    origin (jurisdiction_id, service_request_id) {
        jurisdiction_id -> Text,
        service_request_id -> Text,
        hops -> Text,
    }
}

table! {
    mirror (jurisdiction_id) {
        jurisdiction_id -> Text,
        remote_name -> Text,
        created_datetime -> Timestamptz,
        back_to_datetime -> Timestamptz,
        sweep_every_seconds -> Integer,
        services_datetime -> Nullable<Timestamptz>,
        read_back_to_datetime -> Nullable<Timestamptz>,
        is_complete -> Bool,
        changes_until_datetime -> Nullable<Timestamptz>,
        recent_datetime -> Nullable<Timestamptz>,
        wide_datetime -> Nullable<Timestamptz>,
        open_datetime -> Nullable<Timestamptz>,
        open_after -> Nullable<Text>,
        sweep_datetime -> Nullable<Timestamptz>,
        swept_back_to_datetime -> Nullable<Timestamptz>,
        last_sweep_datetime -> Nullable<Timestamptz>,
        last_poll_datetime -> Nullable<Timestamptz>,
        next_datetime -> Timestamptz,
        failures -> Integer,
        claims -> Integer,
        last_answer -> Nullable<Text>,
        halvings -> Nullable<Integer>,
    }
}

table! {
    mirror_missing (jurisdiction_id, service_request_id) {
        jurisdiction_id -> Text,
        service_request_id -> Text,
        sweep_datetime -> Timestamptz,
    }
}

table! {
    schema_migration (version) {
        version -> Text,
        applied_datetime -> Timestamptz,
    }
}

table! {
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
