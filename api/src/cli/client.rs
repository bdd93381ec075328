//! `georeport client …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::{
    access::{GrantDraft, make_client, rotate_signing_key},
    config::DatabaseArgs,
};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::datetime;

/// What can be done with OAuth clients.
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Make one and print its id and its secret, once: only the secret's hash is stored. The first
    /// administrator of a jurisdiction is made so
    Create(CreateArgs),
    /// Give one roles in a jurisdiction, in place of those it has there
    Grant(GrantArgs),
    /// Name the clients of a jurisdiction
    List(ListArgs),
    /// Refuse one and its tokens from now on
    Revoke(RevokeArgs),
}

/// What a client is in a jurisdiction.
#[derive(Args)]
pub struct RoleArgs {
    /// The jurisdiction in which it has the roles
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// What it is there: administrator, staff, moderator, integration, auditor; several are divided
    /// by commas
    #[arg(
        long = "role",
        env = "GEOREPORT_ROLE",
        value_name = "ROLE",
        value_delimiter = ',',
        required = true
    )]
    roles: Vec<String>,
    /// The agency on whose service requests it may work as staff; may be given several times
    /// [default: all]
    #[arg(long = "agency", env = "GEOREPORT_AGENCY", value_name = "NAME")]
    agencies: Vec<String>,
}

/// Options of `client create`.
#[derive(Args)]
pub struct CreateArgs {
    /// Who it is
    #[arg(long, env = "GEOREPORT_LABEL", value_name = "TEXT")]
    label: String,
    #[command(flatten)]
    role: RoleArgs,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `client grant`.
#[derive(Args)]
pub struct GrantArgs {
    /// Its id
    #[arg(value_name = "CLIENT_ID")]
    client_id: String,
    #[command(flatten)]
    role: RoleArgs,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `client list`.
#[derive(Args)]
pub struct ListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `client revoke`.
#[derive(Args)]
pub struct RevokeArgs {
    /// Its id
    #[arg(value_name = "CLIENT_ID")]
    client_id: String,
    /// Take its roles in this jurisdiction only [default: refuse it everywhere]
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: Option<String>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &ClientCommand) -> Result<(), Failure> {
    match command {
        ClientCommand::Create(args) => create(args),
        ClientCommand::Grant(args) => grant(args),
        ClientCommand::List(args) => list(args),
        ClientCommand::Revoke(args) => revoke(args),
    }
}

fn create(args: &CreateArgs) -> Result<(), Failure> {
    let RoleArgs {
        jurisdiction: id,
        roles,
        agencies,
    } = &args.role;
    let grant = GrantDraft::parse(roles, agencies)?;
    with_storage(&args.database, async |storage| {
        let (_, scoped) = jurisdiction(&storage, id).await?;
        let now = Utc::now();
        if storage.list_signing_keys().await?.is_empty() {
            rotate_signing_key(&storage, operator("client create"), now).await?;
        }
        let by = operator("client create");
        let (client_id, secret) = make_client(&scoped, &args.label, &grant, by, now).await?;
        eprintln!("The secret is shown this once; it opens {id}.");
        println!("client_id={client_id}\nclient_secret={secret}");
        Ok(())
    })
}

fn grant(args: &GrantArgs) -> Result<(), Failure> {
    let RoleArgs {
        jurisdiction: id,
        roles,
        agencies,
    } = &args.role;
    let grant = GrantDraft::parse(roles, agencies)?;
    with_storage(&args.database, async |storage| {
        let (_, scoped) = jurisdiction(&storage, id).await?;
        let by = operator("client grant");
        let client_id = &args.client_id;
        if !scoped
            .grant_client(client_id, &grant.as_new(), by, Utc::now())
            .await?
        {
            return Err(unknown(client_id));
        }
        println!("{client_id} is {} in {id}", roles.join(", "));
        Ok(())
    })
}

fn list(args: &ListArgs) -> Result<(), Failure> {
    with_storage(&args.database, async |storage| {
        let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
        for grant in storage.list_client_grants().await? {
            let state = grant.revoked_datetime.map_or("good".into(), |at| {
                format!("revoked {}", datetime::to_string(at))
            });
            let roles = grant.roles.join(",");
            let agencies = grant.agencies.map_or("all agencies".into(), |agencies| {
                format!("agencies {}", agencies.join(", "))
            });
            let (id, label) = (grant.client_id, grant.label);
            println!("{id}\t{state}\t{roles}\t{agencies}\t{label}");
        }
        Ok(())
    })
}

fn revoke(args: &RevokeArgs) -> Result<(), Failure> {
    with_storage(&args.database, async |storage| {
        let (by, now) = (operator("client revoke"), Utc::now());
        let client_id = &args.client_id;
        let done = match &args.jurisdiction {
            Some(id) => {
                let (_, storage) = jurisdiction(&storage, id).await?;
                storage.revoke_client_grant(client_id, by, now).await?
            }
            None => storage.revoke_client(client_id, by, now).await?,
        };
        if !done {
            return Err(unknown(client_id));
        }
        println!("revoked {client_id}");
        Ok(())
    })
}

fn unknown(client_id: &str) -> Failure {
    let hint = "georeport client list shows the clients";
    format!("there is no good client {client_id}; {hint}").into()
}
