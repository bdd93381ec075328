//! Other endpoints, as those see them who manage them. A key goes in and never comes out.

use domain::{Field, Remote, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::KeyChange;
use utoipa::ToSchema;

/// The endpoints that a jurisdiction speaks to.
#[derive(Serialize, ToSchema)]
pub struct Remotes<'a> {
    /// By name.
    pub remotes: Vec<RemoteDocument<'a>>,
}

/// Another GeoReport endpoint.
#[derive(Serialize, ToSchema)]
pub struct RemoteDocument<'a> {
    /// What it is called here.
    name: &'a str,
    /// Its base path.
    base_url: &'a str,
    /// What it is told as jurisdiction_id.
    #[schema(required)]
    jurisdiction_id: Option<&'a str>,
    /// Whether there is a key for it; the key itself is not told.
    has_api_key: bool,
    /// How it differs from the letter of the standard.
    dialect: BTreeMap<String, String>,
    /// What may be told to it.
    fields: Vec<&'static str>,
}

impl<'a> From<&'a Remote> for RemoteDocument<'a> {
    fn from(remote: &'a Remote) -> Self {
        let Remote {
            name,
            base_url,
            jurisdiction_id,
            api_key,
            dialect,
            fields,
        } = remote;
        Self {
            name: name.as_str(),
            base_url,
            jurisdiction_id: jurisdiction_id.as_deref(),
            has_api_key: api_key.is_some(),
            dialect: dialect.to_pairs().into_iter().collect(),
            fields: fields.iter().copied().map(Field::as_str).collect(),
        }
    }
}

/// What is said of an endpoint.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoteForm {
    /// Its base path, such as `https://311.example.org/open311/v2`.
    #[schema(max_length = 2000, example = "https://311.example.org/open311/v2")]
    base_url: String,
    /// What it is told as jurisdiction_id; nothing where it serves one jurisdiction.
    #[schema(max_length = 100, example = "salem.example")]
    jurisdiction_id: Option<String>,
    /// The key that it gave. Left out, the one that there is stays; empty, there is none any more.
    #[schema(max_length = 500, write_only)]
    api_key: Option<String>,
    /// How it differs from the letter of the standard.
    #[serde(default)]
    #[schema(required = false, example = json!({"format": "json", "updates": "true"}))]
    dialect: BTreeMap<String, String>,
    /// What may be told to it. Left out, it is what the public may read: description, position,
    /// address, media and attributes.
    #[schema(example = json!(["description", "position", "address", "media", "attributes"]))]
    fields: Option<Vec<String>>,
}

impl RemoteForm {
    /// The endpoint, and what becomes of its key.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(&self, name: &str) -> Result<(Remote, KeyChange), Violations> {
        let dialect: Vec<(String, String)> = self.dialect.clone().into_iter().collect();
        let remote = Remote::parse(
            name,
            &self.base_url,
            self.jurisdiction_id.as_deref(),
            self.api_key.as_deref(),
            &dialect,
            self.fields.as_deref(),
        )?;
        let key = match self.api_key {
            Some(_) => KeyChange::Set,
            None => KeyChange::Keep,
        };
        Ok((remote, key))
    }
}
