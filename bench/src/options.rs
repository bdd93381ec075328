//! The command line.

use clap::{Args, Parser};
use std::path::PathBuf;

/// Measures georeport against what PostgreSQL and the network stack can do.
#[derive(Parser)]
#[command(name = "georeport-bench", version)]
pub enum Command {
    /// Build the data where it is missing, measure, and print the table
    Run(Box<Options>),
    /// The yardstick of what is answered again and again: the same bytes from the same library
    #[command(hide = true)]
    StaticReply {
        /// A whole answer, head and body, as it came
        answer: PathBuf,
    },
}

/// Options of `run`.
#[derive(Args)]
pub struct Options {
    /// How many service requests; of several sizes the first is the one that the others are held
    /// against
    #[arg(long, value_delimiter = ',', default_value = "50000,1000000")]
    pub rows: Vec<u64>,
    /// Only these scenarios, such as single,list50; "?" names them all
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only at these numbers of connections
    #[arg(long, value_delimiter = ',')]
    pub connections: Vec<usize>,
    /// How often server and yardstick are measured, in turn
    #[arg(long, default_value = "5")]
    pub rounds: usize,
    /// How long each is measured each time
    #[arg(long, default_value = "2")]
    pub seconds: f64,
    /// The server
    #[arg(long, default_value = "target/dist/georeport")]
    pub server: PathBuf,
    /// More options for `serve`, divided by blanks
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    pub serve_options: String,
    /// Where databases are kept from one run to the next: a folder for each size
    #[arg(long, default_value = "target/bench")]
    pub data: PathBuf,
    /// An empty database of a superuser, instead of a private one; for a single size
    #[arg(long)]
    pub database_url: Option<String>,
    /// Where the report is written, as Markdown
    #[arg(long)]
    pub report: Option<PathBuf>,
}

impl Options {
    /// Whether a scenario was asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
