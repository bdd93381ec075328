//! What an operator says of who is turned away at the door.

use super::caller::Proxies;
use clap::{Args, builder::FalseyValueParser};
use std::num::NonZeroU32;

/// The options, as given.
#[derive(Debug, Clone, Args)]
pub struct GateArgs {
    /// Answer what is asked and write nothing: what would write is 503. For maintenance, and for a
    /// database that only reads
    #[arg(long, env = "GEOREPORT_READ_ONLY", value_parser = FalseyValueParser::new())]
    read_only: bool,
    /// Requests that read, each minute from one address, for this process; "none" sets no limit
    #[arg(
        long,
        env = "GEOREPORT_READ_RATE",
        value_name = "NUMBER",
        default_value = "none"
    )]
    read_rate: String,
    /// Requests that write, each minute from one address, for this process; "none" sets no limit
    #[arg(
        long,
        env = "GEOREPORT_WRITE_RATE",
        value_name = "NUMBER",
        default_value = "600"
    )]
    write_rate: String,
    /// Requests for tokens, each minute from one address, for this process; "none" sets no limit
    #[arg(
        long,
        env = "GEOREPORT_TOKEN_RATE",
        value_name = "NUMBER",
        default_value = "60"
    )]
    token_rate: String,
    /// The addresses or networks of the proxies in front, separated by commas: from them, and from
    /// nobody else, X-Forwarded-For is believed
    #[arg(long, env = "GEOREPORT_TRUSTED_PROXIES", value_name = "CIDR,...")]
    trusted_proxies: Option<String>,
}

/// The options, checked. A rate is in requests per minute and address; `None`: there is no limit.
#[derive(Debug, Clone)]
pub struct GateConfig {
    /// Whether nothing is written.
    pub read_only: bool,
    /// Of requests that read.
    pub read_rate: Option<NonZeroU32>,
    /// Of requests that write.
    pub write_rate: Option<NonZeroU32>,
    /// Of requests for tokens.
    pub token_rate: Option<NonZeroU32>,
    /// Who is believed when he says for whom he asks.
    pub proxies: Proxies,
}

impl GateConfig {
    /// The options, checked.
    ///
    /// # Errors
    /// Every fault: an option without its dashes, and what is wrong with it.
    pub fn parse(args: &GateArgs) -> Result<Self, Vec<(&'static str, String)>> {
        let mut faults = Vec::new();
        let mut rate = |option: &'static str, text: &str| match text.trim() {
            "none" => None,
            text => {
                let rate = text.parse().ok();
                if rate.is_none() {
                    let problem = "is neither a whole number from 1 nor \"none\"";
                    faults.push((option, problem.to_owned()));
                }
                rate
            }
        };
        let read_rate = rate("read-rate", &args.read_rate);
        let write_rate = rate("write-rate", &args.write_rate);
        let token_rate = rate("token-rate", &args.token_rate);
        let proxies = Proxies::parse(args.trusted_proxies.as_deref().unwrap_or_default());
        let proxies = proxies.unwrap_or_else(|problem| {
            faults.push(("trusted-proxies", problem));
            Proxies::default()
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            read_only: args.read_only,
            read_rate,
            write_rate,
            token_rate,
            proxies,
        })
    }
}
