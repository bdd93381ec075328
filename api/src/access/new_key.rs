//! An API key as it is asked for, on the command line or over HTTP.

use super::{
    permission::{Grant, Permission},
    secret::{Secret, id_length},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    Violation, Violations,
    datetime::{self, Bound},
    text,
};
use std::ops::RangeInclusive;
use storage::{By, JurisdictionStorage, NewApiKey, StorageError};

/// Tells a leaked key from other secrets.
const PREFIX: &str = "grk_";

/// The characters by which people name a key.
pub const KEY_ID_LENGTH: usize = id_length(PREFIX);

/// What a minute may be limited to.
const RATES: RangeInclusive<i32> = 1..=1_000_000;

/// A key that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    label: String,
    /// `None`: what apps need.
    scopes: Option<Vec<String>>,
    requests_per_minute: Option<i32>,
    expires_datetime: Option<DateTime<Utc>>,
}

impl NewKey {
    /// A key with that label. Without scopes it may file service requests and post updates, without
    /// `requests_per_minute` as often as its holder likes. A time without a zone is meant in `zone`, a
    /// date alone is a key's last day.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(
        label: &str,
        scopes: &[String],
        requests_per_minute: Option<u32>,
        expires_datetime: Option<&str>,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let label = match label.trim() {
            "" => Err(Violation::missing("label")),
            label => text::line("label", label, text::MAX_LINE),
        };
        let label = violations.take(label);
        for word in scopes {
            violations.take(word.parse::<Grant>());
        }
        let requests_per_minute = requests_per_minute.and_then(|rate| {
            let allowed = i32::try_from(rate).ok().filter(|rate| RATES.contains(rate));
            violations.take(allowed.ok_or_else(|| {
                let (low, high) = (RATES.start(), RATES.end());
                let problem = format!("is not a whole number from {low} to {high}");
                Violation::new("requests_per_minute", problem)
            }))
        });
        let expires_datetime = expires_datetime.and_then(|text| {
            let at = datetime::parse("expires_datetime", text, zone, Bound::End);
            let at = at.and_then(|at| match at {
                at if at > now => Ok(at),
                _ => Err(Violation::new("expires_datetime", "is past already")),
            });
            violations.take(at)
        });
        let label = label.unwrap_or_default();
        violations.check()?;
        Ok(Self {
            label,
            scopes: Some(scopes.to_vec()).filter(|scopes| !scopes.is_empty()),
            requests_per_minute,
            expires_datetime,
        })
    }

    /// What it will be allowed to do.
    pub fn permissions(&self) -> Vec<Permission> {
        Grant::all_of(self.scopes.as_deref())
    }

    /// Makes it. It is in the open this once.
    ///
    /// # Errors
    /// As every write.
    pub async fn make(
        &self,
        storage: &JurisdictionStorage,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Secret, StorageError> {
        let key = Secret::draw(PREFIX);
        let new = NewApiKey {
            key_hash: &key.hash(),
            key_id: key.id(),
            label: &self.label,
            scopes: self.scopes.as_deref(),
            requests_per_minute: self.requests_per_minute,
            expires_datetime: self.expires_datetime,
            created_datetime: now,
        };
        storage.insert_api_key(&new, by).await?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(label: &str, scopes: &[&str], expires: Option<&str>) -> Result<NewKey, Violations> {
        let scopes: Vec<String> = scopes.iter().map(|&word| word.to_owned()).collect();
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        NewKey::parse(
            label,
            &scopes,
            Some(60),
            expires,
            Tz::America__New_York,
            now,
        )
    }

    #[test]
    fn a_plain_key_may_what_apps_need() {
        let key = parse(" An app ", &[], None).unwrap();
        assert_eq!(key.label, "An app");
        assert_eq!(key.permissions(), Permission::OF_A_PLAIN_KEY);
    }

    #[test]
    fn a_key_whose_last_day_is_named_is_good_until_that_day_ends_in_the_city() {
        let key = parse("x", &["moderate"], Some("2026-06-02")).unwrap();
        let end = "2026-06-03T03:59:59Z".parse().unwrap();
        assert_eq!(key.expires_datetime, Some(end));
    }

    #[test]
    fn every_fault_is_told() {
        let told = parse("", &["staff", "root"], Some("2026-06-01T11:59:59Z")).unwrap_err();
        let blamed: Vec<&str> = told.0.iter().map(|one| &one.argument[..]).collect();
        assert_eq!(blamed, ["label", "scope", "expires_datetime"]);
    }
}
