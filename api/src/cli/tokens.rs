//! `georeport tokens …`.

use super::{
    Failure,
    database::{jurisdiction, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::datetime;

/// What can be done with tokens.
#[derive(Subcommand)]
pub enum TokensCommand {
    /// Give every pending token of a jurisdiction its service_request_id
    Resolve(ResolveArgs),
}

/// Options of `tokens resolve`.
#[derive(Args)]
pub struct ResolveArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &TokensCommand) -> Result<(), Failure> {
    let TokensCommand::Resolve(args) = command;
    with_storage(&args.database, async |storage| {
        let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
        let now = Utc::now();
        let mut resolved = 0;
        loop {
            match storage
                .resolve_tokens(now, datetime::to_seconds(now))
                .await?
            {
                0 => break,
                more => resolved += more,
            }
        }
        println!("{resolved} tokens resolved");
        Ok(())
    })
}
