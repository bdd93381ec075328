//! `georeport-bench`: measures the server as a stranger would, over HTTP, against what PostgreSQL and
//! the network stack of the same machine can do in the same minutes. It knows the server's binary and
//! its database, and none of its crates.

mod cluster;
mod data;
mod growth;
mod http;
mod import;
mod load;
mod machine;
mod measure;
mod options;
mod pgbench;
mod process;
mod program;
mod report;
mod run;
mod scenario;
mod scenarios;
mod server;
mod start;
mod static_reply;
mod statistics;

use clap::Parser;
use options::Command;
use std::process::ExitCode;

/// What went wrong, in words.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Run(options) => run::run(&options),
        Command::StaticReply { answer } => static_reply::serve(&answer),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("georeport-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}
