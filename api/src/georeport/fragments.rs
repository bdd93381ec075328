//! Service requests rendered once: the text of each in each format, kept in memory by id and version.
//!
//! A list is then a matter of keys, which an index answers, and of laying texts one behind the other.
//! Nothing kept is ever out of date: what changes has another version.

use super::documents::{RequestDocument, ServiceRequests};
use crate::{error::ApiError, extensions::metrics::Metrics, format::Format};
use domain::{JurisdictionId, ServiceRequestQuery};
use quick_cache::{Equivalent, Weighter, sync::Cache};
use std::{collections::HashMap, sync::Arc};
use storage::{Extensions, JurisdictionStorage, Key};
use twox_hash::XxHash3_128;

/// What a kept text needs beside itself, in bytes, about.
const OVERHEAD: u64 = 150;
/// Bytes of a text, about.
const USUAL: u64 = 800;

/// The texts.
pub struct Fragments {
    kept: Cache<FragmentKey, Fragment, Bytes>,
    public_url: String,
}

/// A text and its hash, so that a list need not be read to tell it from others.
#[derive(Clone)]
struct Fragment {
    text: Arc<[u8]>,
    hash: u128,
}

impl Fragment {
    fn of(text: Vec<u8>) -> Self {
        Self {
            hash: XxHash3_128::oneshot(&text),
            text: text.into(),
        }
    }
}

impl AsRef<[u8]> for Fragment {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct FragmentKey {
    jurisdiction_id: JurisdictionId,
    service_request_id: String,
    version: i32,
    format: Format,
}

/// The same, borrowed.
#[derive(Hash)]
struct Wanted<'a> {
    jurisdiction_id: &'a JurisdictionId,
    service_request_id: &'a str,
    version: i32,
    format: Format,
}

impl Equivalent<FragmentKey> for Wanted<'_> {
    fn equivalent(&self, key: &FragmentKey) -> bool {
        self.service_request_id == key.service_request_id
            && self.version == key.version
            && self.format == key.format
            && *self.jurisdiction_id == key.jurisdiction_id
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<FragmentKey, Fragment> for Bytes {
    fn weight(&self, key: &FragmentKey, fragment: &Fragment) -> u64 {
        (key.service_request_id.len() + fragment.text.len()) as u64 + OVERHEAD
    }
}

/// A page, ready to be sent.
pub struct RenderedPage {
    /// The document.
    pub body: Vec<u8>,
    /// What tells it from others; `None`: the document itself.
    pub hash: Option<u128>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl Fragments {
    /// Texts of up to `capacity` bytes; those that are asked for least go first. Photos are shown
    /// under `public_url`.
    pub fn new(capacity: u64, public_url: String) -> Self {
        let items = usize::try_from(capacity / (USUAL + OVERHEAD)).unwrap_or(usize::MAX);
        Self {
            kept: Cache::with_weighter(items, capacity, Bytes),
            public_url,
        }
    }

    /// The list that the query asks for, without extensions.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn page(
        &self,
        storage: &JurisdictionStorage,
        query: &ServiceRequestQuery,
        format: Format,
        metrics: &Metrics,
    ) -> Result<RenderedPage, ApiError> {
        let page = storage.list_keys(query).await?;
        match self.texts(storage, &page.keys, format, metrics).await? {
            Some(texts) => Ok(RenderedPage {
                body: format.join::<ServiceRequests<'_>>(&texts),
                hash: Some(hash_of(&texts)),
                has_more: page.has_more,
            }),
            // Changed since the keys were read: then all of it as it is at one moment.
            None => self.page_at_once(storage, query, format).await,
        }
    }

    /// The texts of the keys. `None`: one of them is not current any more.
    async fn texts(
        &self,
        storage: &JurisdictionStorage,
        keys: &[Key],
        format: Format,
        metrics: &Metrics,
    ) -> Result<Option<Vec<Fragment>>, ApiError> {
        let kept: Vec<Option<Fragment>> = keys
            .iter()
            .map(|key| self.kept.get(&wanted(storage, key, format)?))
            .collect();
        let missing = keys.iter().zip(&kept).filter(|(_, kept)| kept.is_none());
        let missing: Vec<&str> = missing
            .map(|(key, _)| &key.service_request_id[..])
            .collect();
        metrics.asked_fragments(keys.len() - missing.len(), missing.len());
        let mut made = HashMap::with_capacity(missing.len());
        if !missing.is_empty() {
            for row in storage.list_standard_rows(&missing).await? {
                let document = RequestDocument::new(row.fields()?, &self.public_url);
                let text = format.render_entry::<ServiceRequests<'_>>(&document)?;
                let key = Key {
                    service_request_id: row.service_request_id()?.to_owned(),
                    version: row.version()?,
                };
                made.insert(
                    key.service_request_id.clone(),
                    (key.version, Fragment::of(text)),
                );
            }
        }
        let mut texts = Vec::with_capacity(keys.len());
        for (key, kept) in keys.iter().zip(kept) {
            let text = match kept {
                Some(text) => text,
                None => match made.remove(&key.service_request_id) {
                    Some((version, text)) if version == key.version => {
                        self.keep(storage, key, format, &text);
                        text
                    }
                    _ => return Ok(None),
                },
            };
            texts.push(text);
        }
        Ok(Some(texts))
    }

    fn keep(&self, storage: &JurisdictionStorage, key: &Key, format: Format, text: &Fragment) {
        if let Some(version) = key.version {
            let key = FragmentKey {
                jurisdiction_id: storage.jurisdiction_id().clone(),
                service_request_id: key.service_request_id.clone(),
                version,
                format,
            };
            self.kept.insert(key, text.clone());
        }
    }

    async fn page_at_once(
        &self,
        storage: &JurisdictionStorage,
        query: &ServiceRequestQuery,
        format: Format,
    ) -> Result<RenderedPage, ApiError> {
        let page = storage
            .list_service_requests(query, Extensions::Left)
            .await?;
        let documents = page
            .service_requests
            .iter()
            .map(|one| RequestDocument::new(one, &self.public_url));
        Ok(RenderedPage {
            body: format.render(&ServiceRequests(documents.collect()))?,
            hash: None,
            has_more: page.has_more,
        })
    }
}

fn hash_of(texts: &[Fragment]) -> u128 {
    let hashes: Vec<u8> = texts
        .iter()
        .flat_map(|text| text.hash.to_le_bytes())
        .collect();
    XxHash3_128::oneshot(&hashes)
}

/// `None`: nothing tells when it changes, so it is not kept.
fn wanted<'a>(
    storage: &'a JurisdictionStorage,
    key: &'a Key,
    format: Format,
) -> Option<Wanted<'a>> {
    Some(Wanted {
        jurisdiction_id: storage.jurisdiction_id(),
        service_request_id: &key.service_request_id,
        version: key.version?,
        format,
    })
}
