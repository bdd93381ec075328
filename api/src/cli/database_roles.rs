//! `georeport database-roles`.

use super::Failure;
use clap::Args;
use std::io::Write;
use storage::DatabaseRoles;

/// Options of `database-roles`.
#[derive(Args)]
#[command(
    after_help = "For example, after every update:\n  georeport database-roles | psql -d georeport"
)]
pub struct DatabaseRolesArgs {
    /// The role that owns the tables: for `georeport migrate` and an operator's commands
    #[arg(
        long,
        env = "GEOREPORT_MIGRATOR",
        value_name = "ROLE",
        default_value = "georeport_migrator"
    )]
    migrator: String,
    /// The role of `georeport serve --no-work`
    #[arg(
        long,
        env = "GEOREPORT_SERVER",
        value_name = "ROLE",
        default_value = "georeport_server"
    )]
    server: String,
    /// The role of `georeport work`
    #[arg(
        long,
        env = "GEOREPORT_WORKER",
        value_name = "ROLE",
        default_value = "georeport_worker"
    )]
    worker: String,
}

/// Prints the statements.
pub fn run(args: &DatabaseRolesArgs) -> Result<(), Failure> {
    let roles = DatabaseRoles {
        migrator: &args.migrator,
        server: &args.server,
        worker: &args.worker,
    };
    std::io::stdout().write_all(roles.statements().as_bytes())?;
    Ok(())
}
