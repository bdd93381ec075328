//! Pools of connections, and the one way to run a query on them.

use crate::{
    JurisdictionStorage, StorageError, changes::Changes, error, filing::Filing, pipeline::Pipeline,
};
use deadpool::{
    Runtime,
    managed::{self, Manager, Timeouts},
};
use diesel::QueryResult;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
};
use domain::JurisdictionId;
use futures_util::FutureExt;
use std::{sync::Arc, time::Duration};
use tokio_postgres::{NoTls, config::TargetSessionAttrs};

/// How long a request waits for a connection: after that the database is as good as away.
pub(crate) const CONNECTION_WAIT: Duration = Duration::from_secs(2);

/// Connections of one storage that many use at the same time: one for each pipeline.
pub(crate) const SHARED_CONNECTIONS: usize = 5;

/// How many may wait for a connection of one pool. At 10 ms for each of four connections, which is a
/// slow search, the last of them has waited for a third of [`CONNECTION_WAIT`].
const MOST_WAITING: usize = 256;

/// How long a statement or a transaction may take, all told. PostgreSQL ends a statement sooner by
/// itself; this is for a database that has become silent.
const DEADLINE: Duration = Duration::from_secs(12);

/// What every connection is told. A lock is waited for one second: whoever repeats a POST that is
/// still running is told so instead of queueing. Nothing runs longer than a client would wait.
const SETTINGS: &str = "-c lock_timeout=1000 -c statement_timeout=10000 \
    -c idle_in_transaction_session_timeout=10000 -c timezone=UTC -c jit=off";

/// A search has as many good plans as it has arguments, so it is planned each time; one search
/// may not take every core.
const SEARCH_SETTINGS: &str = "-c plan_cache_mode=force_custom_plan \
    -c max_parallel_workers_per_gather=0";

/// What is filed, and a list in the order of an index, has one good plan, whatever the values are.
const ONE_PLAN_SETTINGS: &str = "-c plan_cache_mode=force_generic_plan \
    -c max_parallel_workers_per_gather=0";

/// For a server that must not write: what it tries nevertheless fails.
const READ_ONLY: &str = "-c default_transaction_read_only=on";

/// A PostgreSQL database with PostGIS. There is one, and no copy of it to read from: what is decided
/// is decided by what is so now.
#[derive(Clone)]
pub struct Storage(pub(crate) Arc<Connections>);

/// What the clones of a storage have in common.
pub(crate) struct Connections {
    url: String,
    writes: bool,
    /// Of each pool.
    pub(crate) connections: usize,
    pool: Pool<AsyncPgConnection>,
    search_pool: Pool<AsyncPgConnection>,
    /// Finds one service request.
    pub(crate) one: Pipeline,
    /// Finds those of a page. Apart, because a page takes longer than one.
    pub(crate) several: Pipeline,
    /// Finds which service requests a page has, when one plan is good for all values.
    pub(crate) keys: Pipeline,
    /// Finds which migrations were applied. Apart, so that whoever watches the server is answered
    /// however many others wait.
    pub(crate) applied: Pipeline,
    /// Finds what is to be filed is judged by.
    pub(crate) terms: Pipeline,
    /// Writes what is filed.
    pub(crate) filing: Filing,
    /// What has changed so far.
    pub(crate) changes: Changes,
}

impl Storage {
    /// A storage that opens up to `connections` for short statements, as many for searches and as many
    /// for filing, each when it is first needed, and five that many share. What is filed is written in
    /// the runtime that this is called in.
    ///
    /// # Errors
    /// When `url` is not a PostgreSQL URL, or outside of a runtime.
    pub fn new(url: &str, connections: usize) -> Result<Self, StorageError> {
        Self::open(url, true, connections, Changes::default(), None)
    }

    /// The same, which writes nothing: for maintenance, and for a standby.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn read_only(url: &str, connections: usize) -> Result<Self, StorageError> {
        Self::open(url, false, connections, Changes::default(), None)
    }

    /// The same database over connections of its own, for another thread. What is changed through
    /// one is known to the other, and what is filed through both is filed together.
    ///
    /// # Errors
    /// Never, as far as is known: the URL was good before.
    pub fn with_own_connections(&self) -> Result<Self, StorageError> {
        Self::open(
            &self.0.url,
            self.0.writes,
            self.0.connections,
            self.0.changes.clone(),
            Some(self.0.filing.clone()),
        )
    }

    fn open(
        url: &str,
        writes: bool,
        connections: usize,
        changes: Changes,
        filing: Option<Filing>,
    ) -> Result<Self, StorageError> {
        let settings = if writes {
            SETTINGS.to_owned()
        } else {
            format!("{SETTINGS} {READ_ONLY}")
        };
        let search_settings = format!("{settings} {SEARCH_SETTINGS}");
        let one_plan_settings = format!("{settings} {ONE_PLAN_SETTINGS}");
        let short = config(url, &settings, writes)?;
        Ok(Self(Arc::new(Connections {
            url: url.to_owned(),
            writes,
            connections,
            one: Pipeline::new(short.clone(), 1),
            several: Pipeline::new(short.clone(), 1),
            applied: Pipeline::new(short.clone(), 1),
            terms: Pipeline::new(short.clone(), 1),
            keys: Pipeline::new(config(url, &one_plan_settings, writes)?, 1),
            pool: pool(short, url, connections)?,
            search_pool: pool(config(url, &search_settings, writes)?, url, connections)?,
            filing: match filing {
                Some(filing) => filing,
                None => Filing::new(config(url, &one_plan_settings, writes)?, connections)?,
            },
            changes,
        })))
    }

    /// The storage of one jurisdiction, which is not asked whether it exists.
    pub fn jurisdiction(&self, jurisdiction_id: &JurisdictionId) -> JurisdictionStorage {
        JurisdictionStorage {
            storage: self.clone(),
            jurisdiction_id: jurisdiction_id.clone(),
        }
    }

    /// A connection outside the pools, without their time limits: for migrations and imports.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn dedicated(&self) -> Result<tokio_postgres::Client, StorageError> {
        let (client, connection) = self.dedicated_config()?.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
        Ok(client)
    }

    pub(crate) fn dedicated_config(&self) -> Result<tokio_postgres::Config, StorageError> {
        config(&self.0.url, "-c timezone=UTC", self.0.writes)
    }

    /// Runs a statement that does not write.
    pub(crate) async fn read<T>(
        &self,
        query: impl AsyncFn(&mut AsyncPgConnection) -> QueryResult<T>,
    ) -> Result<T, StorageError> {
        read_on(&self.0.pool, query).await
    }

    /// Runs a search.
    pub(crate) async fn search<T>(
        &self,
        query: impl AsyncFn(&mut AsyncPgConnection) -> QueryResult<T>,
    ) -> Result<T, StorageError> {
        read_on(&self.0.search_pool, query).await
    }

    /// A connection for one statement that writes. More than one want [`Self::transaction`].
    pub(crate) async fn connection(&self) -> Result<Object<AsyncPgConnection>, StorageError> {
        take(&self.0.pool).await
    }

    /// Runs `act` in a transaction; an error undoes it. A connection that the database has closed
    /// meanwhile shows it at the begin, before anything is written, and is replaced.
    pub(crate) async fn transaction<T>(
        &self,
        act: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<End<T>, StorageError>,
    ) -> Result<T, StorageError> {
        let mut open = Open(None);
        let mut connection = open.0.insert(self.connection().await?);
        match error::begin(connection).await {
            Err(error) if error::is_closed(&error) => {
                open.close();
                connection = open.0.insert(self.connection().await?);
                error::begin(connection).await?;
            }
            result => result?,
        }
        let value = in_time(async {
            match act(connection).await? {
                End::Commit(value) => {
                    error::commit(connection).await?;
                    Ok(value)
                }
                End::Rollback(value) => {
                    error::rollback(connection).await?;
                    Ok(value)
                }
            }
        })
        .await?;
        open.0 = None; // back to the pool
        Ok(value)
    }
}

/// How a transaction ends that did not fail.
pub(crate) enum End<T> {
    /// What it wrote is kept.
    Commit(T),
    /// What it wrote is undone.
    Rollback(T),
}

/// A connection with a statement or transaction that is not over. If it does not end, or its caller
/// goes away, the connection is closed: in the pool it would keep its locks until somebody asks for it.
pub(crate) struct Open<M: Manager>(pub Option<managed::Object<M>>);

impl<M: Manager> Open<M> {
    pub fn close(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(managed::Object::take(connection));
        }
    }
}

impl<M: Manager> Drop for Open<M> {
    fn drop(&mut self) {
        self.close();
    }
}

async fn read_on<T>(
    pool: &Pool<AsyncPgConnection>,
    query: impl AsyncFn(&mut AsyncPgConnection) -> QueryResult<T>,
) -> Result<T, StorageError> {
    let mut open = Open(None);
    let connection = open.0.insert(take(pool).await?);
    let mut answer = in_time(async { Ok(query(connection).await) }).await?;
    if answer.as_ref().is_err_and(error::is_closed) {
        // The database was restarted since the connection was last used: one more try.
        open.close();
        let connection = open.0.insert(pool.get().await?);
        answer = in_time(async { Ok(query(connection).await) }).await?;
    }
    open.0 = None; // back to the pool
    Ok(answer?)
}

/// A connection, unless so many wait for one that whoever comes now would wait in vain: he is told so
/// at once, and those before him are served.
async fn take(pool: &Pool<AsyncPgConnection>) -> Result<Object<AsyncPgConnection>, StorageError> {
    if pool.status().waiting >= MOST_WAITING {
        return Err(StorageError::Unavailable(
            "too many wait for a connection".into(),
        ));
    }
    Ok(pool.get().await?)
}

/// What `work` gives, unless the database has become silent.
pub(crate) async fn in_time<T>(
    work: impl Future<Output = Result<T, StorageError>>,
) -> Result<T, StorageError> {
    tokio::time::timeout(DEADLINE, work)
        .await
        .unwrap_or_else(|silent| Err(StorageError::Unavailable(silent.into())))
}

fn pool(
    config: tokio_postgres::Config,
    url: &str,
    connections: usize,
) -> Result<Pool<AsyncPgConnection>, StorageError> {
    let mut manager = ManagerConfig::default();
    // The default asks `SELECT 1` at each checkout, which costs half as much as a short query.
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_| {
        let config = config.clone();
        async move {
            let (client, connection) = config
                .connect(NoTls)
                .await
                .map_err(|error| diesel::ConnectionError::BadConnection(error.to_string()))?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        }
        .boxed()
    });
    pool_of(
        AsyncDieselConnectionManager::new_with_config(url, manager),
        connections,
    )
}

/// A pool in which nobody waits for long.
pub(crate) fn pool_of<M: Manager>(
    manager: M,
    connections: usize,
) -> Result<managed::Pool<M>, StorageError> {
    managed::Pool::builder(manager)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts {
            wait: Some(CONNECTION_WAIT),
            create: Some(CONNECTION_WAIT),
            recycle: Some(CONNECTION_WAIT),
        })
        .build()
        .map_err(StorageError::unexpected)
}

/// What every connection is made by. One that `writes` is made to no copy that only reads, which a
/// URL with several hosts may name too.
fn config(url: &str, settings: &str, writes: bool) -> Result<tokio_postgres::Config, StorageError> {
    let mut config: tokio_postgres::Config = url.parse()?;
    let settings = match config.get_options() {
        Some(own) => format!("{settings} {own}"),
        None => settings.to_owned(),
    };
    if writes {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config
        .options(&settings)
        .application_name("georeport")
        .connect_timeout(CONNECTION_WAIT)
        .tcp_user_timeout(Duration::from_secs(5))
        .keepalives_idle(Duration::from_secs(5));
    Ok(config)
}
