//! `georeport key …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::{
    access::{KEY_ID_LENGTH, NewKey},
    config::DatabaseArgs,
};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::datetime;

/// What can be done with API keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make one and print it, once: only its hash is stored
    Create(CreateArgs),
    /// Name the keys of a jurisdiction
    List(ListArgs),
    /// Refuse one from now on
    Revoke(RevokeArgs),
}

/// Options of `key create`.
#[derive(Args)]
pub struct CreateArgs {
    /// The jurisdiction that the key opens
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// Who holds it
    #[arg(long, env = "GEOREPORT_LABEL", value_name = "TEXT")]
    label: String,
    /// What it may: permissions and roles, as ARCHITECTURE.md lists them; several are divided by
    /// commas [default: file-service-requests,post-updates]
    #[arg(
        long = "scope",
        env = "GEOREPORT_SCOPE",
        value_name = "SCOPE",
        value_delimiter = ','
    )]
    scopes: Vec<String>,
    /// How many requests it allows each minute, on all servers together [default: no limit]
    #[arg(long, env = "GEOREPORT_REQUESTS_PER_MINUTE", value_name = "NUMBER")]
    requests_per_minute: Option<u32>,
    /// Until when it is good: a date or a date and time [default: until it is revoked]
    #[arg(long, env = "GEOREPORT_EXPIRES", value_name = "DATE")]
    expires: Option<String>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `key list`.
#[derive(Args)]
pub struct ListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `key revoke`.
#[derive(Args)]
pub struct RevokeArgs {
    /// Its first characters, as `key list` shows them, or the whole key
    #[arg(value_name = "KEY_ID")]
    key_id: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(args) => with_storage(&args.database, async |storage| {
            let (city, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let now = Utc::now();
            let expires = args.expires.as_deref();
            let rate = args.requests_per_minute;
            let new = NewKey::parse(
                &args.label,
                &args.scopes,
                rate,
                expires,
                city.time_zone,
                now,
            )?;
            let key = new.make(&storage, operator("key create"), now).await?;
            eprintln!(
                "The key is shown this once; it opens {}.",
                args.jurisdiction
            );
            println!("{key}");
            Ok(())
        }),
        KeyCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let now = Utc::now();
            for key in storage.list_api_keys().await? {
                let state = match (key.revoked_datetime, key.expires_datetime) {
                    (Some(at), _) => format!("revoked {}", datetime::to_string(at)),
                    (None, Some(at)) if at <= now => format!("expired {}", datetime::to_string(at)),
                    (None, Some(at)) => format!("good until {}", datetime::to_string(at)),
                    (None, None) => "good".to_owned(),
                };
                let made = datetime::to_string(key.created_datetime);
                let used = key
                    .last_used_datetime
                    .map_or("never".into(), datetime::to_string);
                let rate = key.requests_per_minute;
                let rate = rate.map_or("no limit".into(), |rate| format!("{rate} a minute"));
                let scopes = key.scopes.map_or("plain".into(), |scopes| scopes.join(","));
                println!(
                    "{}\t{state}\tmade {made}\tused {used}\t{rate}\t{scopes}\t{}",
                    key.key_id, key.label
                );
            }
            Ok(())
        }),
        KeyCommand::Revoke(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let key_id: String = args.key_id.chars().take(KEY_ID_LENGTH).collect();
            if !storage
                .revoke_api_key(&key_id, operator("key revoke"), Utc::now())
                .await?
            {
                let hint = "georeport key list shows the keys";
                return Err(format!(
                    "there is no good key {key_id} in {}; {hint}",
                    args.jurisdiction
                )
                .into());
            }
            println!("revoked {key_id}");
            Ok(())
        }),
    }
}
