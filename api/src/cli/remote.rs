//! `georeport remote …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::{Field, Remote, RemoteName, Violation};
use storage::{KeyChange, RemoteChange, Removal};

/// What can be done with other endpoints.
#[derive(Subcommand)]
pub enum RemoteCommand {
    /// Describe another GeoReport endpoint, or describe it anew
    Add(Box<AddArgs>),
    /// Name those that a jurisdiction speaks to
    List(ListArgs),
    /// Remove one that nothing is forwarded to or mirrored from
    Remove(RemoveArgs),
}

/// Options of `remote add`.
#[derive(Args)]
pub struct AddArgs {
    /// What it is called here; not a secret
    #[arg(value_name = "NAME")]
    name: String,
    /// The jurisdiction that speaks to it
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// Its base path, such as https://311.example.org/open311/v2
    #[arg(long, env = "GEOREPORT_REMOTE_URL", value_name = "URL")]
    url: String,
    /// What it is told as jurisdiction_id
    #[arg(long, env = "GEOREPORT_REMOTE_JURISDICTION", value_name = "ID")]
    remote_jurisdiction: Option<String>,
    /// The key that it gave you; best in the variable, for others see the command line
    #[arg(
        long,
        env = "GEOREPORT_REMOTE_API_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    api_key: Option<String>,
    /// How it differs from the letter of the standard, such as format=json,updates=true
    #[arg(
        long,
        env = "GEOREPORT_REMOTE_DIALECT",
        value_name = "NAME=VALUE,...",
        value_delimiter = ','
    )]
    dialect: Vec<String>,
    /// What may be told to it [default: description,position,address,media,attributes]
    #[arg(
        long,
        env = "GEOREPORT_REMOTE_FIELDS",
        value_name = "FIELD,...",
        value_delimiter = ','
    )]
    fields: Option<Vec<String>>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `remote list`.
#[derive(Args)]
pub struct ListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `remote remove`.
#[derive(Args)]
pub struct RemoveArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &RemoteCommand) -> Result<(), Failure> {
    match command {
        RemoteCommand::Add(args) => {
            let remote = parse(args)?;
            let key = match args.api_key {
                Some(_) => KeyChange::Set,
                None => KeyChange::Keep,
            };
            with_storage(&args.database, async |storage| {
                let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
                let by = operator("remote add");
                match storage.put_remote(&remote, key, by, Utc::now()).await? {
                    RemoteChange::Added => println!("added {}", remote.name),
                    RemoteChange::Changed => println!("changed {}", remote.name),
                    RemoteChange::KeyOfAnother => {
                        let problem = "must be given anew, because --url names another host";
                        return Err(Violation::new("--api-key", problem).into());
                    }
                }
                Ok(())
            })
        }
        RemoteCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            for remote in storage.list_remotes().await? {
                let fields: Vec<&str> = remote.fields.iter().copied().map(Field::as_str).collect();
                let dialect = remote.dialect.to_pairs().into_iter();
                let dialect: Vec<String> = dialect.map(|(n, v)| format!("{n}={v}")).collect();
                let key = if remote.api_key.is_some() {
                    "key"
                } else {
                    "no key"
                };
                let (name, url) = (&remote.name, &remote.base_url);
                println!(
                    "{name}\t{url}\t{key}\t{}\t{}",
                    fields.join(","),
                    dialect.join(",")
                );
            }
            Ok(())
        }),
        RemoteCommand::Remove(args) => with_storage(&args.database, async |storage| {
            let name = RemoteName::parse(&args.name)?;
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let by = operator("remote remove");
            match storage.delete_remote(&name, by, Utc::now()).await? {
                Removal::Removed => println!("removed {name}"),
                Removal::Unknown => return Err(format!("there is no remote {name}").into()),
                Removal::InUse => {
                    return Err(format!(
                        "{name} is needed by a rule or a mirror; remove that first: \
                         georeport forward rule list, georeport mirror list"
                    )
                    .into());
                }
            }
            Ok(())
        }),
    }
}

fn parse(args: &AddArgs) -> Result<Remote, Failure> {
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(Violation::new(text.clone(), "is not NAME=VALUE")),
    };
    let given = args.dialect.iter().filter(|text| !text.trim().is_empty());
    let dialect: Vec<(String, String)> = given.map(pair).collect::<Result<_, _>>()?;
    Ok(Remote::parse(
        &args.name,
        &args.url,
        args.remote_jurisdiction.as_deref(),
        args.api_key.as_deref(),
        &dialect,
        args.fields.as_deref(),
    )?)
}
