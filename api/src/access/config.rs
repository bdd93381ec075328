//! What an operator says of who is let in.

use super::token::Provider;
use clap::Args;
use std::path::PathBuf;

/// The options, as given.
#[derive(Debug, Clone, Args)]
pub struct AccessArgs {
    /// A TOML file that names the identity providers whose access tokens are good here, and what
    /// their groups may [default: no such tokens are taken]
    #[arg(long, env = "GEOREPORT_IDENTITY_PROVIDERS", value_name = "FILE")]
    identity_providers: Option<PathBuf>,
}

/// The options, checked.
#[derive(Debug, Clone, Default)]
pub struct AccessConfig {
    /// Whose access tokens are good here.
    pub identity_providers: Vec<Provider>,
}

impl AccessConfig {
    /// The options, checked.
    ///
    /// # Errors
    /// Every fault: an option without its dashes, and what is wrong with it.
    pub fn parse(args: &AccessArgs) -> Result<Self, Vec<(&'static str, String)>> {
        let file = args.identity_providers.as_deref();
        let file = file.filter(|path| !path.as_os_str().is_empty());
        let identity_providers = file.map_or(Ok(vec![]), Provider::read_file);
        let told = |faults: Vec<String>| {
            let faults = faults.into_iter();
            faults.map(|fault| ("identity-providers", fault)).collect()
        };
        Ok(Self {
            identity_providers: identity_providers.map_err::<Vec<_>, _>(told)?,
        })
    }
}
