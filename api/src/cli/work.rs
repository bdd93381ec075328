//! `georeport work`.

use super::{Failure, database::Database, serve};
use crate::{
    config::{ServeArgs, ServeConfig},
    logging, work,
};
use clap::Args;
use std::{io::Write, path::Path};
use storage::private_cluster::PrivateCluster;

/// Options of `work`: those of `serve`, most of which it needs; it listens to nobody.
#[derive(Args)]
pub struct WorkArgs {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Works until SIGTERM or SIGINT.
pub fn run(args: &WorkArgs) -> Result<(), Failure> {
    let config = ServeConfig::parse(&args.serve).map_err(|faults| faults.join("\ngeoreport: "))?;
    if config.gate.read_only {
        return Err("--read-only (GEOREPORT_READ_ONLY) leaves nothing to be worked on".into());
    }
    logging::start(config.log_format, config.log_level);
    let mut database = Database::open_beside(&args.serve.database)?;
    let data_dir = &args.serve.database.data_dir;
    let worked = actix_web::rt::System::new().block_on(do_work(
        config,
        data_dir,
        &database.url,
        database.cluster.as_mut(),
    ));
    let stopped = database.cluster.map_or(Ok(()), PrivateCluster::stop);
    worked?;
    Ok(stopped?)
}

async fn do_work(
    config: ServeConfig,
    data_dir: &Path,
    url: &str,
    cluster: Option<&mut PrivateCluster>,
) -> Result<(), Failure> {
    // Where files of ours are served is for --public-url to say; failing that, where `serve` listens.
    let address = config.listen;
    let state = serve::state(config, address, data_dir, url).await?;
    let work = work::start(&state);
    // Servers that keep answers are told at once of what is changed here.
    let storage = state.storage.clone();
    actix_web::rt::spawn(async move { storage.watch_changes().await });
    // A closed standard output is no reason to stop.
    let _ = writeln!(std::io::stdout(), "working");
    tracing::info!("working");
    serve::until_stopped(cluster).await?;
    tracing::info!("stopping: what is in flight is ended first");
    work.stop(state.shared.config.shutdown_timeout).await;
    Ok(())
}
