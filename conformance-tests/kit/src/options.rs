//! What is to be checked, and how gently.

use crate::format::Format;
use clap::Args;
use std::{num::ParseFloatError, time::Duration};

/// What is to be checked, and how gently.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The base address of the endpoint, such as <https://city.example/open311/v2>
    #[arg(value_name = "URL")]
    pub url: String,
    /// Where the discovery document is, when it is neither at the endpoint nor at the root of the
    /// site
    #[arg(long, value_name = "URL")]
    pub discovery: Option<String>,
    /// The jurisdiction_id to send with every request
    #[arg(long, value_name = "ID")]
    pub jurisdiction: Option<String>,
    /// An API key: with it service requests are filed, if the endpoint is of type test or
    /// --allow-writes is given
    #[arg(
        long,
        value_name = "KEY",
        env = "GEOREPORT_API_KEY",
        hide_env_values = true
    )]
    pub api_key: Option<String>,
    /// File service requests at an endpoint of type production, too; somebody may act upon them
    #[arg(long, requires = "api_key")]
    pub allow_writes: bool,
    /// A place within the jurisdiction to file service requests for; found out when left out
    #[arg(long, value_name = "LAT,LONG", value_parser = position, allow_hyphen_values = true)]
    pub position: Option<(f64, f64)>,
    /// Check one format only
    #[arg(long)]
    pub format: Option<Format>,
    /// Check one rule or one check only, by its name in REQUIREMENTS.md
    #[arg(long, value_name = "RULE")]
    pub only: Option<String>,
    /// How long to wait for an answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = some_seconds)]
    pub timeout: Duration,
    /// The pause between two requests, in seconds; 0 on the own machine
    #[arg(long, value_name = "SECONDS", default_value = "0.2", value_parser = seconds)]
    pub pace: Duration,
    /// How long to wait for a token to become a service_request_id, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub token_wait: Duration,
}

impl Options {
    /// A check of everything that is only read, with the pauses that strangers are owed.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            discovery: None,
            jurisdiction: None,
            api_key: None,
            allow_writes: false,
            position: None,
            format: None,
            only: None,
            timeout: Duration::from_secs(30),
            pace: Duration::from_millis(200),
            token_wait: Duration::from_secs(60),
        }
    }
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("is no time to answer".to_owned()),
        time => Ok(time),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|fault: ParseFloatError| fault.to_string())?;
    Duration::try_from_secs_f64(number).map_err(|fault| fault.to_string())
}

fn position(text: &str) -> Result<(f64, f64), String> {
    let wrong = || "is not LAT,LONG in decimal degrees, such as 42.36,-71.06".to_owned();
    let (lat, long) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse().ok().ok_or_else(wrong);
    Ok((number(lat)?, number(long)?))
}
