//! API keys, as those see them who manage them. A key is shown when it is made, and never again.

use chrono::{DateTime, Utc};
use domain::datetime;
use serde::Serialize;
use storage::ApiKeyRow;
use utoipa::ToSchema;

/// The keys of a jurisdiction.
#[derive(Serialize, ToSchema)]
pub struct Keys<'a> {
    /// The newest first; the thousand that were made last.
    #[schema(max_items = 1000)]
    pub keys: Vec<KeyDocument<'a>>,
}

/// An API key.
#[derive(Serialize, ToSchema)]
pub struct KeyDocument<'a> {
    /// Its first characters, by which people name it.
    key_id: &'a str,
    /// Who holds it.
    label: &'a str,
    /// What it may: permissions and roles; null: file service requests and post updates.
    #[schema(required)]
    scopes: Option<&'a [String]>,
    /// How many requests it allows each minute, on all servers together; null: as many as its holder
    /// likes.
    #[schema(required, minimum = 1)]
    requests_per_minute: Option<i32>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_datetime: String,
    /// From when on it is refused; null: never.
    #[schema(required, format = DateTime)]
    expires_datetime: Option<String>,
    /// When it was last used, to the minute; null: never.
    #[schema(required, format = DateTime)]
    last_used_datetime: Option<String>,
    /// Since when it is refused; null: it was not revoked.
    #[schema(required, format = DateTime)]
    revoked_datetime: Option<String>,
}

impl<'a> From<&'a ApiKeyRow> for KeyDocument<'a> {
    fn from(key: &'a ApiKeyRow) -> Self {
        let ApiKeyRow {
            key_id,
            label,
            scopes,
            requests_per_minute,
            created_datetime,
            expires_datetime,
            last_used_datetime,
            revoked_datetime,
        } = key;
        let told = |at: &Option<DateTime<Utc>>| at.map(datetime::to_string);
        Self {
            key_id,
            label,
            scopes: scopes.as_deref(),
            requests_per_minute: *requests_per_minute,
            created_datetime: datetime::to_string(*created_datetime),
            expires_datetime: told(expires_datetime),
            last_used_datetime: told(last_used_datetime),
            revoked_datetime: told(revoked_datetime),
        }
    }
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub struct KeyWithSecret {
    /// Its first characters, by which people name it.
    pub key_id: String,
    /// The key itself, shown this once.
    pub api_key: String,
}

/// A key to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub struct KeyForm {
    /// Who will hold it.
    #[schema(min_length = 1, max_length = 500, example = "Fix It, by Example Ltd")]
    label: String,
    /// What it will allow: permissions and roles, none that whoever makes it has not. Left out or
    /// empty: to file service requests and post updates.
    #[schema(example = json!(["integration"]), nullable = false)]
    scopes: Option<Vec<String>>,
    /// How many requests it will allow each minute. Left out: as many as its holder likes.
    #[schema(minimum = 1, maximum = 1000000, example = 600)]
    requests_per_minute: Option<i32>,
    /// Until when it is good: a date, which is its last day, or a date and time. Left out: until it is
    /// revoked.
    #[schema(example = "2099-12-31")]
    expires_datetime: Option<String>,
}
