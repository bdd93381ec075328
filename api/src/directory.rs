//! Which jurisdictions are served, kept in memory for a second or until
//! services change, and which of them a request means.

use crate::error::ApiError;
use actix_web::HttpRequest;
use domain::{Jurisdiction, JurisdictionId, QueryParameters, Violation};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use storage::{JurisdictionStorage, Storage, StorageError};
use tokio::sync::Mutex;

/// How old the list may be. A jurisdiction that an operator adds is served that much later.
const MAX_AGE: Duration = Duration::from_secs(1);

type List = Arc<Vec<Arc<Jurisdiction>>>;

/// The jurisdictions served here.
#[derive(Default)]
pub struct Directory {
    /// And when it had been read.
    known: RwLock<Option<(Instant, Known)>>,
    /// Held by whoever reads; when that failed for the last time.
    reading: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Known {
    /// How often services had changed, which is told with their jurisdiction.
    changes: u64,
    list: List,
    /// Those that are copies, with the base path of their original.
    originals: Arc<HashMap<JurisdictionId, String>>,
}

/// What a request is about.
pub struct Scope {
    /// The jurisdiction.
    pub jurisdiction: Arc<Jurisdiction>,
    /// Its storage.
    pub storage: JurisdictionStorage,
    /// The base path of its original, if it is a read-only copy.
    original: Option<String>,
}

impl Scope {
    /// Whether service requests may be filed and changed here.
    ///
    /// # Errors
    /// 400 in a read-only copy, naming the original.
    pub fn check_writable(&self) -> Result<(), ApiError> {
        match &self.original {
            None => Ok(()),
            Some(original) => {
                let problem = format!("names a read-only copy; the original is at {original}");
                Err(Violation::new("jurisdiction_id", problem).into())
            }
        }
    }
}

impl Directory {
    /// Every jurisdiction, by id.
    ///
    /// # Errors
    /// When the list is old and the database cannot be reached.
    pub async fn list(&self, storage: &Storage) -> Result<List, StorageError> {
        Ok(self.known(storage).await?.list)
    }

    /// One reads at a time, and who waited takes what he read. Of two that read at once the list that
    /// is older could be kept, and a jurisdiction that was served already would be unknown again.
    async fn known(&self, storage: &Storage) -> Result<Known, StorageError> {
        if let Some(known) = self.fresh(storage) {
            return Ok(known);
        }
        let asked = Instant::now();
        let mut failed = self.reading.lock().await;
        if let Some(known) = self.fresh(storage) {
            return Ok(known);
        }
        // Whoever waited does not wait for a database that is away a second time.
        if failed.is_some_and(|at| at >= asked) {
            return Err(StorageError::Unavailable(
                "jurisdictions could not be read just now".into(),
            ));
        }
        match read(storage).await {
            Ok(known) => {
                let read = Some((Instant::now(), known.clone()));
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = read;
                Ok(known)
            }
            Err(error) => {
                *failed = Some(Instant::now());
                Err(error)
            }
        }
    }

    fn fresh(&self, storage: &Storage) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (read, known) = known.as_ref()?;
        let is_fresh = read.elapsed() < MAX_AGE && known.changes == storage.changes_of_services();
        is_fresh.then(|| known.clone())
    }

    /// The jurisdiction that a request means: the one in its path, else the one that its
    /// `jurisdiction_id` names, else the only one there is.
    /// <https://wiki.open311.org/GeoReport_v2/#get-service-list>
    ///
    /// # Errors
    /// 400 when it is not named and several are served, 404 when it is not served.
    pub async fn scope(
        &self,
        http_request: &HttpRequest,
        storage: &Storage,
        arguments: &QueryParameters,
    ) -> Result<Scope, ApiError> {
        let Known {
            list, originals, ..
        } = self.known(storage).await?;
        let in_path = http_request.match_info().query("jurisdiction_id");
        let named = arguments.one("jurisdiction_id")?.map(str::trim);
        let wanted = match (Some(in_path).filter(|id| !id.is_empty()), named) {
            (Some(path), Some(named)) if path != named => {
                return Err(unknown(named));
            }
            (Some(path), _) => Some(path),
            (None, named) => named,
        };
        let jurisdiction = match (wanted, &list[..]) {
            (Some(id), list) => list
                .iter()
                .find(|one| one.jurisdiction_id.as_str() == id)
                .ok_or_else(|| unknown(id))?,
            (None, [only]) => only,
            (None, []) => {
                return Err(ApiError::not_found(
                    "jurisdiction_id: no jurisdiction is served here yet",
                ));
            }
            (None, _) => return Err(Violation::missing("jurisdiction_id").into()),
        };
        Ok(Scope {
            storage: storage.jurisdiction(&jurisdiction.jurisdiction_id),
            jurisdiction: jurisdiction.clone(),
            original: originals.get(&jurisdiction.jurisdiction_id).cloned(),
        })
    }
}

async fn read(storage: &Storage) -> Result<Known, StorageError> {
    let changes = storage.changes_of_services();
    let list = storage.list_jurisdictions().await?;
    Ok(Known {
        changes,
        list: Arc::new(list.into_iter().map(Arc::new).collect()),
        originals: Arc::new(storage.list_mirrors().await?.into_iter().collect()),
    })
}

fn unknown(id: &str) -> ApiError {
    let shown = match JurisdictionId::parse(id) {
        Ok(id) => format!("jurisdiction_id {id} is not served here"),
        Err(violation) => violation.to_string(),
    };
    ApiError::not_found(shown)
}
