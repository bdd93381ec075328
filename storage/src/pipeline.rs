//! Connections that many requests use at the same time: each sends its statement without waiting for
//! the answers to those before it.
//!
//! One by one a short statement costs two thirds more, because database and server wait for each other
//! in turn. The price is that a slow statement holds up those behind it, so only short ones come here.

use crate::{
    StorageError,
    connection::{CONNECTION_WAIT, in_time},
};
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{Mutex, OnceCell};
use tokio_postgres::{Client, Config, NoTls, Row, Statement, error::SqlState, types::ToSql};

/// One statement, prepared on a few connections.
pub(crate) struct Pipeline {
    config: Config,
    sql: &'static str,
    lanes: Vec<Lane>,
    next: AtomicUsize,
}

#[derive(Default)]
struct Lane {
    link: RwLock<Option<Arc<Link>>>,
    /// Held by whoever connects.
    connecting: Mutex<()>,
}

struct Link {
    client: Client,
    statement: OnceCell<Statement>,
}

impl Pipeline {
    /// A statement on up to so many connections, each made when it is first needed.
    pub(crate) fn new(config: Config, sql: &'static str, lanes: usize) -> Self {
        Self {
            config,
            sql,
            lanes: std::iter::repeat_with(Lane::default).take(lanes).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// The rows that the statement answers. A connection that the database has closed meanwhile is
    /// replaced once.
    ///
    /// # Errors
    /// As every read.
    pub(crate) async fn rows(
        &self,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let lane = &self.lanes[turn % self.lanes.len()];
        let link = self.link(lane).await?;
        match in_time(async { Ok(link.query(self.sql, values).await) }).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) if link.client.is_closed() || is_ending(&error) => {
                lane.forget(&link);
                let link = self.link(lane).await?;
                in_time(async { Ok(link.query(self.sql, values).await?) }).await
            }
            Ok(Err(error)) => Err(error.into()),
            Err(silent) => {
                lane.forget(&link);
                Err(silent)
            }
        }
    }

    async fn link(&self, lane: &Lane) -> Result<Arc<Link>, StorageError> {
        tokio::time::timeout(CONNECTION_WAIT, lane.link(&self.config))
            .await
            .unwrap_or_else(|silent| Err(StorageError::Unavailable(silent.into())))
    }
}

/// Whether the database closes the connection with these words.
fn is_ending(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code.is_some_and(|code| {
        [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
        ]
        .contains(code)
    })
}

impl Lane {
    async fn link(&self, config: &Config) -> Result<Arc<Link>, StorageError> {
        if let Some(link) = self.open() {
            return Ok(link);
        }
        let _alone = self.connecting.lock().await;
        if let Some(link) = self.open() {
            return Ok(link);
        }
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
        let link = Arc::new(Link {
            client,
            statement: OnceCell::new(),
        });
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = Some(link.clone());
        Ok(link)
    }

    fn open(&self) -> Option<Arc<Link>> {
        let link = self.link.read().unwrap_or_else(PoisonError::into_inner);
        link.as_ref()
            .filter(|link| !link.client.is_closed())
            .cloned()
    }

    /// Unless somebody has replaced it already.
    fn forget(&self, link: &Arc<Link>) {
        let mut kept = self.link.write().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, link)) {
            *kept = None;
        }
    }
}

impl Link {
    async fn query(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let prepare = || self.client.prepare(sql);
        let statement = self.statement.get_or_try_init(prepare).await?;
        self.client.query(statement, values).await
    }
}
