//! Connections that many requests use at the same time: each sends its statement without waiting for
//! the answers to those before it.
//!
//! One by one a short statement costs two thirds more, because database and server wait for each other
//! in turn. The price is that a slow statement holds up those behind it, so only short ones come here.

mod statement;

pub(crate) use statement::Written;

use crate::{
    StorageError,
    connection::{CONNECTION_WAIT, in_time},
};
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, NoTls, Row, Statement, error::SqlState, types::ToSql};

/// How many may wait for one pipeline's answers. At a millisecond for each, which is a long list, the
/// last of them has waited for a second.
const MOST_UNDERWAY: usize = 1_024;

/// A few statements, prepared on a few connections.
pub(crate) struct Pipeline {
    config: Config,
    lanes: Vec<Lane>,
    next: AtomicUsize,
    underway: AtomicUsize,
}

#[derive(Default)]
struct Lane {
    link: RwLock<Option<Arc<Link>>>,
    /// Held by whoever connects.
    connecting: Mutex<()>,
}

struct Link {
    client: Client,
    /// So few that looking at each is the fastest way to find one.
    prepared: RwLock<Vec<(Box<str>, Statement)>>,
    /// Held by whoever prepares.
    preparing: Mutex<()>,
}

impl Pipeline {
    /// Up to so many connections, each made when it is first needed.
    pub(crate) fn new(config: Config, lanes: usize) -> Self {
        Self {
            config,
            lanes: std::iter::repeat_with(Lane::default).take(lanes).collect(),
            next: AtomicUsize::new(0),
            underway: AtomicUsize::new(0),
        }
    }

    /// The rows that the statement answers. A connection that the database has closed meanwhile is
    /// replaced once.
    ///
    /// # Errors
    /// As every read; [`StorageError::Unavailable`] at once when too many wait.
    pub(crate) async fn rows(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let _underway = Underway::begin(&self.underway)?;
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let lane = &self.lanes[turn % self.lanes.len()];
        let link = self.link(lane).await?;
        match in_time(async { Ok(link.query(sql, values).await) }).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) if link.client.is_closed() || is_ending(&error) => {
                lane.forget(&link);
                let link = self.link(lane).await?;
                in_time(async { Ok(link.query(sql, values).await?) }).await
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

/// One that waits, until it is dropped.
struct Underway<'a>(&'a AtomicUsize);

impl<'a> Underway<'a> {
    fn begin(underway: &'a AtomicUsize) -> Result<Self, StorageError> {
        let one = Self(underway);
        match underway.fetch_add(1, Ordering::Relaxed) < MOST_UNDERWAY {
            true => Ok(one),
            false => Err(StorageError::Unavailable(
                "too many wait for the database".into(),
            )),
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
            prepared: RwLock::default(),
            preparing: Mutex::default(),
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
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = match self.prepared(sql) {
            Some(statement) => statement,
            None => self.prepare(sql).await?,
        };
        self.client.query(&statement, values).await
    }

    fn prepared(&self, sql: &str) -> Option<Statement> {
        let prepared = self.prepared.read().unwrap_or_else(PoisonError::into_inner);
        let found = prepared.iter().find(|(of, _)| **of == *sql);
        found.map(|(_, statement)| statement.clone())
    }

    async fn prepare(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let _alone = self.preparing.lock().await;
        if let Some(statement) = self.prepared(sql) {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        let mut prepared = self
            .prepared
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        prepared.push((sql.into(), statement.clone()));
        Ok(statement)
    }
}
