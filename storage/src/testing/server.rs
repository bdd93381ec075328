//! The PostgreSQL server that tests run on.

use crate::private_cluster::PrivateCluster;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::{OnceLock, mpsc},
    thread,
};
use tokio_postgres::{Client, Config, NoTls};

/// Where tests find databases: `TEST_DATABASE_URL`, or else a cluster of this process.
pub(super) struct Server {
    url: String,
}

impl Server {
    /// The server, started when it is first asked for.
    pub(super) fn get() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| {
            let given = env::var("TEST_DATABASE_URL").ok();
            let url = given.filter(|url| !url.is_empty());
            Self {
                url: url.unwrap_or_else(start_cluster),
            }
        })
    }

    /// The URL of another database on the same server.
    pub(super) fn url_of(&self, database: &str) -> String {
        let (address, arguments) = match self.url.split_once('?') {
            Some((address, arguments)) => (address, format!("?{arguments}")),
            None => (&self.url[..], String::new()),
        };
        let (scheme, rest) = address.split_once("://").unwrap();
        let host = rest.split('/').next().unwrap_or(rest);
        format!("{scheme}://{host}/{database}{arguments}")
    }

    /// A connection to the database that every server has.
    pub(super) async fn connect(&self) -> Client {
        connect(self.url_of("postgres").parse().unwrap()).await
    }
}

/// A connection that reports to nobody when it ends.
pub(super) async fn connect(config: Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Starts a cluster that ends with this process. What it holds is worth nothing, so it need not
/// survive a power cut.
fn start_cluster() -> String {
    let (tell, told) = mpsc::channel();
    // The cluster ends with the thread that started it: a test's thread would be too short.
    thread::spawn(move || {
        let folder = unused_folder();
        let cluster = PrivateCluster::start(&folder)
            .unwrap_or_else(|error| panic!("no TEST_DATABASE_URL, and no cluster: {error}"));
        tell.send(cluster.url().to_owned()).unwrap();
        loop {
            thread::park();
        }
    });
    let url = told.recv().unwrap();
    forgo_durability(url.clone());
    url
}

fn forgo_durability(url: String) {
    let change = async move {
        let client = connect(url.parse().unwrap()).await;
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            let sql = format!("ALTER SYSTEM SET {setting} = off");
            client.batch_execute(&sql).await.unwrap();
        }
        let reload = "SELECT pg_reload_conf()";
        client.batch_execute(reload).await.unwrap();
    };
    let worker = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(change);
    });
    worker.join().unwrap();
}

/// A folder for this process, short enough for the name of a socket in it and open to the user
/// that PostgreSQL runs as. Folders of processes that are gone are removed.
fn unused_folder() -> PathBuf {
    const PREFIX: &str = "georeport-test-";
    for entry in fs::read_dir(env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if !Path::new("/proc").join(owner).exists() {
            // Another process may be at it, too.
            fs::remove_dir_all(entry.path()).ok();
        }
    }
    env::temp_dir().join(format!("{PREFIX}{}", process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_has_the_same_address() {
        let url = |given: &str| {
            let server = Server {
                url: given.to_owned(),
            };
            server.url_of("x")
        };
        assert_eq!(url("postgres://u@h:1/a?b=/c"), "postgres://u@h:1/x?b=/c");
        assert_eq!(url("postgresql://u@%2Ftmp"), "postgresql://u@%2Ftmp/x");
    }
}
