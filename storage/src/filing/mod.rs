//! Writing down what was filed: everything that POSTs write, by one statement, for one as for many.
//!
//! While a transaction is committed, the POSTs that arrive meanwhile gather and go together in the
//! next one: a commit waits for the disk, and one wait serves all. Nobody waits for company, so a POST
//! that is alone goes at once. It is answered after the COMMIT of the transaction that it went in.

mod pen;
mod queue;
mod row;
mod statement;
mod terms;
mod write;

use crate::{StorageError, connection::in_time, error};
use domain::JurisdictionId;
use pen::Pens;
use queue::Queue;
pub(crate) use row::to_row;
use std::sync::Arc;
#[cfg(feature = "testing")]
pub(crate) use terms::TERMS;
pub use terms::Terms;
use tokio::runtime::Handle;
use write::{Failed, write};

/// An id that was free when it was looked for may be taken by another server before it is written;
/// three times in a row it is not.
const TRIES: usize = 3;

/// What became of a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is written, under this id.
    Filed(String),
    /// None of the candidate ids was free; nothing is written.
    NoIdFree,
    /// A POST with its key was committed before; nothing is written.
    KeyTaken,
    /// A POST with its key is still running; nothing is written.
    KeyHeld,
}

/// The way from a POST to the disk.
#[derive(Clone)]
pub(crate) struct Filing {
    pens: Pens,
    queue: Arc<Queue>,
}

impl Filing {
    /// With up to `connections`, each opened when it is first needed, in the runtime that this is called
    /// in.
    ///
    /// # Errors
    /// When a pool cannot be made of that.
    pub fn new(config: tokio_postgres::Config, connections: usize) -> Result<Self, StorageError> {
        let runtime = Handle::try_current().map_err(StorageError::unexpected)?;
        let pens = pen::pool(config, runtime.clone(), connections)?;
        Ok(Self {
            queue: Arc::new(Queue::new(pens.clone(), runtime)),
            pens,
        })
    }

    /// Writes a POST together with those that have come at the same time.
    ///
    /// # Errors
    /// As every write. What nobody waits for any more is still written, or not.
    pub async fn with_others(
        &self,
        jurisdiction_id: &JurisdictionId,
        row: String,
    ) -> Result<Written, StorageError> {
        in_time(self.queue.write(jurisdiction_id, row)).await
    }

    /// Writes a POST by itself.
    ///
    /// # Errors
    /// As every write. What nobody waits for any more is not written, unless its commit was on its way.
    pub async fn alone(
        &self,
        jurisdiction_id: &JurisdictionId,
        row: &str,
    ) -> Result<Written, StorageError> {
        in_time(alone(&self.pens, jurisdiction_id, row)).await
    }
}

async fn alone(
    pens: &Pens,
    jurisdiction_id: &JurisdictionId,
    row: &str,
) -> Result<Written, StorageError> {
    for _ in 0..TRIES {
        match write(pens, jurisdiction_id, &[row]).await {
            Ok(mut written) => {
                return written.pop().ok_or_else(|| {
                    StorageError::unexpected("a statement has not answered to its only row")
                });
            }
            Err(Failed::Refused(error)) if error::is_taken_id(&error) => {}
            Err(Failed::Refused(error)) if error::is_held_key(&error) => {
                return Ok(Written::KeyHeld);
            }
            Err(failed) => return Err(failed.into()),
        }
    }
    Ok(Written::NoIdFree)
}
