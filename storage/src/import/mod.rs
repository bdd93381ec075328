//! Taking over service requests that another system has filed: as fast as COPY, all or nothing.
//!
//! Rows are handed over in pieces as they are read, so memory stays flat whatever the size of the
//! file. What is new goes straight into the tables ([`piece`]); what may be here already goes into a
//! temporary table, and one statement then takes over what differs ([`staged`]).

mod copy;
mod piece;
mod services;
mod staged;

use crate::{
    JurisdictionStorage, StorageError,
    changes::{self, Matter},
};
use chrono::{DateTime, Utc};
use piece::Piece;
use services::Services;
use tokio_postgres::Client;

/// One import into a jurisdiction at a time: the next finds what the last has written. Others write as
/// ever. Two jurisdictions whose hashes are the same wait for each other, which harms nobody.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
/// The first half of the lock's number: what it is about.
const IMPORTING: i32 = 0x696d_706f;

/// After so many new rows the planner is told at once what they are like; autovacuum comes later.
const MANY: u64 = 1_000;
/// Only what filters and orders: sampling all columns takes several times longer.
const ANALYZE: &str =
    "ANALYZE service_request (jurisdiction_id, service_request_id, status, service_code,
    is_public, requested_datetime, updated_datetime, location),
    service_request_update (jurisdiction_id, service_request_id, version, position)";

/// An import under way. Dropped before [`Import::finish`], it leaves nothing.
pub struct Import {
    storage: JurisdictionStorage,
    author: String,
    now: DateTime<Utc>,
    newest_becomes: Option<DateTime<Utc>>,
    client: Client,
    services: Services,
    piece: Piece,
    is_staging: bool,
    rows: u64,
    taken: u64,
}

/// A row with the id of an earlier row of the same import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Where it stands in the file.
    pub line: u64,
    /// Its id.
    pub service_request_id: String,
}

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// New or different from what was there.
    pub taken: u64,
    /// There already, just so.
    pub unchanged: u64,
    /// Not taken, because an earlier row has the same id.
    pub repeated: Vec<Repeated>,
    /// Services that had to be made.
    pub new_services: u64,
}

impl JurisdictionStorage {
    /// Begins an import into this jurisdiction, at the moment `now`, when all others into it have
    /// ended. With `newest_becomes`, everything is moved in time so that the newest row was filed then,
    /// and what would have happened later has not happened.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn import(
        &self,
        newest_becomes: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Import, StorageError> {
        let mut import = self.import_by("operator", now).await?;
        import.newest_becomes = newest_becomes;
        Ok(import)
    }

    /// The same in the name of somebody else, as access control names him, and not moved.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn import_by(
        &self,
        author: &str,
        now: DateTime<Utc>,
    ) -> Result<Import, StorageError> {
        let client = self.storage.dedicated().await?;
        client.batch_execute("BEGIN").await?;
        client.execute(LOCK, &[&IMPORTING, &self.id()]).await?;
        let services = Services::read(&client, self.id()).await?;
        Ok(Import {
            storage: self.clone(),
            author: author.to_owned(),
            now,
            newest_becomes: None,
            client,
            services,
            piece: Piece::default(),
            is_staging: false,
            rows: 0,
            taken: 0,
        })
    }
}

impl Import {
    /// Takes over what is left, and commits.
    ///
    /// # Errors
    /// When the database refuses; then nothing is taken.
    pub async fn finish(mut self) -> Result<ImportSummary, StorageError> {
        self.hand_over().await?;
        let (differed, repeated) = self.take_over().await?;
        let taken = self.taken + differed;
        let new_services = self.services.made;
        let client = &self.client;
        let _making = Matter::ALL.map(|(_, matter)| self.storage.making(matter));
        if new_services > 0 {
            client
                .execute(
                    "UPDATE jurisdiction SET changeset = $2 WHERE jurisdiction_id = $1",
                    &[&self.storage.id(), &self.now],
                )
                .await?;
        }
        // Whoever imports ends soon, and tells nobody afterwards.
        changes::tell(client, self.storage.jurisdiction_id()).await?;
        client.batch_execute("COMMIT").await?;
        if taken > MANY {
            client.batch_execute(ANALYZE).await?;
        }
        Ok(ImportSummary {
            taken,
            unchanged: self.rows - repeated.len() as u64 - taken,
            repeated,
            new_services,
        })
    }
}
