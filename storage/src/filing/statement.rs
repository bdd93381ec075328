//! The statement.

/// Writes each service request with all that goes with it, unless none of its ids is free or its key
/// is taken. `$1` is the jurisdiction, `$2` a JSON array of what [`super::to_row`] makes. Answers,
/// in their order, the id that each has got and whether it is written.
///
/// The key comes first: who finds it taken writes nothing, and who finds it held by a POST that is still
/// running waits for that. Foreign keys are checked when everything is written. An id that another
/// server takes at the same moment breaks the primary key, and so everything.
pub(super) const FILE: &str = "WITH posted AS MATERIALIZED (
        SELECT *, (SELECT id FROM unnest(candidates) WITH ORDINALITY AS candidate (id, place)
            WHERE NOT EXISTS (SELECT FROM service_request
                WHERE jurisdiction_id = $1 AND service_request_id = candidate.id)
            ORDER BY place LIMIT 1) AS id
        FROM ROWS FROM (json_to_recordset($2::text::json) AS (candidates text[], service_name text,
            service_code text, service_notice text, description text, requested_datetime timestamptz,
            expected_datetime timestamptz, address text, address_id text, x float8, y float8,
            media_url text, attribute_answers jsonb, extended_attributes jsonb, is_public boolean,
            update_id text, recorded_datetime timestamptz, author text, reporter json, photos json,
            hops text, forward_id uuid, audit_entry_id uuid, audited jsonb, token text,
            principal text, operation text, key text, fingerprint bytea)) WITH ORDINALITY),
    claimed AS (
        INSERT INTO idempotency_key (jurisdiction_id, principal, operation, key, fingerprint,
            service_request_id, token, service_notice, created_datetime)
        SELECT $1, principal, operation, key, fingerprint, CASE WHEN is_public THEN id END, token,
            service_notice, requested_datetime
        FROM posted WHERE key IS NOT NULL AND id IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING principal, operation, key),
    taken AS MATERIALIZED (
        SELECT * FROM posted WHERE id IS NOT NULL AND (key IS NULL OR EXISTS (SELECT FROM claimed
            WHERE claimed.principal = posted.principal AND claimed.operation = posted.operation
                AND claimed.key = posted.key))),
    filed AS (
        INSERT INTO service_request (jurisdiction_id, service_request_id, status, service_name,
            service_code, description, service_notice, requested_datetime, updated_datetime,
            expected_datetime, address, address_id, location, media_url, attribute_answers,
            extended_attributes, is_public, version, detailed_status)
        SELECT $1, id, 'open', service_name, service_code, description, service_notice,
            requested_datetime, requested_datetime, expected_datetime, address, address_id,
            ST_SetSRID(ST_MakePoint(x, y), 4326), media_url, attribute_answers,
            extended_attributes, is_public, 1, 'open'
        FROM taken),
    opened AS (
        INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id,
            kind, is_public, recorded_datetime, updated_datetime, status, author)
        SELECT $1, id, 1, update_id, 'opened', is_public, recorded_datetime, requested_datetime,
            'open', author
        FROM taken),
    told AS (
        INSERT INTO reporter (jurisdiction_id, service_request_id, email, phone, first_name,
            last_name, device_id, account_id)
        SELECT $1, id, email, phone, first_name, last_name, device_id, account_id
        FROM taken, json_to_record(reporter) AS who (email text, phone text, first_name text,
            last_name text, device_id text, account_id text)
        WHERE reporter IS NOT NULL),
    shown AS (
        INSERT INTO media (jurisdiction_id, media_id, service_request_id, sort_order, byte_size,
            width, height, created_datetime)
        SELECT $1, media_id, id, sort_order, byte_size, width, height, requested_datetime
        FROM taken, json_to_recordset(photos) AS photo (media_id uuid, sort_order integer,
            byte_size bigint, width integer, height integer)
        WHERE photos IS NOT NULL),
    come AS (
        INSERT INTO origin (jurisdiction_id, service_request_id, hops)
        SELECT $1, id, hops FROM taken WHERE hops IS NOT NULL),
    sent AS (
        INSERT INTO forward (jurisdiction_id, forward_id, service_request_id, remote_name,
            remote_service_code, created_datetime, claims, state, begun_datetime, attempts, searches,
            next_datetime)
        SELECT $1, forward_id, id, remote_name, remote_service_code, recorded_datetime, 0,
            'pending', recorded_datetime, 0, 0, recorded_datetime
        FROM taken JOIN forward_rule USING (service_code) WHERE jurisdiction_id = $1),
    audited AS (
        INSERT INTO audit_entry (jurisdiction_id, audit_entry_id, recorded_datetime, actor,
            operation, object_kind, object_id, after)
        SELECT $1, audit_entry_id, recorded_datetime, author, 'post_service_request',
            'service_request', id, audited
        FROM taken),
    promised AS (
        INSERT INTO submission_token (jurisdiction_id, token, service_request_id, created_datetime)
        SELECT $1, token, id, requested_datetime FROM taken WHERE token IS NOT NULL)
    SELECT posted.id, taken.id IS NOT NULL FROM posted LEFT JOIN taken USING (ordinality)
    ORDER BY ordinality";
