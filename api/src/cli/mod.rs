//! The command line: one file a subcommand.

mod audit;
mod client;
mod conformance;
mod database;
mod database_roles;
mod forward;
mod holiday;
pub(crate) mod import;
mod jurisdiction;
mod key;
mod migrate;
mod mirror;
mod remote;
mod serve;
mod service_level;
mod signing_key;
mod staff;
mod tokens;
mod work;
mod working_hours;

use crate::logging;
use clap::{Parser, Subcommand};
use std::{error::Error, process::ExitCode};

/// Whatever went wrong, for the operator.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// An Open311 GeoReport v2 server on PostGIS.
#[derive(Parser)]
#[command(
    name = "georeport",
    version,
    after_help = "Try it: georeport serve --demo\n\
        then open http://127.0.0.1:8311/ or run: curl http://127.0.0.1:8311/discovery.xml\n\n\
        Options may be given as environment variables, which each subcommand's help names."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer GeoReport requests until stopped
    Serve(Box<crate::config::ServeArgs>),
    /// Do the work in the background, beside or in place of a `serve`, until stopped
    Work(Box<work::WorkArgs>),
    /// Bring the database to the schema of this version; `serve` does so too
    Migrate(migrate::MigrateArgs),
    /// Print the SQL that lets server, worker and migrator do in the database what each must, and no
    /// more
    DatabaseRoles(database_roles::DatabaseRolesArgs),
    /// Hold this server and its data against the letter of the standard, without writing anything
    Conformance(Box<conformance::ConformanceArgs>),
    /// Who takes service requests here
    #[command(subcommand)]
    Jurisdiction(jurisdiction::JurisdictionCommand),
    /// The API keys with which apps file service requests
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// The people and programs of a city that get tokens from this server
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// The people whom a city's identity provider knows
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Who did what
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The keys with which the tokens are signed that this server issues
    #[command(subcommand)]
    SigningKey(signing_key::SigningKeyCommand),
    /// Take over services or service requests from files
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Other GeoReport endpoints that a jurisdiction speaks to
    #[command(subcommand)]
    Remote(remote::RemoteCommand),
    /// Read-only copies of jurisdictions at other endpoints
    #[command(subcommand)]
    Mirror(mirror::MirrorCommand),
    /// Service requests that are filed with another endpoint too
    #[command(subcommand)]
    Forward(forward::ForwardCommand),
    /// The tokens of batch services
    #[command(subcommand)]
    Tokens(tokens::TokensCommand),
    /// How soon what is asked for should be done
    #[command(subcommand)]
    ServiceLevel(service_level::ServiceLevelCommand),
    /// When a jurisdiction works in an ordinary week
    #[command(subcommand)]
    WorkingHours(working_hours::WorkingHoursCommand),
    /// Days on which a jurisdiction does not work
    #[command(subcommand)]
    Holiday(holiday::HolidayCommand),
}

/// Runs the program. 0: done, 1: it failed and said why, 2: the command line is wrong.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Work(args) => work::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::DatabaseRoles(args) => database_roles::run(&args),
        Command::Conformance(args) => conformance::run(&args),
        Command::Jurisdiction(command) => jurisdiction::run(&command),
        Command::Key(command) => key::run(&command),
        Command::Staff(command) => staff::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Client(command) => client::run(&command),
        Command::SigningKey(command) => signing_key::run(&command),
        Command::Import(command) => import::run(&command),
        Command::Remote(command) => remote::run(&command),
        Command::Mirror(command) => mirror::run(&command),
        Command::Forward(command) => forward::run(&command),
        Command::Tokens(command) => tokens::run(&command),
        Command::ServiceLevel(command) => service_level::run(&command),
        Command::WorkingHours(command) => working_hours::run(&command),
        Command::Holiday(command) => holiday::run(&command),
    };
    logging::flush();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("georeport: {}", with_causes(failure.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// A failure with what lies beneath it.
pub(crate) fn with_causes(failure: &(dyn Error + 'static)) -> String {
    let mut text = failure.to_string();
    let mut next = failure.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some libraries quote their cause in their own text already.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
