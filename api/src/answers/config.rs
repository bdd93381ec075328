//! What an operator says of what is kept in memory.

use actix_web::http::header::HeaderValue;
use clap::Args;

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;
/// More would be a slip: whoever has so much memory gives it to PostgreSQL.
const MOST_MIB: u64 = 65_536;

/// The options, as given.
#[derive(Debug, Clone, Args)]
pub struct CacheArgs {
    /// MiB of whole answers kept in memory for as long as nothing that they tell changes; "none"
    /// keeps none
    #[arg(
        long,
        env = "GEOREPORT_ANSWER_CACHE",
        value_name = "MIB",
        default_value = "24"
    )]
    answer_cache: String,
    /// MiB of service requests kept in memory as they are written in lists; "none" keeps none
    #[arg(
        long,
        env = "GEOREPORT_FRAGMENT_CACHE",
        value_name = "MIB",
        default_value = "32"
    )]
    fragment_cache: String,
    /// Seconds for which a cache shared by many (a CDN) may keep what anybody may read, without
    /// asking whether it has changed; "none": it asks each time
    #[arg(
        long,
        env = "GEOREPORT_SHARED_MAX_AGE",
        value_name = "SECONDS",
        default_value = "none"
    )]
    shared_max_age: String,
}

/// The options, checked. 0: nothing is kept.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// Bytes of whole answers.
    pub answers: u64,
    /// Bytes of service requests.
    pub fragments: u64,
    /// What caches on the way are told of them.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2>
    pub cache_control: HeaderValue,
}

impl CacheConfig {
    /// The options, checked.
    ///
    /// # Errors
    /// Every fault: an option without its dashes, and what is wrong with it.
    pub fn parse(args: &CacheArgs) -> Result<Self, Vec<(&'static str, String)>> {
        let mut faults = Vec::new();
        let mut bytes = |option: &'static str, text: &str| match text.trim() {
            "none" => 0,
            text => {
                let mib = text.parse().ok().filter(|mib| (1..=MOST_MIB).contains(mib));
                mib.map(|mib| mib * MIB).unwrap_or_else(|| {
                    let problem =
                        format!("is neither a whole number from 1 to {MOST_MIB} nor \"none\"");
                    faults.push((option, problem));
                    0
                })
            }
        };
        let answers = bytes("answer-cache", &args.answer_cache);
        let fragments = bytes("fragment-cache", &args.fragment_cache);
        let cache_control = match args.shared_max_age.trim() {
            "none" => Some(HeaderValue::from_static("no-cache")),
            text => text.parse::<u32>().ok().and_then(|seconds| {
                let told = format!("public, max-age=0, s-maxage={seconds}, must-revalidate");
                HeaderValue::try_from(told).ok()
            }),
        };
        let cache_control = cache_control.unwrap_or_else(|| {
            let problem = "is neither a whole number of seconds nor \"none\"";
            faults.push(("shared-max-age", problem.to_owned()));
            HeaderValue::from_static("no-cache")
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            answers,
            fragments,
            cache_control,
        })
    }
}
