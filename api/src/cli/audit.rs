//! `georeport audit …`.

use super::{
    Failure,
    database::{jurisdiction, with_storage},
};
use crate::{config::DatabaseArgs, extensions::audit_entries::AuditEntryDocument};
use clap::{Args, Subcommand};
use std::io::{BufWriter, Write, stdout};
use uuid::Uuid;

/// Entries that are held in memory at once.
const PAGE: i64 = 1_000;

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Write it to standard output, the oldest entry first, one JSON object a line
    Export(ExportArgs),
}

/// Options of `audit export`.
#[derive(Args)]
pub struct ExportArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// Only entries after this one, by its audit_entry_id [default: all]
    #[arg(long, env = "GEOREPORT_AFTER", value_name = "AUDIT_ENTRY_ID")]
    after: Option<Uuid>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Export(args) = command;
    with_storage(&args.database, async |storage| {
        let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
        let mut out = BufWriter::new(stdout().lock());
        let mut after = args.after;
        loop {
            let page = storage.list_audit_entries(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.audit_entry_id);
            for row in &page {
                serde_json::to_writer(&mut out, &AuditEntryDocument::from(row))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(out.flush()?)
    })
}
