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

/// Writes all of them or none. A connection that the database has closed meanwhile shows it at the
/// begin, before anything is written, and is replaced.
pub(super) async fn write(
    pens: &Pens,
    jurisdiction_id: &JurisdictionId,
    rows: &[&str],
) -> Result<Vec<Written>, Failed> {
    let mut open = Open(None);
    let mut pen = open.0.insert(take(pens).await?);
    match pen.begin().await {
        Err(error) if error::is_gone(&error) => {
            open.close();
            pen = open.0.insert(take(pens).await?);
            pen.begin().await.map_err(away)?;
        }
        result => result.map_err(away)?,
    }
    let written = in_time(transaction(pen, jurisdiction_id, rows)).await;
    let written = written.map_err(Failed::Away)??;
    open.0 = None; // back to the pool
    Ok(written)
}

/// Within what has begun. `Err` without: what is in time may have failed too.
async fn transaction(
    pen: &Pen,
    jurisdiction_id: &JurisdictionId,
    rows: &[&str],
) -> Result<Result<Vec<Written>, Failed>, StorageError> {
    let written = match pen.file(jurisdiction_id, rows).await {
        Ok(written) => written,
        Err(error) => return Ok(Err(Failed::Refused(error))),
    };
    Ok(pen.commit().await.map(|()| written).map_err(away))
}

async fn take(pens: &Pens) -> Result<deadpool::managed::Object<Maker>, Failed> {
    pens.get().await.map_err(|error| match error {
        PoolError::Backend(error) => away(error),
        error => Failed::Away(StorageError::Unavailable(error.into())),
    })
}

fn away(error: tokio_postgres::Error) -> Failed {
    Failed::Away(error.into())
}
