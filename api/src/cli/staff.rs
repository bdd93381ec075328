//! `georeport staff …`.

use super::{
    Failure,
    database::{operator, with_storage},
};
use crate::{access::staff_id, config::DatabaseArgs};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::datetime;
use storage::RevokedSubject;

/// What can be done with people whom a city's identity provider knows.
#[derive(Subcommand)]
pub enum StaffCommand {
    /// Refuse somebody's tokens from now on, those that he has and those that he gets
    Revoke(PersonArgs),
    /// Take them again
    Restore(PersonArgs),
    /// Name those whose tokens are refused
    Revoked(RevokedArgs),
}

/// Somebody.
#[derive(Args)]
pub struct PersonArgs {
    /// The identity provider, as its tokens name it (iss)
    #[arg(long, env = "GEOREPORT_ISSUER", value_name = "URL")]
    issuer: String,
    /// The person, as its tokens name him (sub)
    #[arg(long, env = "GEOREPORT_SUBJECT", value_name = "SUB")]
    subject: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `staff revoked`.
#[derive(Args)]
pub struct RevokedArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &StaffCommand) -> Result<(), Failure> {
    match command {
        StaffCommand::Revoke(args) => set(args, true),
        StaffCommand::Restore(args) => set(args, false),
        StaffCommand::Revoked(args) => with_storage(&args.database, async |storage| {
            for one in storage.list_revoked_subjects().await? {
                let since = datetime::to_string(one.revoked_datetime);
                println!("{}\tsince {since}\t{}", one.subject, one.issuer);
            }
            Ok(())
        }),
    }
}

fn set(args: &PersonArgs, is_revoked: bool) -> Result<(), Failure> {
    let (command, done, already) = if is_revoked {
        ("staff revoke", "revoked", "was revoked before")
    } else {
        ("staff restore", "restored", "was not revoked")
    };
    with_storage(&args.database, async |storage| {
        let who = RevokedSubject {
            issuer: args.issuer.clone(),
            subject: args.subject.clone(),
            revoked_datetime: Utc::now(),
        };
        let person = staff_id(&who.issuer, &who.subject);
        if !storage
            .set_subject_revoked(&who, is_revoked, &person, operator(command))
            .await?
        {
            return Err(format!("{person} {already}").into());
        }
        println!("{done} {person}");
        Ok(())
    })
}
