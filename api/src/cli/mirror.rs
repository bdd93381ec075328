//! `georeport mirror …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use domain::{
    Mirror, RemoteName, Violation,
    datetime::{self, Bound},
};
use storage::{MirrorChange, Storage};

/// What can be done with mirrors.
#[derive(Subcommand)]
pub enum MirrorCommand {
    /// Make an empty jurisdiction a read-only copy of one at another endpoint, or change how often it
    /// is compared
    Add(AddArgs),
    /// Name the copies and how far they are
    List(ListArgs),
    /// End the copying; what was copied stays, and can be changed here from then on
    Remove(RemoveArgs),
}

/// Options of `mirror add`.
#[derive(Args)]
pub struct AddArgs {
    /// Where the original is, by the name that `remote add` gave it
    #[arg(value_name = "REMOTE")]
    remote: String,
    /// The jurisdiction that becomes the copy
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// What was filed before is not copied, such as 2020-01-01 [default: 20 years ago]
    #[arg(long, env = "GEOREPORT_MIRROR_SINCE", value_name = "DATE")]
    since: Option<String>,
    /// Seconds from one comparison of everything to the next, to find what has vanished
    #[arg(
        long,
        env = "GEOREPORT_MIRROR_COMPARE_EVERY",
        value_name = "SECONDS",
        default_value = "86400"
    )]
    compare_every: u32,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `mirror list`.
#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `mirror remove`.
#[derive(Args)]
pub struct RemoveArgs {
    /// The jurisdiction that is a copy
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &MirrorCommand) -> Result<(), Failure> {
    match command {
        MirrorCommand::Add(args) => {
            let name = RemoteName::parse(&args.remote)?;
            with_storage(&args.database, async |storage| {
                add(&storage, args, &name).await
            })
        }
        MirrorCommand::List(args) => {
            with_storage(&args.database, async |storage| list(&storage).await)
        }
        MirrorCommand::Remove(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let by = operator("mirror remove");
            if !storage.delete_mirror(by, Utc::now()).await? {
                return Err(format!("{} is no mirror", args.jurisdiction).into());
            }
            println!("{} is no mirror any more", args.jurisdiction);
            Ok(())
        }),
    }
}

async fn add(storage: &Storage, args: &AddArgs, name: &RemoteName) -> Result<(), Failure> {
    let (here, storage) = jurisdiction(storage, &args.jurisdiction).await?;
    let now = Utc::now();
    let since = args
        .since
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let parse = |text| datetime::parse("--since", text, here.time_zone, Bound::Start);
    let since: Option<DateTime<Utc>> = since.map(parse).transpose()?;
    if args.compare_every == 0 {
        return Err(Violation::new("--compare-every", "is not a whole number from 1").into());
    }
    let compare_every = TimeDelta::seconds(args.compare_every.into());
    let mirror = Mirror::begin(since, compare_every, now);
    let by = operator("mirror add");
    let id = &here.jurisdiction_id;
    match storage.insert_mirror(name, &mirror, by, now).await? {
        MirrorChange::Begun => println!("{id} mirrors {name}"),
        MirrorChange::Already => {
            let by = operator("mirror add");
            if !storage
                .change_mirror(name, since, compare_every, by, now)
                .await?
            {
                let problem = "already, and of another remote or since another date";
                return Err(
                    format!("{id} is a mirror {problem}; see: georeport mirror list").into(),
                );
            }
            println!(
                "{id} mirrors {name} already, and is now compared every {} seconds",
                args.compare_every
            );
        }
        MirrorChange::UnknownRemote => {
            return Err(
                format!("there is no remote {name}; add it with: georeport remote add").into(),
            );
        }
        MirrorChange::NotEmpty => {
            return Err(format!(
                "{id} has service requests of its own; add another jurisdiction for the copy"
            )
            .into());
        }
    }
    Ok(())
}

async fn list(storage: &Storage) -> Result<(), Failure> {
    for (id, url) in storage.list_mirrors().await? {
        let Some(state) = storage.jurisdiction(&id).find_mirror().await? else {
            continue;
        };
        let progress = &state.progress;
        let back_to = match (progress.is_complete, progress.read_back_to) {
            (true, _) => "complete".to_owned(),
            (false, Some(back_to)) => format!("back to {}", datetime::to_string(back_to)),
            (false, None) => "just begun".to_owned(),
        };
        let polled = state
            .last_poll
            .map_or_else(|| "never".to_owned(), datetime::to_string);
        let note = state.last_answer.unwrap_or_default();
        println!(
            "{id}\t{}\t{url}\t{back_to}\tlast answered {polled}\t{note}",
            state.remote_name
        );
    }
    Ok(())
}
