//! How often the holder of an API key may ask. The database counts for all servers together; each
//! takes what a second allows and counts that by itself, so that not every request asks the database.

use crate::error::{ApiError, Kind};
use chrono::{DateTime, Utc};
use domain::JurisdictionId;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use storage::JurisdictionStorage;

/// What was taken and not used yet, of each key with a rate.
#[derive(Default)]
pub struct KeyRates(Mutex<HashMap<Key, u32>>);

/// A key_id is the first characters of a key: in another jurisdiction it may be another key's.
type Key = (JurisdictionId, String);

impl KeyRates {
    /// Counts one request with this key.
    ///
    /// # Errors
    /// 429 when none is left; 503 when the database cannot be asked.
    pub async fn count(
        &self,
        key_id: &str,
        per_minute: u32,
        storage: &JurisdictionStorage,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let key = (storage.jurisdiction_id().clone(), key_id.to_owned());
        if self.use_one(&key) {
            return Ok(());
        }
        let wanted = per_minute.div_ceil(60);
        let taken = storage
            .take_of_rate(key_id, wanted, per_minute, now)
            .await?;
        if taken.granted == 0 {
            let seconds = taken.wait_us.div_ceil(1_000_000).max(1);
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            return Err(ApiError::new(
                Kind::TooMany(seconds),
                format!("api_key allows {per_minute} requests a minute; try again in {seconds} s"),
            ));
        }
        *self.left().entry(key).or_default() += taken.granted - 1;
        Ok(())
    }

    fn use_one(&self, key: &Key) -> bool {
        let mut left = self.left();
        let left = left.get_mut(key).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    fn left(&self) -> MutexGuard<'_, HashMap<Key, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
