//! `georeport forward …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::{AttributeMap, ForwardState, RemoteName, ServiceCode, ServiceRequestId, datetime};
use storage::{Forward, ForwardRule, JurisdictionStorage, Replayed, Routed, RuleChange};
use uuid::Uuid;

/// Forwards that are read at once.
const PAGE: i64 = 500;

/// What can be done with forwards.
#[derive(Subcommand)]
pub enum ForwardCommand {
    /// Which services are forwarded
    #[command(subcommand)]
    Rule(RuleCommand),
    /// Forward one service request
    Add(AddArgs),
    /// Name the forwards in a state
    List(ListArgs),
    /// Take up again what was given up or is uncertain
    Replay(ReplayArgs),
}

/// What can be done with rules.
#[derive(Subcommand)]
pub enum RuleCommand {
    /// Forward what is filed of a service from now on
    Add(RuleAddArgs),
    /// Name the rules of a jurisdiction
    List(RuleListArgs),
    /// Forward it no longer
    Remove(RuleRemoveArgs),
}

/// Options of `forward rule add`.
#[derive(Args)]
pub struct RuleAddArgs {
    /// The service here
    #[arg(value_name = "SERVICE_CODE")]
    service_code: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// Where to, by the name that `remote add` gave it
    #[arg(long, env = "GEOREPORT_REMOTE", value_name = "NAME")]
    remote: String,
    /// The service there [default: the same]
    #[arg(long, env = "GEOREPORT_REMOTE_SERVICE", value_name = "SERVICE_CODE")]
    remote_service: Option<String>,
    /// What an attribute is called there: OURS=THEIRS, OURS:KEY=THEIR_KEY, =THEIRS:ANSWER. With one
    /// OURS=THEIRS only those named are sent; may be repeated
    #[arg(
        long = "attribute",
        env = "GEOREPORT_REMOTE_ATTRIBUTES",
        value_name = "LINE",
        value_delimiter = ';'
    )]
    attributes: Vec<String>,
    /// Close it here, as handed to the remote, once the remote has it
    #[arg(long, env = "GEOREPORT_FORWARD_CLOSES", value_parser = clap::builder::FalseyValueParser::new())]
    closes: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `forward rule list`.
#[derive(Args)]
pub struct RuleListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `forward rule remove`.
#[derive(Args)]
pub struct RuleRemoveArgs {
    /// The service here
    #[arg(value_name = "SERVICE_CODE")]
    service_code: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `forward add`.
#[derive(Args)]
pub struct AddArgs {
    /// What is forwarded
    #[arg(value_name = "SERVICE_REQUEST_ID")]
    service_request_id: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// Where to, by the name that `remote add` gave it
    #[arg(long, env = "GEOREPORT_REMOTE", value_name = "NAME")]
    remote: String,
    /// The service there
    #[arg(long, env = "GEOREPORT_REMOTE_SERVICE", value_name = "SERVICE_CODE")]
    remote_service: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `forward list`.
#[derive(Args)]
pub struct ListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// pending, posted, token, confirmed, uncertain or dead
    #[arg(
        long,
        env = "GEOREPORT_FORWARD_STATE",
        value_name = "STATE",
        default_value = "dead"
    )]
    state: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `forward replay`.
#[derive(Args)]
pub struct ReplayArgs {
    /// Which, as `forward list` names them; none: all that are dead. What is uncertain has to be
    /// named, for the remote may then have it twice
    #[arg(value_name = "FORWARD_ID")]
    forward_ids: Vec<Uuid>,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// What it is called there, if you have found out that the remote has it: then nothing is posted
    #[arg(long, env = "GEOREPORT_REMOTE_ID", value_name = "ID")]
    remote_id: Option<String>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &ForwardCommand) -> Result<(), Failure> {
    match command {
        ForwardCommand::Rule(command) => rule(command),
        ForwardCommand::Add(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            add(&storage, args).await
        }),
        ForwardCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let state = ForwardState::parse(&args.state)?;
            each(&storage, state, async |forward| {
                println!("{}", line(forward));
                Ok(())
            })
            .await
        }),
        ForwardCommand::Replay(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            replay(&storage, args).await
        }),
    }
}

fn rule(command: &RuleCommand) -> Result<(), Failure> {
    match command {
        RuleCommand::Add(args) => {
            let code = ServiceCode::parse(&args.service_code)?;
            let there = args.remote_service.as_deref().map(ServiceCode::parse);
            let rule = ForwardRule {
                remote_name: RemoteName::parse(&args.remote)?,
                remote_service_code: there.transpose()?.unwrap_or_else(|| code.clone()),
                service_code: code,
                attributes: AttributeMap::parse(&args.attributes)?,
                closes: args.closes,
            };
            with_storage(&args.database, async |storage| {
                let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
                let by = operator("forward rule add");
                let (code, name) = (&rule.service_code, &rule.remote_name);
                match storage.put_forward_rule(&rule, by, Utc::now()).await? {
                    RuleChange::Added => println!("added: {code} is forwarded to {name}"),
                    RuleChange::Replaced => println!("changed: {code} is forwarded to {name}"),
                    RuleChange::UnknownService => {
                        return Err(format!("there is no service {code} here").into());
                    }
                    RuleChange::UnknownRemote => {
                        return Err(format!(
                            "there is no remote {name}; add it with: georeport remote add"
                        )
                        .into());
                    }
                }
                Ok(())
            })
        }
        RuleCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            for rule in storage.list_forward_rules().await? {
                let closes = if rule.closes { "closes" } else { "follows" };
                println!(
                    "{}\t{}\t{}\t{closes}\t{}",
                    rule.service_code,
                    rule.remote_name,
                    rule.remote_service_code,
                    rule.attributes.to_lines().join(";")
                );
            }
            Ok(())
        }),
        RuleCommand::Remove(args) => with_storage(&args.database, async |storage| {
            let code = ServiceCode::parse(&args.service_code)?;
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let by = operator("forward rule remove");
            if !storage.delete_forward_rule(&code, by, Utc::now()).await? {
                return Err(format!("there is no rule for {code}").into());
            }
            println!("removed the rule for {code}");
            Ok(())
        }),
    }
}

async fn add(storage: &JurisdictionStorage, args: &AddArgs) -> Result<(), Failure> {
    let id = ServiceRequestId::parse(&args.service_request_id)?;
    let name = RemoteName::parse(&args.remote)?;
    let code = ServiceCode::parse(&args.remote_service)?;
    let by = operator("forward add");
    match storage
        .begin_forward(&id, &name, &code, by, Utc::now())
        .await?
    {
        Routed::Begun(forward_id) => println!("{forward_id}"),
        Routed::Already => return Err(format!("{id} was forwarded to {name} before").into()),
        Routed::UnknownServiceRequest => {
            return Err(format!("there is no service request {id}").into());
        }
        Routed::UnknownRemote => return Err(format!("there is no remote {name}").into()),
    }
    Ok(())
}

async fn replay(storage: &JurisdictionStorage, args: &ReplayArgs) -> Result<(), Failure> {
    let remote_id = args
        .remote_id
        .as_deref()
        .map(ServiceRequestId::parse)
        .transpose()?;
    if remote_id.is_some() && args.forward_ids.len() != 1 {
        return Err("--remote-id belongs to exactly one FORWARD_ID".into());
    }
    let mut replayed = 0_u64;
    let again = async |forward_id: Uuid| {
        let by = operator("forward replay");
        let taken = storage.replay_forward(forward_id, remote_id.clone(), by, Utc::now());
        Ok::<_, Failure>(taken.await?)
    };
    for forward_id in &args.forward_ids {
        match again(*forward_id).await? {
            Replayed::Begun => replayed += 1,
            Replayed::NotGivenUp => {
                return Err(format!("{forward_id} is neither dead nor uncertain").into());
            }
            Replayed::Unknown => return Err(format!("there is no forward {forward_id}").into()),
        }
    }
    if args.forward_ids.is_empty() {
        let mut dead = Vec::new();
        each(storage, ForwardState::Dead, async |forward| {
            dead.push(forward.forward_id);
            Ok(())
        })
        .await?;
        for forward_id in dead {
            replayed += u64::from(again(forward_id).await? == Replayed::Begun);
        }
    }
    println!("{replayed} taken up again");
    Ok(())
}

/// Calls `each` with every forward in a state.
async fn each(
    storage: &JurisdictionStorage,
    state: ForwardState,
    mut each: impl AsyncFnMut(&Forward) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = storage.list_forwards(state, after, PAGE).await?;
        for forward in &page {
            each(forward).await?;
        }
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.forward_id);
    }
}

fn line(forward: &Forward) -> String {
    let progress = &forward.progress;
    let remote_id = progress.remote_id.as_ref().map(ToString::to_string);
    [
        forward.forward_id.to_string(),
        forward.service_request_id.to_string(),
        forward.remote_name.to_string(),
        remote_id.unwrap_or_else(|| "-".to_owned()),
        datetime::to_string(forward.created_datetime),
        progress
            .next
            .map_or_else(|| "-".to_owned(), datetime::to_string),
        forward.last_answer.clone().unwrap_or_default(),
    ]
    .join("\t")
}
