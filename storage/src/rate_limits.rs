//! How much of its rate an API key has used, for all servers together.
//!
//! A server takes a few requests at once and counts them by itself, so that not every request asks
//! the database. The bucket is the generic cell rate algorithm: one number, which is the time until
//! which what was used counts.

use crate::{JurisdictionStorage, StorageError, schema::rate_limit};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};
use diesel_async::RunQueryDsl;

/// What a bucket holds: a minute's requests may come at once.
const MINUTE_US: i64 = 60_000_000;

/// `$1` jurisdiction, `$2` subject, `$3` now, `$4` requests wanted, `$5` what one takes, in
/// microseconds. One statement, so servers that ask at once each get their own.
const TAKE: &str = "INSERT INTO rate_limit (jurisdiction_id, subject, spent_until, granted)
    VALUES ($1, $2, $3 + $4 * $5, $4)
    ON CONFLICT (jurisdiction_id, subject) DO UPDATE SET
        granted = greatest(0, least($4::bigint,
            ($3 + 60000000 - greatest($3, rate_limit.spent_until)) / $5)),
        spent_until = greatest($3, rate_limit.spent_until) + $5 * greatest(0, least($4::bigint,
            ($3 + 60000000 - greatest($3, rate_limit.spent_until)) / $5))
    RETURNING granted, spent_until";

/// What was taken of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Requests that may be answered.
    pub granted: u32,
    /// Microseconds until there is another one, when none was granted.
    pub wait_us: u64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    granted: i32,
    #[diesel(sql_type = BigInt)]
    spent_until: i64,
}

impl JurisdictionStorage {
    /// Takes up to `wanted` requests of the `per_minute` that the subject may make.
    ///
    /// # Errors
    /// As every write.
    pub async fn take_of_rate(
        &self,
        subject: &str,
        wanted: u32,
        per_minute: u32,
        now: DateTime<Utc>,
    ) -> Result<Taken, StorageError> {
        let now = now.timestamp_micros();
        let each = (MINUTE_US / i64::from(per_minute.max(1))).max(1);
        let wanted = i32::try_from(wanted.min(per_minute)).unwrap_or(i32::MAX);
        let mut connection = self.storage.connection().await?;
        let row: Row = sql_query(TAKE)
            .bind::<Text, _>(self.id())
            .bind::<Text, _>(subject)
            .bind::<BigInt, _>(now)
            .bind::<Integer, _>(wanted)
            .bind::<BigInt, _>(each)
            .get_result(&mut connection)
            .await?;
        let next = row.spent_until + each - (now + MINUTE_US);
        Ok(Taken {
            granted: u32::try_from(row.granted).unwrap_or_default(),
            wait_us: u64::try_from(next).unwrap_or_default(),
        })
    }

    /// Forgets who has used nothing for a minute.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_idle_rates(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        let mut connection = self.storage.connection().await?;
        let idle = rate_limit::table
            .filter(rate_limit::jurisdiction_id.eq(self.id()))
            .filter(rate_limit::spent_until.lt(now.timestamp_micros()));
        Ok(diesel::delete(idle).execute(&mut connection).await?)
    }
}
