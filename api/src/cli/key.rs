//! `georeport key …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::{access::hash_of, config::DatabaseArgs};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::{datetime, text};
use storage::NewApiKey;

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

/// `grk_` tells a leaked key from other secrets; eight more digits name it.
const PREFIX: &str = "grk_";
const KEY_ID_LENGTH: usize = PREFIX.len() + 8;

/// Carries it out.
pub fn run(command: &KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            if args.label.trim().is_empty() {
                return Err(domain::Violation::missing("--label").into());
            }
            let label = text::line("--label", args.label.trim(), text::MAX_LINE)?;
            let random: [u8; 20] = rand::random();
            let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
            let key = format!("{PREFIX}{digits}");
            let key_id = &key[..KEY_ID_LENGTH];
            storage
                .insert_api_key(
                    &NewApiKey {
                        key_hash: &hash_of(&key),
                        key_id,
                        label: &label,
                        scopes: None,
                        requests_per_minute: None,
                        expires_datetime: None,
                        created_datetime: Utc::now(),
                    },
                    operator("key create"),
                )
                .await?;
            eprintln!(
                "The key is shown this once; it opens {}.",
                args.jurisdiction
            );
            println!("{key}");
            Ok(())
        }),
        KeyCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            for key in storage.list_api_keys().await? {
                let state = key.revoked_datetime.map_or("good".into(), |at| {
                    format!("revoked {}", datetime::to_string(at))
                });
                let made = datetime::to_string(key.created_datetime);
                println!("{}\t{state}\tmade {made}\t{}", key.key_id, key.label);
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
