//! `georeport signing-key …`.

use super::{
    Failure,
    database::{operator, with_storage},
};
use crate::{access::rotate_signing_key, config::DatabaseArgs};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::datetime;

/// What can be done with signing keys.
#[derive(Subcommand)]
pub enum SigningKeyCommand {
    /// Make a new one, which signs from now on; tokens of the one before are good until they expire
    Rotate(RotateArgs),
    /// Name those that there are
    List(ListArgs),
    /// Refuse the tokens of one that signs no more, from now on
    Remove(RemoveArgs),
}

/// Options of `signing-key rotate`.
#[derive(Args)]
pub struct RotateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `signing-key list`.
#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `signing-key remove`.
#[derive(Args)]
pub struct RemoveArgs {
    /// Its kid, as `signing-key list` shows it
    #[arg(value_name = "KID")]
    kid: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &SigningKeyCommand) -> Result<(), Failure> {
    match command {
        SigningKeyCommand::Rotate(args) => with_storage(&args.database, async |storage| {
            let by = operator("signing-key rotate");
            println!("{}", rotate_signing_key(&storage, by, Utc::now()).await?);
            Ok(())
        }),
        SigningKeyCommand::List(args) => with_storage(&args.database, async |storage| {
            for key in storage.list_signing_keys().await? {
                let state = key.retired_datetime.map_or("signs".into(), |at| {
                    format!("retired {}", datetime::to_string(at))
                });
                let made = datetime::to_string(key.created_datetime);
                println!("{}\t{state}\tmade {made}", key.signing_key_id);
            }
            Ok(())
        }),
        SigningKeyCommand::Remove(args) => with_storage(&args.database, async |storage| {
            let by = operator("signing-key remove");
            if !storage
                .delete_signing_key(&args.kid, by, Utc::now())
                .await?
            {
                return Err(format!(
                    "there is no key {} that signs no more; georeport signing-key rotate first \
                     if it is the one that signs",
                    args.kid
                )
                .into());
            }
            println!("removed {}", args.kid);
            Ok(())
        }),
    }
}
