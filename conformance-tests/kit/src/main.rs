//! `georeport-conformance URL`.

use clap::Parser;
use georeport_conformance::report::terminal::Command;
use std::process::ExitCode;

/// Holds a GeoReport v2 endpoint against the letter of the standard.
///
/// Only reads, unless an API key is given and the endpoint is of type test or --allow-writes is
/// given. Ends with 0 when no rule of grade MUST is broken, with 1 when one is, with 2 when the
/// endpoint could not be checked.
#[derive(Parser)]
#[command(name = "georeport-conformance", version)]
struct Arguments {
    #[command(flatten)]
    command: Command,
}

fn main() -> ExitCode {
    Arguments::parse().command.run()
}
