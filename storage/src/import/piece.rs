//! Some rows of a file, one behind the other: what is new among them goes straight into the tables,
//! as fast as COPY; the rest is staged.

use super::{
    Import,
    copy::{Lines, columns, write_service_request},
};
use crate::StorageError;
use bytes::BytesMut;
use domain::{ImportedServiceRequest, ServiceRequest, datetime};
use std::{collections::HashMap, mem, ops::Range};

/// Rows are handed to PostgreSQL when there are about this many bytes of them.
const PIECE: usize = 1024 * 1024;

/// Those that are here, and whether this import wrote them: `xmin` tells the transaction that did, and
/// an import is one. Each id is looked up by itself (OFFSET): the planner knows nothing yet of a
/// jurisdiction that is being filled, and would walk through all of it, again for each piece.
const KNOWN: &str = "SELECT found.* FROM unnest($2::text[]) AS asked (service_request_id)
    CROSS JOIN LATERAL (SELECT service_request_id, xmin = pg_current_xact_id()::xid
        FROM service_request WHERE jurisdiction_id = $1
            AND service_request_id = asked.service_request_id OFFSET 0) AS found";

const COPY: &str = "COPY service_request (jurisdiction_id, service_request_id, status, status_notes,
    service_name, service_code, description, agency_responsible, service_notice, requested_datetime,
    updated_datetime, expected_datetime, address, address_id, zipcode, location, media_url,
    attribute_answers, extended_attributes, notes, is_public, version, overdue_datetime) FROM STDIN";

/// The first entry of the history of each; see `TAKE_OVER`. `$3` is when this is written, `$4` who does.
const OPENED: &str = "INSERT INTO service_request_update (jurisdiction_id, service_request_id, version,
        update_id, kind, is_public, recorded_datetime, updated_datetime, status, description, author)
    SELECT $1, taken.service_request_id, version,
        md5($1 || '/' || taken.service_request_id || '/' || version)::uuid::text, 'opened', is_public, $3,
        CASE WHEN status = 'open' THEN requested_datetime ELSE updated_datetime END,
        status, status_notes, $4
    FROM unnest($2::text[]) AS asked (service_request_id)
    CROSS JOIN LATERAL (SELECT service_request_id, version, is_public, requested_datetime,
            updated_datetime, status, status_notes FROM service_request
        WHERE jurisdiction_id = $1 AND service_request_id = asked.service_request_id
        OFFSET 0) AS taken";

/// Rows that were not handed over yet.
#[derive(Default)]
pub(super) struct Piece {
    /// What each tells, as [`write_service_request`] writes it.
    text: BytesMut,
    rows: Vec<Row>,
}

struct Row {
    service_request_id: String,
    service_code: String,
    /// Its columns in the text.
    columns: Range<usize>,
    ordinal: u64,
    line: u64,
    id_is_derived: bool,
    /// When it should have been done, in the past: that is no news.
    overdue: Option<String>,
}

impl Import {
    /// Hands over one row.
    ///
    /// # Errors
    /// When the database refuses or is lost; then nothing of the import is taken.
    pub async fn add(&mut self, row: &ImportedServiceRequest) -> Result<(), StorageError> {
        let ServiceRequest {
            service_request_id,
            service_code,
            service_name,
            expected_datetime,
            ..
        } = &row.service_request;
        self.rows += 1;
        self.services
            .need(service_code, service_name, row.service_group.as_deref());
        let start = self.piece.text.len();
        write_service_request(&mut self.piece.text, &row.service_request)?;
        self.piece.rows.push(Row {
            service_request_id: service_request_id.to_string(),
            service_code: service_code.to_string(),
            columns: start..self.piece.text.len(),
            ordinal: self.rows,
            line: row.line,
            id_is_derived: row.id_is_derived,
            overdue: expected_datetime
                .filter(|expected| *expected <= self.now)
                .map(datetime::to_string),
        });
        if self.piece.text.len() >= PIECE {
            self.hand_over().await?;
        }
        Ok(())
    }

    /// Hands over what has gathered.
    pub(super) async fn hand_over(&mut self) -> Result<(), StorageError> {
        let Piece { text, rows } = mem::take(&mut self.piece);
        if rows.is_empty() {
            return Ok(());
        }
        let jurisdiction = columns(&[Some(self.storage.id())]);
        self.services.make(&self.client, self.storage.id()).await?;
        // How far times are moved is known when the last row has come: then all are staged.
        let is_moved = self.newest_becomes.is_some();
        let mut taken_before = match is_moved {
            true => HashMap::new(),
            false => self.known(&rows).await?,
        };
        let (mut new, mut other) = (Lines::default(), Lines::default());
        let mut ids = Vec::new();
        for row in &rows {
            let id = row.service_request_id.as_str();
            let told = &text[row.columns.clone()];
            let is_taken = taken_before.get(id).copied();
            if is_taken.is_none() && !is_moved {
                let is_public = self.services.is_public(&row.service_code);
                let ours = [Some(letter(is_public)), Some("1"), row.overdue.as_deref()];
                new.add(&[&jurisdiction, told, &columns(&ours)]);
                ids.push(id);
                taken_before.insert(id.to_owned(), true);
            } else {
                let [ordinal, line] = [row.ordinal, row.line].map(|number| number.to_string());
                let ours = [
                    ordinal.as_str(),
                    line.as_str(),
                    letter(row.id_is_derived),
                    letter(is_taken.unwrap_or(false)),
                ];
                other.add(&[&columns(&ours.map(Some)), told]);
            }
        }
        if !ids.is_empty() {
            self.take(new, &ids).await?;
        }
        if !other.is_empty() {
            self.stage(other).await?;
        }
        Ok(())
    }

    /// Those that are here, and whether they came in this import.
    async fn known(&self, rows: &[Row]) -> Result<HashMap<String, bool>, StorageError> {
        let ids: Vec<&str> = rows
            .iter()
            .map(|row| row.service_request_id.as_str())
            .collect();
        let known = self
            .client
            .query(KNOWN, &[&self.storage.id(), &ids])
            .await?;
        Ok(known.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Writes rows that are not here, with the first entry of the history of each.
    async fn take(&mut self, rows: Lines, ids: &[&str]) -> Result<(), StorageError> {
        rows.send(self.client.copy_in(COPY).await?).await?;
        self.taken += self
            .client
            .execute(OPENED, &[&self.storage.id(), &ids, &self.now, &self.author])
            .await?;
        Ok(())
    }
}

/// A boolean, as COPY wants it.
fn letter(value: bool) -> &'static str {
    if value { "t" } else { "f" }
}
