//! What an operator may set: each option has its environment variable, and all faults are told
//! together.

use crate::{
    access::{AccessArgs, AccessConfig},
    answers::{CacheArgs, CacheConfig},
    gate::{GateArgs, GateConfig},
    outbound::{OutboundArgs, OutboundConfig},
};
use clap::{Args, builder::FalseyValueParser};
use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

/// Where the data is; the same for every subcommand.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The PostgreSQL database with PostGIS, such as postgresql://georeport@db/georeport. Without
    /// it the server runs a private one in the data folder
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The folder for photos and, without --database-url, for the private database
    #[arg(
        long,
        env = "GEOREPORT_DATA_DIR",
        value_name = "DIR",
        default_value = "./georeport-data"
    )]
    pub data_dir: PathBuf,
}

impl DatabaseArgs {
    /// The database that was named; an empty variable names none.
    pub fn url(&self) -> Option<&str> {
        self.database_url.as_deref().filter(|url| !url.is_empty())
    }
}

/// The options of `serve`, as given.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// The address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "GEOREPORT_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8311"
    )]
    listen: String,
    /// Where clients reach this server, such as https://311.example.org; default: where it listens
    #[arg(long, env = "GEOREPORT_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Serve the demo: boston.demo and zurich.demo with real data, and the key demo-key
    #[arg(long, env = "GEOREPORT_DEMO", value_parser = FalseyValueParser::new())]
    demo: bool,
    /// What discovery says of this endpoint: production, or test when nobody acts on what is filed
    /// [default: production; test with --demo]
    #[arg(long, env = "GEOREPORT_ENDPOINT_TYPE", value_name = "TYPE")]
    endpoint_type: Option<String>,
    /// How to reach the people behind this server (contact in discovery)
    #[arg(long, env = "GEOREPORT_CONTACT", value_name = "TEXT")]
    contact: Option<String>,
    /// How to get an API key (key_service in discovery)
    #[arg(long, env = "GEOREPORT_KEY_SERVICE", value_name = "TEXT")]
    key_service: Option<String>,
    /// Seconds until the token of a batch service becomes an id by itself; "never" leaves that to
    /// `georeport tokens resolve` [default: 60; 1 with --demo]
    #[arg(long, env = "GEOREPORT_TOKENS_AFTER", value_name = "SECONDS")]
    tokens_after: Option<String>,
    /// Seconds that a body may take beyond what its size justifies (8 KiB a second)
    #[arg(
        long,
        env = "GEOREPORT_BODY_TIMEOUT",
        value_name = "SECONDS",
        default_value = "10"
    )]
    body_timeout: String,
    /// Seconds that requests in flight may take when the server is stopped
    #[arg(
        long,
        env = "GEOREPORT_SHUTDOWN_TIMEOUT",
        value_name = "SECONDS",
        default_value = "30"
    )]
    shutdown_timeout: String,
    /// Threads that answer; default: one for each core
    #[arg(long, env = "GEOREPORT_WORKERS", value_name = "NUMBER")]
    workers: Option<String>,
    /// Database connections of each thread for short statements, as many for searches, and as many
    /// for filing for all threads together
    #[arg(
        long,
        env = "GEOREPORT_CONNECTIONS",
        value_name = "NUMBER",
        default_value = "4"
    )]
    connections: String,
    /// Log lines as text or json
    #[arg(
        long,
        env = "GEOREPORT_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    log_format: String,
    /// What is logged: error, warn, info, debug
    #[arg(
        long,
        env = "GEOREPORT_LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info"
    )]
    log_level: String,
    /// Serve from a database that may lose acknowledged service requests (fsync=off and the like)
    #[arg(long, env = "GEOREPORT_ALLOW_DATA_LOSS", value_parser = FalseyValueParser::new())]
    allow_data_loss: bool,
    /// Leave webhooks, forwards and all other work in the background to `georeport work`
    #[arg(long, env = "GEOREPORT_NO_WORK", value_parser = FalseyValueParser::new())]
    no_work: bool,
    /// What may be called.
    #[command(flatten)]
    outbound: OutboundArgs,
    /// Who is let in.
    #[command(flatten)]
    access: AccessArgs,
    /// Who is turned away.
    #[command(flatten)]
    gate: GateArgs,
    /// What is kept in memory.
    #[command(flatten)]
    cache: CacheArgs,
}

/// What discovery says of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum EndpointType {
    /// What is filed is acted upon.
    Production,
    /// It is not.
    Test,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The options of `serve`, checked.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where clients reach the server, without a slash at the end; `None`: where it listens.
    pub public_url: Option<String>,
    /// Whether the demo is served.
    pub demo: bool,
    /// What discovery says.
    pub endpoint_type: EndpointType,
    /// `contact` in discovery.
    pub contact: String,
    /// `key_service` in discovery.
    pub key_service: String,
    /// Age at which a token resolves by itself; `None`: never.
    pub tokens_after: Option<Duration>,
    /// What a body may take beyond what its size justifies.
    pub body_timeout: Duration,
    /// What requests in flight may take at the end.
    pub shutdown_timeout: Duration,
    /// Threads that answer.
    pub workers: usize,
    /// Database connections of each thread.
    pub connections: usize,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_level: tracing::Level,
    /// Whether a database that forgets is served from.
    pub allow_data_loss: bool,
    /// Whether work in the background is left to others.
    pub no_work: bool,
    /// What may be called.
    pub outbound: OutboundConfig,
    /// Who is let in.
    pub access: AccessConfig,
    /// Who is turned away.
    pub gate: GateConfig,
    /// What is kept in memory.
    pub cache: CacheConfig,
}

impl ServeConfig {
    /// The same server on a free port of this machine, for nobody but us; it changes nothing by itself.
    #[must_use]
    pub fn on_loopback(mut self) -> Self {
        self.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        self.public_url = None;
        self.no_work = true;
        self.gate.read_rate = None;
        self.gate.write_rate = None;
        self.gate.token_rate = None;
        self
    }

    /// The options, checked.
    ///
    /// # Errors
    /// Every fault, each naming the option and its variable.
    pub fn parse(args: &ServeArgs) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut fault = |option: &str, problem: &str| faults.push(fault_of(option, problem));
        let listen = args
            .listen
            .to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next());
        if listen.is_none() {
            fault(
                "listen",
                "is not an address with a port, such as 127.0.0.1:8311",
            );
        }
        let is_postgres = |url: &str| {
            url.starts_with("postgres://") || url.starts_with("postgresql://") || url.contains('=')
        };
        if args.database.url().is_some_and(|url| !is_postgres(url)) {
            faults.push("--database-url (DATABASE_URL) is not a PostgreSQL URL".to_owned());
        }
        let mut fault = |option: &str, problem: &str| faults.push(fault_of(option, problem));
        let public_url = args
            .public_url
            .as_deref()
            .filter(|url| !url.is_empty())
            .map(|url| url.trim_end_matches('/').to_owned());
        if public_url.as_ref().is_some_and(|url| !is_web_address(url)) {
            fault(
                "public-url",
                "is not an http or https address without a query",
            );
        }
        let endpoint_type = match args.endpoint_type.as_deref() {
            None if args.demo => EndpointType::Test,
            None | Some("production") => EndpointType::Production,
            Some("test") => EndpointType::Test,
            Some(_) => {
                fault("endpoint-type", "is not production or test");
                EndpointType::Test
            }
        };
        let log_format = match args.log_format.as_str() {
            "json" => LogFormat::Json,
            "text" => LogFormat::Text,
            _ => {
                fault("log-format", "is not text or json");
                LogFormat::Text
            }
        };
        let log_level = args.log_level.parse().unwrap_or_else(|_error| {
            fault("log-level", "is not error, warn, info or debug");
            tracing::Level::INFO
        });
        let mut whole = |option: &str, text: &str, range: std::ops::RangeInclusive<u64>| {
            let number = text
                .trim()
                .parse()
                .ok()
                .filter(|number| range.contains(number));
            number.unwrap_or_else(|| {
                let (low, high) = range.into_inner();
                fault(
                    option,
                    &format!("is not a whole number from {low} to {high}"),
                );
                low
            })
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let workers = args
            .workers
            .as_deref()
            .map_or(cores, |text| whole("workers", text, 1..=256));
        let connections = whole("connections", &args.connections, 1..=100);
        let body_timeout = whole("body-timeout", &args.body_timeout, 1..=600);
        let shutdown_timeout = whole("shutdown-timeout", &args.shutdown_timeout, 1..=600);
        let tokens_after = match args.tokens_after.as_deref() {
            Some("never") => None,
            Some(text) => Some(whole("tokens-after", text, 0..=31_536_000)),
            None => Some(if args.demo { 1 } else { 60 }),
        };
        let text = |given: &Option<String>, default: &str| {
            given
                .clone()
                .filter(|text| !text.trim().is_empty())
                .unwrap_or_else(|| default.to_owned())
        };
        let (default_contact, default_key_service) = if args.demo {
            (
                "This is a demonstration: nobody reads what is filed here.",
                "This is a demonstration: use the key demo-key.",
            )
        } else {
            (
                "The operator of this server has named no contact.",
                "Ask the contact of this endpoint for an API key.",
            )
        };
        let outbound = OutboundConfig::parse(&args.outbound);
        for (option, problem) in outbound.as_ref().err().into_iter().flatten() {
            fault(option, problem);
        }
        let access = AccessConfig::parse(&args.access);
        for (option, problem) in access.as_ref().err().into_iter().flatten() {
            fault(option, problem);
        }
        let gate = GateConfig::parse(&args.gate);
        for (option, problem) in gate.as_ref().err().into_iter().flatten() {
            fault(option, problem);
        }
        let cache = CacheConfig::parse(&args.cache);
        for (option, problem) in cache.as_ref().err().into_iter().flatten() {
            fault(option, problem);
        }
        let listen = listen.filter(|_| faults.is_empty());
        let (Some(listen), Ok(outbound), Ok(access), Ok(gate), Ok(cache)) =
            (listen, outbound, access, gate, cache)
        else {
            return Err(faults);
        };
        Ok(Self {
            listen,
            public_url,
            demo: args.demo,
            endpoint_type,
            contact: text(&args.contact, default_contact),
            key_service: text(&args.key_service, default_key_service),
            tokens_after: tokens_after.map(Duration::from_secs),
            body_timeout: Duration::from_secs(body_timeout),
            shutdown_timeout: Duration::from_secs(shutdown_timeout),
            workers: usize::try_from(workers).unwrap_or(1),
            connections: usize::try_from(connections).unwrap_or(1),
            log_format,
            log_level,
            allow_data_loss: args.allow_data_loss,
            no_work: args.no_work,
            outbound,
            access,
            gate,
            cache,
        })
    }
}

fn fault_of(option: &str, problem: &str) -> String {
    let variable = option.to_uppercase().replace('-', "_");
    format!("--{option} (GEOREPORT_{variable}) {problem}")
}

fn is_web_address(url: &str) -> bool {
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', ' ', '<', '>', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn parse(options: &[&str]) -> Result<ServeConfig, Vec<String>> {
        let line = [&["serve"], options].concat();
        ServeConfig::parse(&Line::parse_from(line).serve)
    }

    impl ServeConfig {
        /// The defaults.
        pub fn for_tests() -> Self {
            parse(&[]).unwrap()
        }
    }

    #[test]
    fn every_fault_is_told_at_once_with_option_and_variable() {
        let faults = parse(&[
            "--listen=here",
            "--public-url=ftp://x",
            "--endpoint-type=toy",
            "--body-timeout=0",
            "--connections=many",
            "--tokens-after=soon",
            "--log-format=xml",
            "--outbound-allow=http://x",
            "--outbound-ports=all",
            "--identity-providers=/nowhere/at/all.toml",
            "--read-rate=0",
            "--write-rate=many",
            "--token-rate=-1",
            "--trusted-proxies=all",
            "--answer-cache=0",
            "--fragment-cache=all",
            "--shared-max-age=long",
        ])
        .unwrap_err();
        let options = [
            "--listen (GEOREPORT_LISTEN)",
            "--public-url (GEOREPORT_PUBLIC_URL)",
            "--endpoint-type (GEOREPORT_ENDPOINT_TYPE)",
            "--log-format (GEOREPORT_LOG_FORMAT)",
            "--connections (GEOREPORT_CONNECTIONS)",
            "--body-timeout (GEOREPORT_BODY_TIMEOUT)",
            "--tokens-after (GEOREPORT_TOKENS_AFTER)",
            "--outbound-allow (GEOREPORT_OUTBOUND_ALLOW)",
            "--outbound-ports (GEOREPORT_OUTBOUND_PORTS)",
            "--identity-providers (GEOREPORT_IDENTITY_PROVIDERS)",
            "--read-rate (GEOREPORT_READ_RATE)",
            "--write-rate (GEOREPORT_WRITE_RATE)",
            "--token-rate (GEOREPORT_TOKEN_RATE)",
            "--trusted-proxies (GEOREPORT_TRUSTED_PROXIES)",
            "--answer-cache (GEOREPORT_ANSWER_CACHE)",
            "--fragment-cache (GEOREPORT_FRAGMENT_CACHE)",
            "--shared-max-age (GEOREPORT_SHARED_MAX_AGE)",
        ];
        assert_eq!(faults.len(), options.len(), "{faults:?}");
        for (fault, option) in faults.iter().zip(options) {
            assert!(fault.starts_with(option), "{fault}");
        }
    }

    #[test]
    fn the_demo_is_a_test_unless_said_otherwise() {
        assert_eq!(
            parse(&["--demo"]).unwrap().endpoint_type,
            EndpointType::Test
        );
        assert_eq!(parse(&[]).unwrap().endpoint_type, EndpointType::Production);
        let chosen = parse(&["--demo", "--endpoint-type=production"]).unwrap();
        assert_eq!(chosen.endpoint_type, EndpointType::Production);
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let config = parse(&["--public-url=", "--contact=", "--key-service="]).unwrap();
        assert_eq!(config.public_url, None);
        assert!(!config.contact.is_empty() && !config.key_service.is_empty());
    }
}
