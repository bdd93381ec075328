//! The database of a subcommand: the one that was named, the one of a `serve` that runs on the same
//! folder, or a private one that is started for the time being.

use super::Failure;
use crate::config::DatabaseArgs;
use domain::{Jurisdiction, JurisdictionId};
use std::future::Future;
use storage::{By, JurisdictionStorage, Storage, migrate, private_cluster::PrivateCluster};

/// A database that can be connected to, as long as this lives.
pub struct Database {
    /// Where.
    pub url: String,
    /// Ours, to be stopped at the end.
    pub cluster: Option<PrivateCluster>,
}

impl Database {
    /// The database that the options name, started if it is a private one.
    ///
    /// It must be called on the main thread before any runtime starts: the private database ends
    /// with the thread that started it.
    ///
    /// # Errors
    /// When a private one cannot be started.
    pub fn open(args: &DatabaseArgs) -> Result<Self, Failure> {
        if let Some(url) = args.url() {
            return Ok(Self {
                url: url.to_owned(),
                cluster: None,
            });
        }
        if !args.data_dir.join("postgres").exists() {
            let folder = args.data_dir.display();
            eprintln!("georeport: there is no database in {folder}: a new one is made there");
        }
        let cluster = PrivateCluster::start(&args.data_dir)?;
        Ok(Self {
            url: cluster.url().to_owned(),
            cluster: Some(cluster),
        })
    }

    /// As [`Self::open`], or the private database of a `serve` that runs on the same folder.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_beside(args: &DatabaseArgs) -> Result<Self, Failure> {
        if args.url().is_none()
            && let Some(url) = PrivateCluster::running_url(&args.data_dir)?
        {
            return Ok(Self { url, cluster: None });
        }
        Self::open(args)
    }
}

/// Runs `work` with a storage whose schema is current, and stops what had to be started for it.
///
/// # Errors
/// Those of the database and of `work`.
pub fn with_storage<F: Future<Output = Result<(), Failure>>>(
    args: &DatabaseArgs,
    work: impl FnOnce(Storage) -> F,
) -> Result<(), Failure> {
    crate::logging::start(crate::config::LogFormat::Text, tracing::Level::WARN);
    let database = Database::open_beside(args)?;
    let done = actix_web::rt::System::new().block_on(async {
        let storage = Storage::new(&database.url, 2)?;
        migrate::run(&storage).await?;
        work(storage).await
    });
    if let Some(cluster) = database.cluster {
        cluster.stop()?;
    }
    done
}

/// Whoever has the command line, for the audit log.
pub fn operator(command: &'static str) -> By<'static> {
    By {
        actor: "operator",
        operation: command,
    }
}

/// A jurisdiction that must be there.
///
/// # Errors
/// When it is not; the message says how to add it.
pub async fn jurisdiction(
    storage: &Storage,
    id: &str,
) -> Result<(Jurisdiction, JurisdictionStorage), Failure> {
    let id = JurisdictionId::parse(id)?;
    let found = storage.list_jurisdictions().await?;
    let Some(jurisdiction) = found.iter().find(|one| one.jurisdiction_id == id) else {
        let known: Vec<&str> = found
            .iter()
            .map(|one| one.jurisdiction_id.as_str())
            .collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        return Err(format!(
            "there is no jurisdiction {id} (there is: {known}); add it with: \
             georeport jurisdiction add {id} --name NAME --timezone ZONE"
        )
        .into());
    };
    Ok((jurisdiction.clone(), storage.jurisdiction(&id)))
}
