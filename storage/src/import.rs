//! Taking over service requests that another system has filed: as fast as COPY, all or nothing.
//!
//! Rows go into a temporary table as they are read, so memory stays flat whatever the size of the
//! file; one statement then takes over what is new or different.

use crate::{
    JurisdictionStorage, StorageError,
    changes::{self, Matter},
    service_requests::{answers_to_json, notes_to_json, pairs_to_json},
};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use domain::{ImportedServiceRequest, ServiceRequest, datetime};
use futures_util::SinkExt;
use std::pin::Pin;
use tokio_postgres::{Client, CopyInSink};

/// Rows are handed to PostgreSQL in pieces of about this many bytes.
const CHUNK: usize = 256 * 1024;

const STAGE: &str = "CREATE TEMPORARY TABLE imported (
    ordinal bigint, line bigint, id_is_derived boolean, service_request_id text, status text, status_notes text,
    service_name text, service_code text, service_group text, description text,
    agency_responsible text, service_notice text, requested_datetime timestamptz,
    updated_datetime timestamptz, expected_datetime timestamptz, address text, address_id text,
    zipcode text, location geometry(Point, 4326), media_url text, attribute_answers jsonb,
    extended_attributes jsonb, notes jsonb) ON COMMIT DROP";

/// A row that came twice is taken once, unless its id was derived from its content: then equal
/// rows are separate service requests and numbered. Here are those that came before, which are few:
/// so they fit into memory, and all rows are taken over as they stand in the file, where neighbours
/// belong to the same day. In any other order the indexes would be written all over.
const NUMBERED: &str = "CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
    SELECT ordinal, occurrence, line, service_request_id, id_is_derived FROM (
        SELECT ordinal, line, service_request_id, id_is_derived,
            row_number() OVER (PARTITION BY service_request_id ORDER BY ordinal) AS occurrence
        FROM imported) AS row
    WHERE occurrence > 1";

const REPEATED: &str = "SELECT line, service_request_id FROM numbered WHERE NOT id_is_derived
    ORDER BY ordinal";

const NEW_SERVICES: &str = "INSERT INTO service (jurisdiction_id, service_code, service_name,
        description, has_definition, service_type, keywords, service_group, service_notice)
    SELECT $1, service_code, service_name, '', false, 'realtime', '', coalesce(service_group, ''), ''
    FROM imported WHERE ordinal IN (SELECT min(ordinal) FROM imported GROUP BY service_code)
    ON CONFLICT (jurisdiction_id, service_code) DO NOTHING";

/// With each goes an entry of its history. `$2` is the seconds added to every time; `$3` is the moment after which nothing has happened yet:
/// what was closed later is still open; `$4` is when this is written, `$5` who does. What should have been done
/// before it came here is no news. Nor is what was redacted or removed here taken over again: the
/// file may still hold what should not be there. A copy whose original was away is. That is asked of the
/// index for each row that differs: without OFFSET all histories would be read once.
const TAKE_OVER: &str = "WITH taken AS (INSERT INTO service_request (jurisdiction_id, service_request_id, status,
        status_notes, service_name, service_code, description, agency_responsible, service_notice,
        requested_datetime, updated_datetime, expected_datetime, address, address_id, zipcode,
        location, media_url, attribute_answers, extended_attributes, notes, is_public, version,
        overdue_datetime)
    SELECT $1,
        CASE WHEN occurrence IS NULL THEN row.service_request_id
            ELSE row.service_request_id || '-' || occurrence END,
        CASE WHEN is_known THEN status ELSE 'open' END,
        CASE WHEN is_known THEN status_notes END,
        row.service_name, service_code, row.description, agency_responsible, row.service_notice,
        requested_datetime + make_interval(secs => $2),
        CASE WHEN is_known THEN updated_datetime ELSE requested_datetime END + make_interval(secs => $2),
        expected_datetime + make_interval(secs => $2), address, address_id, zipcode, location, media_url,
        attribute_answers, extended_attributes, notes,
        service_code <> ALL (ARRAY(SELECT service_code FROM service
            WHERE jurisdiction_id = $1 AND service_type = 'blackbox')), 1,
        CASE WHEN expected_datetime + make_interval(secs => $2) <= $4
            THEN expected_datetime + make_interval(secs => $2) END
    FROM (SELECT *, $3::timestamptz IS NULL OR updated_datetime + make_interval(secs => $2) <= $3 AS is_known
        FROM imported) AS row
    LEFT JOIN (SELECT ordinal, occurrence FROM numbered) AS numbered USING (ordinal)
    WHERE occurrence IS NULL OR id_is_derived
    ON CONFLICT (jurisdiction_id, service_request_id) DO UPDATE SET
        status = excluded.status, status_notes = excluded.status_notes,
        service_name = excluded.service_name, service_code = excluded.service_code,
        description = excluded.description, agency_responsible = excluded.agency_responsible,
        service_notice = excluded.service_notice, requested_datetime = excluded.requested_datetime,
        updated_datetime = excluded.updated_datetime, expected_datetime = excluded.expected_datetime,
        address = excluded.address, address_id = excluded.address_id, zipcode = excluded.zipcode,
        location = excluded.location, media_url = excluded.media_url,
        attribute_answers = excluded.attribute_answers,
        extended_attributes = excluded.extended_attributes, notes = excluded.notes,
        version = coalesce(service_request.version, 0) + 1,
        overdue_datetime = coalesce(excluded.overdue_datetime, service_request.overdue_datetime),
        detailed_status = CASE WHEN service_request.status = excluded.status
            THEN service_request.detailed_status END,
        closing_reason = CASE WHEN service_request.status = excluded.status
            THEN service_request.closing_reason END,
        closing_detail = CASE WHEN service_request.status = excluded.status
            THEN service_request.closing_detail END,
        closed_datetime = CASE WHEN excluded.status = 'closed' THEN excluded.updated_datetime END
    WHERE (service_request.status, service_request.status_notes, service_request.service_name,
        service_request.service_code, service_request.description,
        service_request.agency_responsible, service_request.service_notice,
        service_request.requested_datetime, service_request.updated_datetime,
        service_request.expected_datetime, service_request.address, service_request.address_id,
        service_request.zipcode, service_request.location, service_request.media_url,
        service_request.attribute_answers, service_request.extended_attributes,
        service_request.notes)
        IS DISTINCT FROM (excluded.status, excluded.status_notes, excluded.service_name,
        excluded.service_code, excluded.description, excluded.agency_responsible,
        excluded.service_notice, excluded.requested_datetime, excluded.updated_datetime,
        excluded.expected_datetime, excluded.address, excluded.address_id, excluded.zipcode,
        excluded.location, excluded.media_url, excluded.attribute_answers,
        excluded.extended_attributes, excluded.notes)
    AND NOT EXISTS (SELECT FROM service_request_update AS entry
        WHERE entry.jurisdiction_id = service_request.jurisdiction_id
            AND entry.service_request_id = service_request.service_request_id
            AND (entry.kind = 'redacted' OR entry.kind = 'removed' AND entry.author NOT LIKE 'remote:%')
        OFFSET 0)
    RETURNING service_request_id, version, status, detailed_status, status_notes, closing_reason,
        closing_detail, requested_datetime, updated_datetime, is_public)
    INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id, kind,
        is_public, recorded_datetime, updated_datetime, status, closing_reason, closing_detail,
        description, author)
    SELECT $1, service_request_id, version,
        md5($1 || '/' || service_request_id || '/' || version)::uuid::text,
        CASE WHEN version = 1 THEN 'opened' ELSE 'updated' END, is_public, $4,
        CASE WHEN version = 1 AND status = 'open' THEN requested_datetime ELSE updated_datetime END,
        coalesce(detailed_status, status), closing_reason, closing_detail, status_notes, $5
    FROM taken";

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
    client: Client,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    buffer: BytesMut,
    rows: u64,
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
    /// Begins an import into this jurisdiction.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn import(&self) -> Result<Import, StorageError> {
        self.import_by("operator").await
    }

    /// The same in the name of somebody else, as access control names him.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn import_by(&self, author: &str) -> Result<Import, StorageError> {
        let client = self.storage.dedicated().await?;
        client.batch_execute("BEGIN").await?;
        // The staged rows are sorted and joined once, by nobody else at the time.
        client.batch_execute("SET LOCAL work_mem = '64MB'").await?;
        client.batch_execute(STAGE).await?;
        let sink = Box::pin(client.copy_in("COPY imported FROM STDIN").await?);
        Ok(Import {
            storage: self.clone(),
            author: author.to_owned(),
            client,
            sink,
            buffer: BytesMut::with_capacity(CHUNK + 8 * 1024),
            rows: 0,
        })
    }
}

impl Import {
    /// Hands over one row.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn add(&mut self, row: &ImportedServiceRequest) -> Result<(), StorageError> {
        self.rows += 1;
        write_row(&mut self.buffer, self.rows, row)?;
        if self.buffer.len() >= CHUNK {
            self.sink.send(self.buffer.split().freeze()).await?;
        }
        Ok(())
    }

    /// Takes the rows over. With `newest_becomes`, everything is moved in time so that the newest
    /// row was filed then, and what would have happened later has not happened.
    ///
    /// # Errors
    /// When the database refuses; then nothing is taken.
    pub async fn finish(
        mut self,
        newest_becomes: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<ImportSummary, StorageError> {
        self.sink.send(self.buffer.split().freeze()).await?;
        self.sink.as_mut().finish().await?;
        let client = &self.client;
        let id = &self.storage.id();
        let _making = Matter::ALL.map(|(_, matter)| self.storage.making(matter));
        client.batch_execute(NUMBERED).await?;
        client.batch_execute("ANALYZE imported (ordinal)").await?;
        client.batch_execute("ANALYZE numbered (ordinal)").await?;
        let repeated: Vec<Repeated> = client
            .query(REPEATED, &[])
            .await?
            .iter()
            .map(|row| Repeated {
                line: row.get::<_, i64>(0).unsigned_abs(),
                service_request_id: row.get(1),
            })
            .collect();
        let new_services = client.execute(NEW_SERVICES, &[id]).await?;
        if new_services > 0 {
            client
                .execute(
                    "UPDATE jurisdiction SET changeset = $2 WHERE jurisdiction_id = $1",
                    &[id, &now],
                )
                .await?;
        }
        let seconds = shift(client, newest_becomes).await?;

        let taken = client
            .execute(
                TAKE_OVER,
                &[id, &seconds, &newest_becomes, &now, &self.author],
            )
            .await?;
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

/// Seconds from the newest staged row to `newest_becomes`; 0 when nothing is to be moved.
async fn shift(
    client: &Client,
    newest_becomes: Option<DateTime<Utc>>,
) -> Result<f64, StorageError> {
    let Some(target) = newest_becomes else {
        return Ok(0.0);
    };
    let newest: Option<DateTime<Utc>> = client
        .query_one("SELECT max(requested_datetime) FROM imported", &[])
        .await?
        .get(0);
    let seconds = newest.map_or(0, |newest| (target - newest).num_seconds());
    // Whole seconds up to 2^52 are exact.
    #[expect(
        clippy::cast_precision_loss,
        reason = "ten thousand years are 2^38 seconds"
    )]
    Ok(seconds as f64)
}

/// One row of COPY's text format.
/// <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2>
fn write_row(
    out: &mut BytesMut,
    ordinal: u64,
    row: &ImportedServiceRequest,
) -> Result<(), StorageError> {
    let ImportedServiceRequest {
        line,
        service_request,
        service_group,
        id_is_derived,
    } = row;
    let ServiceRequest {
        service_request_id,
        status,
        status_notes,
        service_name,
        service_code,
        description,
        agency_responsible,
        service_notice,
        requested_datetime,
        updated_datetime,
        expected_datetime,
        address,
        address_id,
        zipcode,
        position,
        media_url,
        attributes,
        extended_attributes,
        notes,
        // Follow from the status; a source has no history of ours.
        detailed_status: _,
        closing: _,
        closed_datetime: _,
        updates: _,
    } = service_request;
    let point = position.map(|at| format!("SRID=4326;POINT({} {})", at.longitude, at.latitude));
    let answers = answers_to_json(attributes)?.map(|json| json.to_string());
    let pairs = pairs_to_json(extended_attributes)?.map(|json| json.to_string());
    let notes = notes_to_json(notes)?.map(|json| json.to_string());
    let expected = expected_datetime.map(datetime::to_string);
    let fields: [Option<&str>; 23] = [
        Some(&ordinal.to_string()),
        Some(&line.to_string()),
        Some(if *id_is_derived { "t" } else { "f" }),
        Some(service_request_id.as_str()),
        Some(status.as_str()),
        status_notes.as_deref(),
        Some(service_name),
        Some(service_code.as_str()),
        service_group.as_deref(),
        description.as_deref(),
        agency_responsible.as_deref(),
        service_notice.as_deref(),
        Some(&datetime::to_string(*requested_datetime)),
        Some(&datetime::to_string(*updated_datetime)),
        expected.as_deref(),
        address.as_deref(),
        address_id.as_deref(),
        zipcode.as_deref(),
        point.as_deref(),
        media_url.as_deref(),
        answers.as_deref(),
        pairs.as_deref(),
        notes.as_deref(),
    ];
    for (field, index) in fields.into_iter().zip(0..) {
        if index > 0 {
            out.extend_from_slice(b"\t");
        }
        match field {
            None => out.extend_from_slice(b"\\N"),
            Some(text) => write_escaped(out, text),
        }
    }
    out.extend_from_slice(b"\n");
    Ok(())
}

fn write_escaped(out: &mut BytesMut, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape: &[u8] = match rest.as_bytes()[at] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"\\\\",
        };
        out.extend_from_slice(escape);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_copy_wants_it() {
        let mut out = BytesMut::new();
        write_escaped(&mut out, "a\tb\\N\r\nü");
        assert_eq!(&out[..], "a\\tb\\\\N\\r\\nü".as_bytes());
    }
}
