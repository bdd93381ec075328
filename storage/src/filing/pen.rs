//! Connections that have the statement ready.

use super::{Written, statement::FILE};
use crate::{StorageError, connection::pool_of};
use deadpool::managed::{Manager, Metrics, Pool, RecycleError, RecycleResult};
use domain::JurisdictionId;
use futures_util::future::join;
use tokio::{runtime::Handle, task::JoinError};
use tokio_postgres::{Client, Error, NoTls, Statement};

pub(super) type Pens = Pool<Maker>;

/// A connection on which nothing is written but what was filed. It is plain tokio-postgres, because
/// diesel prepares such a statement anew each time.
pub(super) struct Pen {
    client: Client,
    file: Statement,
}

impl Pen {
    /// Begins a transaction and writes rows that [`super::to_row`] has made. Answers to each, in their
    /// order.
    pub async fn file(
        &self,
        jurisdiction_id: &JurisdictionId,
        rows: &[&str],
    ) -> Result<Vec<Written>, Error> {
        let rows = format!("[{}]", rows.join(","));
        let id = jurisdiction_id.as_str();
        // Sent together. Whether it has begun is seen by what comes after it.
        let (_, answers) = join(
            self.client.batch_execute("BEGIN"),
            self.client.query(&self.file, &[&id, &rows]),
        )
        .await;
        answers?
            .iter()
            .map(|answer| {
                let (id, is_filed): (Option<String>, bool) =
                    (answer.try_get(0)?, answer.try_get(1)?);
                Ok(match id {
                    Some(id) if is_filed => Written::Filed(id),
                    Some(_) => Written::KeyTaken,
                    None => Written::NoIdFree,
                })
            })
            .collect()
    }

    pub async fn commit(&self) -> Result<(), Error> {
        self.client.batch_execute("COMMIT").await
    }
}

/// Opens connections, all in one runtime: a worker thread that ends takes none of them along.
pub(super) struct Maker {
    config: tokio_postgres::Config,
    runtime: Handle,
}

impl Manager for Maker {
    type Type = Pen;
    type Error = StorageError;

    async fn create(&self) -> Result<Pen, StorageError> {
        let config = self.config.clone();
        let opening = self.runtime.spawn(async move {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "connection ended");
                }
            });
            let file = client.prepare(FILE).await?;
            Ok(Pen { client, file })
        });
        let ended = |error: JoinError| StorageError::Unavailable(error.into());
        opening.await.map_err(ended)?
    }

    async fn recycle(&self, pen: &mut Pen, _: &Metrics) -> RecycleResult<StorageError> {
        if pen.client.is_closed() {
            return Err(RecycleError::message("it is closed"));
        }
        Ok(())
    }
}

pub(super) fn pool(
    config: tokio_postgres::Config,
    runtime: Handle,
    connections: usize,
) -> Result<Pens, StorageError> {
    pool_of(Maker { config, runtime }, connections)
}
