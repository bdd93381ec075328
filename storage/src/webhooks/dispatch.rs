//! Making deliveries from events. The deliveries and the position up to which they were made are
//! written in one transaction, so no event is missed and none is taken twice, whatever is killed.

use super::filter_of;
use crate::{
    JurisdictionStorage, Storage, StorageError,
    connection::End,
    geometry,
    schema::{feed, webhook, webhook_delivery},
};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Area, JurisdictionId, WebhookFilter};
use serde_json::Value;

/// The next events of the feed, and whether the filter lets each pass. The page is read first, by its
/// index; what the filter says of it is no reason to walk through anything.
const PAGE: &str = "WITH page AS MATERIALIZED (
        SELECT position, update_id, service_request_id, version, kind, status, is_public
        FROM service_request_update
        WHERE jurisdiction_id = $1 AND position > $2 AND position <= $3
        ORDER BY position LIMIT $4)
    SELECT position, update_id, service_request_id, version,
        coalesce(($5 OR is_public)
            AND ($6 IS NULL OR kind = ANY($6))
            AND ($7 IS NULL OR status = ANY($7))
            AND ($8 IS NULL OR service_code = ANY($8))
            AND ($9 IS NULL OR location && ST_MakeEnvelope($9, $10, $11, $12, 4326))
            AND ($13 IS NULL OR ST_DWithin(location::geography,
                ST_SetSRID(ST_MakePoint($13, $14), 4326)::geography, $15))
            AND ($16 IS NULL OR search @@ websearch_to_tsquery('pg_catalog.simple', $16)),
            false) AS passes
    FROM page, LATERAL (
        SELECT service_code, location, search FROM service_request
        WHERE jurisdiction_id = $1 AND service_request_id = page.service_request_id LIMIT 1) AS about
    ORDER BY position";

/// Makes the first waiting delivery of each of these service requests due, where none is.
///
/// A range of one id, and the order by it, leave no other index than the one that begins with the
/// service request. PostgreSQL hears late that a webhook has many deliveries; until then it would
/// take any, and read all of them for each.
const GIVE_TURNS: &str = "UPDATE webhook_delivery SET next_attempt_datetime = $3
    WHERE jurisdiction_id = $1 AND webhook_id = $2 AND position = ANY(ARRAY(
        SELECT turn FROM unnest($4) AS named (of), LATERAL (
            SELECT position AS turn FROM webhook_delivery
            WHERE jurisdiction_id = $1 AND webhook_id = $2
                AND service_request_id >= named.of AND service_request_id <= named.of
                AND state = 'pending' AND next_attempt_datetime IS NULL
            ORDER BY service_request_id, position LIMIT 1) AS first
        WHERE (SELECT true FROM webhook_delivery
            WHERE jurisdiction_id = $1 AND webhook_id = $2
                AND service_request_id >= named.of AND service_request_id <= named.of
                AND state = 'pending' AND next_attempt_datetime IS NOT NULL
            ORDER BY service_request_id LIMIT 1) IS NULL))";

/// An event, and whether it is sent.
#[derive(QueryableByName)]
pub(super) struct Candidate {
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    #[diesel(sql_type = Text)]
    pub update_id: String,
    #[diesel(sql_type = Text)]
    pub service_request_id: String,
    #[diesel(sql_type = Integer)]
    pub version: i32,
    #[diesel(sql_type = Bool)]
    pub passes: bool,
}

/// What a round has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dispatched {
    /// Events that were looked at.
    pub read: usize,
    /// Deliveries that were made of them.
    pub made: usize,
}

/// A part of the feed, ends included.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub after: i64,
    pub until: i64,
    pub limit: i64,
}

impl Storage {
    /// Webhooks for which there are events that were not looked at, or whose replay is not over; at
    /// most `limit`.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_webhooks_behind(
        &self,
        limit: i64,
    ) -> Result<Vec<(JurisdictionId, String)>, StorageError> {
        let found: Vec<(String, String)> = self
            .read(async |connection| {
                webhook::table
                    .inner_join(feed::table.on(feed::jurisdiction_id.eq(webhook::jurisdiction_id)))
                    .filter(webhook::state.eq("active"))
                    .filter(
                        webhook::replay_position
                            .is_not_null()
                            .or(feed::last_position.gt(webhook::last_position)),
                    )
                    .select((webhook::jurisdiction_id, webhook::webhook_id))
                    .limit(limit)
                    .load(connection)
                    .await
            })
            .await?;
        found
            .into_iter()
            .map(|(jurisdiction_id, webhook_id)| {
                let id = JurisdictionId::parse(&jurisdiction_id).map_err(StorageError::corrupt)?;
                Ok((id, webhook_id))
            })
            .collect()
    }
}

impl JurisdictionStorage {
    /// Makes deliveries of up to `limit` events that come next.
    ///
    /// # Errors
    /// As every write.
    pub async fn dispatch_webhook(
        &self,
        webhook_id: &str,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Dispatched, StorageError> {
        self.storage
            .transaction(async |connection| {
                let at = webhook::table.find((self.id(), webhook_id));
                let found: Option<(i64, Value, bool)> = at
                    .filter(webhook::state.eq("active"))
                    .select((
                        webhook::last_position,
                        webhook::filter,
                        webhook::is_internal,
                    ))
                    .for_no_key_update()
                    .first(connection)
                    .await
                    .optional()?;
                let Some((after, filter, is_internal)) = found else {
                    return Ok(End::Rollback(Dispatched::default()));
                };
                let range = Range {
                    after,
                    until: i64::MAX,
                    limit,
                };
                let filter = filter_of(filter)?;
                let page = self
                    .read_candidates(connection, range, &filter, is_internal)
                    .await?;
                let Some(last) = page.last().map(|event| event.position) else {
                    return Ok(End::Rollback(Dispatched::default()));
                };
                let read = page.len();
                let passing: Vec<Candidate> =
                    page.into_iter().filter(|event| event.passes).collect();
                self.insert_deliveries(connection, webhook_id, &passing, now)
                    .await?;
                diesel::update(at)
                    .set(webhook::last_position.eq(last))
                    .execute(connection)
                    .await?;
                Ok(End::Commit(Dispatched {
                    read,
                    made: passing.len(),
                }))
            })
            .await
    }

    pub(super) async fn read_candidates(
        &self,
        connection: &mut AsyncPgConnection,
        range: Range,
        filter: &WebhookFilter,
        is_internal: bool,
    ) -> QueryResult<Vec<Candidate>> {
        fn words<T>(list: &[T], word: impl Fn(&T) -> String) -> Option<Vec<String>> {
            (!list.is_empty()).then(|| list.iter().map(word).collect())
        }
        let kinds = words(&filter.kinds, |kind| kind.as_str().to_owned());
        let statuses = words(&filter.statuses, |status| status.as_str().to_owned());
        let codes = words(&filter.service_codes, ToString::to_string);
        let envelope = filter.area.as_ref().map(geometry::envelope);
        let [west, south, east, north] = envelope.map_or([None; 4], |degrees| degrees.map(Some));
        let [longitude, latitude, radius_m] = match filter.area {
            Some(Area::Circle { center, radius_m }) => {
                [center.longitude, center.latitude, radius_m].map(Some)
            }
            _ => [None; 3],
        };
        diesel::sql_query(PAGE)
            .bind::<Text, _>(self.id())
            .bind::<BigInt, _>(range.after)
            .bind::<BigInt, _>(range.until)
            .bind::<BigInt, _>(range.limit)
            .bind::<Bool, _>(is_internal)
            .bind::<Nullable<Array<Text>>, _>(kinds)
            .bind::<Nullable<Array<Text>>, _>(statuses)
            .bind::<Nullable<Array<Text>>, _>(codes)
            .bind::<Nullable<Double>, _>(west)
            .bind::<Nullable<Double>, _>(south)
            .bind::<Nullable<Double>, _>(east)
            .bind::<Nullable<Double>, _>(north)
            .bind::<Nullable<Double>, _>(longitude)
            .bind::<Nullable<Double>, _>(latitude)
            .bind::<Nullable<Double>, _>(radius_m)
            .bind::<Nullable<Text>, _>(filter.text.as_deref())
            .load(connection)
            .await
    }

    pub(super) async fn insert_deliveries(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        events: &[Candidate],
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        let rows: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    webhook_delivery::jurisdiction_id.eq(self.id()),
                    webhook_delivery::webhook_id.eq(webhook_id),
                    webhook_delivery::position.eq(event.position),
                    webhook_delivery::update_id.eq(&event.update_id),
                    webhook_delivery::service_request_id.eq(&event.service_request_id),
                    webhook_delivery::version.eq(event.version),
                    webhook_delivery::state.eq("pending"),
                    webhook_delivery::attempts.eq(0),
                    webhook_delivery::created_datetime.eq(now),
                )
            })
            .collect();
        diesel::insert_into(webhook_delivery::table)
            .values(&rows)
            // A replay may have been there before.
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        let of = events.iter().map(|event| &event.service_request_id[..]);
        self.give_turns(connection, webhook_id, of, now).await
    }

    /// Makes the first waiting delivery of each of these service requests due, where none is.
    pub(super) async fn give_turns<'a>(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        service_request_ids: impl Iterator<Item = &'a str>,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        let mut ids: Vec<&str> = service_request_ids.collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        diesel::sql_query(GIVE_TURNS)
            .bind::<Text, _>(self.id())
            .bind::<Text, _>(webhook_id)
            .bind::<Timestamptz, _>(now)
            .bind::<Array<Text>, _>(ids)
            .execute(connection)
            .await?;
        Ok(())
    }
}
