//! `georeport serve`.

use super::{Failure, database::Database};
use crate::{
    access::{KeyRates, Tokens},
    answers::Answers,
    config::{ServeArgs, ServeConfig},
    connection, demo,
    directory::Directory,
    extensions::metrics::Metrics,
    extract::BodyBudget,
    feed_ends::FeedEnds,
    gate::Rates,
    georeport::fragments::Fragments,
    logging,
    outbound::Outbound,
    photos::PhotoStore,
    state::{Shared, State},
    work::{self, Work},
};
use actix_web::dev::Server;
use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use storage::{
    Storage, StorageError, check_durability, migrate, missing_connections,
    private_cluster::PrivateCluster,
};
use tokio::signal::unix::{SignalKind, signal};

/// Serves until SIGTERM or SIGINT.
pub fn run(args: &ServeArgs) -> Result<(), Failure> {
    let config = ServeConfig::parse(args).map_err(|faults| faults.join("\ngeoreport: "))?;
    logging::start(config.log_format, config.log_level);
    // The port first: whoever starts a second server learns it before a database is started.
    let listener = TcpListener::bind(config.listen).map_err(|error| {
        let address = config.listen;
        format!("cannot listen on {address}: {error}; choose another address with --listen")
    })?;
    let data_dir = &args.database.data_dir;
    let mut database = Database::open(&args.database)?;
    let served = actix_web::rt::System::new().block_on(serve(
        config,
        listener,
        data_dir,
        &database.url,
        database.cluster.as_mut(),
    ));
    let stopped = database.cluster.map_or(Ok(()), PrivateCluster::stop);
    // Why it ended comes first; that a database which is gone cannot be stopped follows from it.
    served?;
    Ok(stopped?)
}

async fn serve(
    config: ServeConfig,
    listener: TcpListener,
    data_dir: &Path,
    url: &str,
    cluster: Option<&mut PrivateCluster>,
) -> Result<(), Failure> {
    let demo = config.demo;
    let Serving {
        server,
        address,
        shared,
        work,
    } = open(config, listener, data_dir, url).await?;
    announce(&shared.public_url, &format!("http://{address}"), demo);
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    until_stopped(cluster).await?;
    tracing::info!("stopping: requests in flight are answered first");
    shared.feed_ends.stop();
    let working = async {
        if let Some(work) = work {
            work.stop(shared.config.shutdown_timeout).await;
        }
    };
    futures_util::future::join(handle.stop(true), working).await;
    running.await??;
    Ok(())
}

/// A server that listens.
pub(super) struct Serving {
    /// To be awaited; it ends when it is stopped.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
    /// What its workers have in common.
    pub shared: Arc<Shared>,
    /// Its work in the background, if it does any.
    pub work: Option<Work>,
}

/// Prepares the database and listens.
pub(super) async fn open(
    config: ServeConfig,
    listener: TcpListener,
    data_dir: &Path,
    url: &str,
) -> Result<Serving, Failure> {
    let address = listener.local_addr()?;
    let state = state(config, address, data_dir, url).await?;
    let shared = state.shared.clone();
    let works = !shared.config.no_work && !shared.config.gate.read_only;
    let work = works.then(|| work::start(&state));
    let storage = state.storage.clone();
    let watching = storage.clone();
    actix_web::rt::spawn(async move { watching.watch_changes().await });
    actix_web::rt::spawn(async move { state.shared.feed_ends.look(&state.storage).await });
    let config = &shared.config;
    let for_workers = shared.clone();
    let server = connection::listen(listener, config, move || {
        // Each worker has connections of its own. The URL was good a moment ago.
        let storage = storage.with_own_connections();
        #[expect(clippy::expect_used, reason = "the same URL was parsed above")]
        let storage = storage.expect("the database URL is good");
        State {
            storage,
            shared: for_workers.clone(),
        }
    })?;
    Ok(Serving {
        server,
        address,
        shared,
        work,
    })
}

/// Prepares the database and whatever is at hand when something is answered or done.
pub(super) async fn state(
    config: ServeConfig,
    address: SocketAddr,
    data_dir: &Path,
    url: &str,
) -> Result<State, Failure> {
    let exceptions = config.outbound.exceptions();
    if !exceptions.is_empty() {
        tracing::warn!(
            exceptions,
            "webhooks and the like may go to these private or local addresses"
        );
    }
    let storage = connect(&config, url)?;
    prepare(&config, &storage, data_dir).await?;
    let public_url = config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let shared = Arc::new(Shared {
        answers: Answers::new(config.cache.answers),
        fragments: Fragments::new(config.cache.fragments, public_url.clone()),
        public_url,
        directory: Directory::default(),
        tokens: Tokens::new(config.access.identity_providers.clone()),
        rates: Rates::new(&config.gate),
        key_rates: KeyRates::default(),
        bodies: BodyBudget::default(),
        photos: PhotoStore::in_folder(&data_dir.join("media"))?,
        outbound: Outbound::new(&config.outbound)?,
        metrics: Metrics::new()?,
        feed_ends: FeedEnds::default(),
        openapi: OnceLock::new(),
        config,
    });
    Ok(State { storage, shared })
}

/// Connections as many and as good as configured.
fn connect(config: &ServeConfig, url: &str) -> Result<Storage, StorageError> {
    if config.gate.read_only {
        Storage::read_only(url, config.connections)
    } else {
        Storage::new(url, config.connections)
    }
}

/// Everything that must be so before the first request is answered.
async fn prepare(config: &ServeConfig, storage: &Storage, data_dir: &Path) -> Result<(), Failure> {
    let lossy = check_durability(storage).await?;
    if !lossy.is_empty() {
        let settings = lossy.join(", ");
        if !config.allow_data_loss {
            return Err(format!(
                "the database has {settings} switched off and would lose acknowledged service \
                 requests; switch it on, or accept that with --allow-data-loss"
            )
            .into());
        }
        tracing::warn!(
            settings,
            "the database may lose acknowledged service requests"
        );
    }
    if let Some(missing) = missing_connections(storage, config.workers).await? {
        tracing::warn!(
            may_open = missing.opened,
            allowed = missing.allowed,
            "a busy server may want more connections than the database allows: lower --connections \
             or --workers, or raise its max_connections"
        );
    }
    if config.gate.read_only {
        if !migrate::is_current(storage).await? {
            return Err(
                "the database has not the schema of this version, and --read-only keeps \
                 the server from changing it: run georeport migrate first"
                    .into(),
            );
        }
        return Ok(());
    }
    for version in migrate::run(storage).await? {
        tracing::info!(version, "migration applied");
    }
    if config.demo {
        demo::seed(storage, &data_dir.join("demo")).await?;
    }
    Ok(())
}

/// Says that the server answers, and what to try next.
fn announce(public_url: &str, address: &str, demo: bool) {
    let mut text = format!("listening on {address}\n");
    if demo {
        let base = format!("{public_url}/open311/v2");
        text.push_str(&format!(
            "\nIn a browser:  {public_url}/\n\
             Read service requests:\n  curl '{base}/requests.json?jurisdiction_id=boston.demo&page_size=2'\n\
             File one:\n  curl -d api_key=demo-key -d jurisdiction_id=boston.demo \
             -d service_code=sidewalk-repair -d lat=42.3601 -d long=-71.0589 \
             --data-urlencode 'description=A slab is loose' '{base}/requests.json'\n"
        ));
    }
    // A closed standard output is no reason to stop.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let _ = std::io::stdout().flush();
    tracing::info!(address, "listening");
}

/// Waits for a signal, or for the private database to end, which is a failure.
pub(super) async fn until_stopped(cluster: Option<&mut PrivateCluster>) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let database_ended = async {
        let Some(cluster) = cluster else {
            return std::future::pending().await;
        };
        while cluster.is_running() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = database_ended => Err("the private database ended by itself; start georeport again. Its log is postgres.log in the data folder".into()),
    }
}
