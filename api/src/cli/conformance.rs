//! `georeport conformance`.

use super::{
    Failure,
    database::Database,
    serve::{self, Serving},
};
use crate::{
    config::{ServeArgs, ServeConfig},
    logging,
};
use clap::Args;
use georeport_conformance::{Options, Report, report::terminal};
use std::{io::Write, net::TcpListener, time::Duration};
use storage::{Storage, private_cluster::PrivateCluster};

/// Options of `conformance`: those of `serve`, since what is checked is what they would serve.
#[derive(Args)]
pub struct ConformanceArgs {
    /// Check one jurisdiction only; default: each
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: Option<String>,
    #[command(flatten)]
    serve: ServeArgs,
}

/// Serves on a free port of this machine and checks each jurisdiction under both base paths.
pub fn run(args: &ConformanceArgs) -> Result<(), Failure> {
    let config = ServeConfig::parse(&args.serve).map_err(|faults| faults.join("\ngeoreport: "))?;
    let config = config.on_loopback();
    logging::start(config.log_format, tracing::Level::WARN);
    let listener = TcpListener::bind(config.listen)?;
    let database = Database::open_beside(&args.serve.database)?;
    let checked =
        actix_web::rt::System::new().block_on(check(args, config, listener, &database.url));
    let stopped = database.cluster.map_or(Ok(()), PrivateCluster::stop);
    checked?;
    Ok(stopped?)
}

async fn check(
    args: &ConformanceArgs,
    config: ServeConfig,
    listener: TcpListener,
    url: &str,
) -> Result<(), Failure> {
    let data_dir = &args.serve.database.data_dir;
    let Serving {
        server, address, ..
    } = serve::open(config, listener, data_dir, url).await?;
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let jurisdictions = jurisdictions(url, args.jurisdiction.as_deref()).await?;
    let is_one_of_several = jurisdictions.len() > 1 || args.jurisdiction.is_some();
    let mut broken = 0;
    for jurisdiction in &jurisdictions {
        let named = is_one_of_several.then(|| jurisdiction.clone());
        let within = format!("http://{address}/jurisdictions/{jurisdiction}/open311/v2");
        let bases = [
            (format!("http://{address}/open311/v2"), named),
            (within, None),
        ];
        for (base, jurisdiction_id) in bases {
            let mut options = Options::new(base);
            options.jurisdiction = jurisdiction_id;
            options.pace = Duration::ZERO;
            // The kit waits for answers that this thread gives.
            let report = actix_web::rt::task::spawn_blocking(move || terminal::watched(&options));
            let report = report.await??;
            tell(&report)?;
            broken += usize::from(!report.conforms());
        }
    }
    handle.stop(true).await;
    running.await??;
    match broken {
        0 => Ok(()),
        _ => Err(format!("{broken} of the reports above have a rule of grade MUST broken").into()),
    }
}

/// The jurisdictions to check.
async fn jurisdictions(url: &str, only: Option<&str>) -> Result<Vec<String>, Failure> {
    let storage = Storage::new(url, 1)?;
    if let Some(id) = only {
        let (jurisdiction, _) = super::database::jurisdiction(&storage, id).await?;
        return Ok(vec![jurisdiction.jurisdiction_id.as_str().to_owned()]);
    }
    let found: Vec<String> = storage
        .list_jurisdictions()
        .await?
        .iter()
        .map(|one| one.jurisdiction_id.as_str().to_owned())
        .collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err("there is no jurisdiction to check; add one with: \
                     georeport jurisdiction add ID --name NAME --timezone ZONE"
            .into()),
    }
}

fn tell(report: &Report) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", terminal::text(report))?;
    Ok(stdout.flush()?)
}
