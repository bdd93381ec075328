//! COPY's text format.
//! <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2>

use crate::{
    StorageError,
    geometry::to_text,
    service_requests::{answers_to_json, notes_to_json, pairs_to_json},
};
use bytes::{BufMut, Bytes, BytesMut};
use domain::{ServiceRequest, datetime};
use futures_util::SinkExt;
use std::pin::pin;
use tokio_postgres::CopyInSink;

/// Lines of columns, all of one table.
#[derive(Default)]
pub(super) struct Lines {
    text: BytesMut,
}

impl Lines {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// One line, of columns that are written already.
    pub(super) fn add(&mut self, groups: &[&[u8]]) {
        for (group, index) in groups.iter().zip(0..) {
            if index > 0 {
                self.text.put_u8(b'\t');
            }
            self.text.put_slice(group);
        }
        self.text.put_u8(b'\n');
    }

    /// Hands all of them to PostgreSQL.
    pub(super) async fn send(self, sink: CopyInSink<Bytes>) -> Result<(), StorageError> {
        let mut sink = pin!(sink);
        sink.send(self.text.freeze()).await?;
        sink.finish().await?;
        Ok(())
    }
}

/// The columns of a service request that a source may tell, in the order of both tables they go into:
/// from `service_request_id` to `notes`.
pub(super) fn write_service_request(
    out: &mut BytesMut,
    service_request: &ServiceRequest,
) -> Result<(), StorageError> {
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
    let point = position.map(to_text);
    let answers = answers_to_json(attributes)?.map(|json| json.to_string());
    let pairs = pairs_to_json(extended_attributes)?.map(|json| json.to_string());
    let notes = notes_to_json(notes)?.map(|json| json.to_string());
    let expected = expected_datetime.map(datetime::to_string);
    write_columns(
        out,
        &[
            Some(service_request_id.as_str()),
            Some(status.as_str()),
            status_notes.as_deref(),
            Some(service_name),
            Some(service_code.as_str()),
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
        ],
    );
    Ok(())
}

/// Columns with tabs between; none is NULL.
pub(super) fn columns(columns: &[Option<&str>]) -> BytesMut {
    let mut out = BytesMut::new();
    write_columns(&mut out, columns);
    out
}

fn write_columns(out: &mut BytesMut, columns: &[Option<&str>]) {
    for (column, index) in columns.iter().zip(0..) {
        if index > 0 {
            out.put_u8(b'\t');
        }
        match column {
            None => out.put_slice(b"\\N"),
            Some(text) => write_escaped(out, text),
        }
    }
}

fn write_escaped(out: &mut BytesMut, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
        out.put_slice(&rest.as_bytes()[..at]);
        out.put_slice(match rest.as_bytes()[at] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"\\\\",
        });
        rest = &rest[at + 1..];
    }
    out.put_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_copy_wants_it() {
        let out = columns(&[Some("a\tb\\N\r\nü"), None]);
        assert_eq!(&out[..], "a\\tb\\\\N\\r\\nü\t\\N".as_bytes());
    }
}
