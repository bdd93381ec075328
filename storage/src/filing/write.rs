//! One transaction with what some POSTs of a jurisdiction write.

use super::{
    Written,
    pen::{Maker, Pen, Pens},
};
use crate::{
    StorageError,
    connection::{Open, in_time},
    error,
};
use deadpool::managed::PoolError;
use domain::JurisdictionId;

/// Why it is not known that something is written.
pub(super) enum Failed {
    /// It is not written: the database has refused one of the rows, or has gone away before it was
    /// asked to commit.
    Refused(tokio_postgres::Error),
    /// The database is away, or nobody knows whether it has committed.
    Away(StorageError),
}

impl From<Failed> for StorageError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(error) => error.into(),
            Failed::Away(error) => error,
        }
    }
}

/// Writes all of them or none. A connection that the database has closed meanwhile shows it before
/// anything is committed, and is replaced.
pub(super) async fn write(
    pens: &Pens,
    jurisdiction_id: &JurisdictionId,
    rows: &[&str],
) -> Result<Vec<Written>, Failed> {
    let mut open = Open(None);
    let mut pen = open.0.insert(take(pens).await?);
    let mut written = file(pen, jurisdiction_id, rows).await?;
    if written.as_ref().is_err_and(error::is_gone) {
        open.close();
        pen = open.0.insert(take(pens).await?);
        written = file(pen, jurisdiction_id, rows).await?;
    }
    let written = written.map_err(Failed::Refused)?;
    in_time(async { Ok(pen.commit().await?) })
        .await
        .map_err(Failed::Away)?;
    open.0 = None; // back to the pool
    Ok(written)
}

async fn file(
    pen: &Pen,
    jurisdiction_id: &JurisdictionId,
    rows: &[&str],
) -> Result<Result<Vec<Written>, tokio_postgres::Error>, Failed> {
    in_time(async { Ok(pen.file(jurisdiction_id, rows).await) })
        .await
        .map_err(Failed::Away)
}

async fn take(pens: &Pens) -> Result<deadpool::managed::Object<Maker>, Failed> {
    pens.get().await.map_err(|error| match error {
        PoolError::Backend(error) => Failed::Away(error),
        error => Failed::Away(StorageError::Unavailable(error.into())),
    })
}
