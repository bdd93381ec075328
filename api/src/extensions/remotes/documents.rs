//! Other endpoints, as those see them who manage them. A key goes in and never comes out.

use crate::extract::JsonObject;
use domain::{Field, Remote, Violation, Violations};
use serde::Serialize;
use serde_json::Value;
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
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only described, never made")]
pub struct RemoteForm {
    /// Its base path, such as `https://311.example.org/open311/v2`.
    #[schema(max_length = 2000, example = "https://311.example.org/open311/v2")]
    base_url: String,
    /// What it is told as jurisdiction_id; nothing where it serves one jurisdiction.
    #[schema(max_length = 100, example = "salem.example")]
    jurisdiction_id: Option<String>,
    /// The key that it gave. Left out, the one that there is stays, unless base_url names another
    /// scheme, host or port, where it must be given anew; empty or null, there is none any more.
    #[schema(max_length = 500, write_only)]
    api_key: Option<String>,
    /// How it differs from the letter of the standard.
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
    pub fn parse(body: &JsonObject, name: &str) -> Result<(Remote, KeyChange), Violations> {
        let fields = body.fields();
        let mut violations = Violations::none();
        let faults = &mut violations;
        let known = [
            "base_url",
            "jurisdiction_id",
            "api_key",
            "dialect",
            "fields",
        ];
        fields.refuse_others(&known, faults);
        let base_url = fields.needed("base_url", faults);
        let jurisdiction_id = fields.text("jurisdiction_id", faults).flatten();
        let api_key = fields.text("api_key", faults);
        let dialect = dialect(body.member("dialect"), faults);
        let words = fields.list("fields", faults).into_iter().map(str::to_owned);
        let words: Vec<String> = words.collect();
        let words = fields.holds("fields").then_some(&words[..]);
        let key = api_key.flatten();
        let remote = base_url.map(|url| {
            Remote::parse(name, url, jurisdiction_id, key, &dialect, words)
                .map_err(|more| faults.0.extend(more.0))
        });
        let key = match api_key {
            Some(_) => KeyChange::Set,
            None => KeyChange::Keep,
        };
        match remote {
            Some(Ok(remote)) if violations.0.is_empty() => Ok((remote, key)),
            _ => Err(violations),
        }
    }
}

/// The pairs of an object of texts.
fn dialect(sent: Option<&Value>, violations: &mut Violations) -> Vec<(String, String)> {
    let pairs = match sent {
        None => return vec![],
        Some(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        Some(_) => None,
    };
    pairs.unwrap_or_else(|| {
        violations.add(Violation::new("dialect", "is no object of texts"));
        vec![]
    })
}
