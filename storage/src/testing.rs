//! A database of its own for each test, and builders of what stands in it.
//!
//! A database is cloned from a template in about 20 ms, where PostGIS alone takes 300 ms. The
//! template is made by whichever test needs it first and serves until the migrations change.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests come here, and what goes wrong fails them"
)]

mod builders;
mod hot;
mod kept_plan;
mod server;

pub use builders::{
    JurisdictionBuilder, ServiceBuilder, ServiceRequestBuilder, a_jurisdiction, a_service,
    a_service_request,
};
pub use hot::{HOT_STATEMENTS, HotStatement};

use crate::{Storage, migrate};
use server::Server;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio_postgres::{Client, error::SqlState};

/// Connections that a test may have open in each pool.
const CONNECTIONS: usize = 4;
/// Arbitrary; held while a template is made, so that one process makes it.
const TEMPLATE_LOCK: i64 = 0x7465_7374;
/// Databases that tests left behind (they were killed) are dropped when they are so old.
const LEFTOVER_SECONDS: u64 = 3_600;

/// A database that is dropped with this value.
pub struct TestDatabase {
    name: String,
    url: String,
    storage: Storage,
}

impl TestDatabase {
    /// A database with the newest schema and nothing in it.
    pub async fn new() -> Self {
        Self::filled("", async |_| {}).await
    }

    /// A database without even PostGIS.
    pub async fn empty() -> Self {
        let server = Server::get();
        let admin = server.connect().await;
        let name = unused_name();
        clone(&admin, &name, "template0").await.unwrap();
        Self::open(server, name)
    }

    /// A database with the newest schema and what `fill` puts in. What is filled in is kept under
    /// the name `content` and cloned the next time: a new name for every change of `fill`.
    pub async fn filled(content: &str, fill: impl AsyncFnOnce(&Storage)) -> Self {
        let server = Server::get();
        let admin = server.connect().await;
        drop_leftovers(&admin).await;
        let name = unused_name();
        let template = format!("{}{content}", template_prefix());
        match clone(&admin, &name, &template).await {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_DATABASE) => {
                make_template(server, &admin, &template, fill).await;
                clone(&admin, &name, &template).await.unwrap();
            }
            result => result.unwrap(),
        }
        Self::open(server, name)
    }

    fn open(server: &Server, name: String) -> Self {
        let url = server.url_of(&name);
        let storage = Storage::new(&url, CONNECTIONS).unwrap();
        Self { name, url, storage }
    }

    /// The database as the program sees it.
    pub fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection for what the program does not do.
    pub async fn client(&self) -> Client {
        server::connect(self.url.parse().unwrap()).await
    }

    /// Runs statements that the program does not have.
    pub async fn execute(&self, sql: &str) {
        self.client().await.batch_execute(sql).await.unwrap();
    }

    /// The number that a statement answers.
    pub async fn number(&self, sql: &str) -> i64 {
        let client = self.client().await;
        client.query_one(sql, &[]).await.unwrap().get(0)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        // On a thread of its own: a test has its runtime, which must not wait for another.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let admin = Server::get().connect().await;
                admin.batch_execute(&sql).await.unwrap();
            });
        });
        if dropped.join().is_err() {
            // No panic: the test may be panicking already. The next run drops it.
            tracing::warn!(database = self.name, "a test database was left behind");
        }
    }
}

fn template_prefix() -> String {
    format!("georeport_template_{:016x}", migrate::fingerprint())
}

/// The name tells when it was made, for [`drop_leftovers`].
fn unused_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("georeport_test_{}_{}_{number}", now(), std::process::id())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

async fn clone(admin: &Client, name: &str, template: &str) -> Result<(), tokio_postgres::Error> {
    let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"");
    admin.batch_execute(&sql).await
}

/// Makes a template under another name first: one that is there is complete.
async fn make_template(
    server: &Server,
    admin: &Client,
    template: &str,
    fill: impl AsyncFnOnce(&Storage),
) {
    admin
        .execute("SELECT pg_advisory_lock($1)", &[&TEMPLATE_LOCK])
        .await
        .unwrap();
    let exists = "SELECT FROM pg_database WHERE datname = $1";
    if admin.query(exists, &[&template]).await.unwrap().is_empty() {
        drop_stale_templates(admin).await;
        let unfinished = unused_name();
        clone(admin, &unfinished, "template0").await.unwrap();
        let storage = Storage::new(&server.url_of(&unfinished), CONNECTIONS).unwrap();
        migrate::run(&storage).await.unwrap();
        fill(&storage).await;
        drop(storage);
        // Waits for the connections of the storage, which end by and by.
        let rename = format!("ALTER DATABASE \"{unfinished}\" RENAME TO \"{template}\"");
        admin.batch_execute(&rename).await.unwrap();
    }
    admin
        .execute("SELECT pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])
        .await
        .unwrap();
}

/// Drops the templates of other migrations.
async fn drop_stale_templates(admin: &Client) {
    let current = template_prefix();
    for name in databases(admin, "georeport_template_").await {
        if !name.starts_with(&current) {
            drop_if_unused(admin, &name).await;
        }
    }
}

async fn drop_leftovers(admin: &Client) {
    for name in databases(admin, "georeport_test_").await {
        let made = name.split('_').nth(2).and_then(|made| made.parse().ok());
        if made.is_none_or(|made: u64| made + LEFTOVER_SECONDS < now()) {
            drop_if_unused(admin, &name).await;
        }
    }
}

async fn databases(admin: &Client, prefix: &str) -> Vec<String> {
    let sql = "SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)";
    let rows = admin.query(sql, &[&prefix]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Another process may use it or drop it at the same time: then it is not ours to drop.
async fn drop_if_unused(admin: &Client, name: &str) {
    let sql = format!("DROP DATABASE IF EXISTS \"{name}\"");
    if let Err(error) = admin.batch_execute(&sql).await {
        tracing::debug!(name, %error, "a database is still in use");
    }
}
