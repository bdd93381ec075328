//! Service requests, as far as the public may see them.

mod derived;
mod filter;
mod list;
mod near;
mod period;
mod row;
mod staff;
mod staff_list;
mod standard;

pub(crate) use row::{ServiceRequestRow, answers_to_json, notes_to_json, pairs_to_json};

use crate::{JurisdictionStorage, StorageError, pipeline::Written, schema::service_request};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ServiceRequest, ServiceRequestId, ServiceRequestQuery};
pub use staff::{StaffPage, StaffView, Total};
pub use standard::StandardRow;
#[cfg(feature = "testing")]
pub(crate) use standard::{ONE, SEVERAL};

use derived::KeyStatement;
use list::{Columns, ListStatement, Shown};

/// Whether what `extensions=true` adds is read too; it is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extensions {
    /// Attributes, extended attributes, notes and the history.
    Included,
    /// The standard's fields only; the others come empty.
    Left,
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// At most the page size.
    pub service_requests: Vec<ServiceRequest>,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// Which service request, and which version of it: what the public may see of both does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub service_request_id: String,
    /// `None`: it has no history yet, so nothing tells when it changes.
    pub version: Option<i32>,
}

/// One page of a list, by keys.
#[derive(Debug)]
pub struct KeyPage {
    /// In order, at most the page size.
    pub keys: Vec<Key>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl JurisdictionStorage {
    /// The public service request of that id.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_service_request(
        &self,
        service_request_id: &ServiceRequestId,
    ) -> Result<Option<ServiceRequest>, StorageError> {
        let row: Option<ServiceRequestRow> = self
            .storage
            .read(async |connection| {
                service_request::table
                    .find((self.id(), service_request_id.as_str()))
                    .filter(service_request::is_public)
                    .select(ServiceRequestRow::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        row.map(ServiceRequestRow::into_service_request).transpose()
    }

    /// The public service requests that `query` asks for.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_service_requests(
        &self,
        query: &ServiceRequestQuery,
        extensions: Extensions,
    ) -> Result<Page, StorageError> {
        let statement = self.public_list(query, Columns::Public(extensions));
        let mut rows: Vec<ServiceRequestRow> = self
            .storage
            .search(async |connection| statement.clone().load(connection).await)
            .await?;
        let has_more = rows.len() > query.page_size as usize;
        rows.truncate(query.page_size as usize);
        let mut service_requests = rows
            .into_iter()
            .map(ServiceRequestRow::into_service_request)
            .collect::<Result<Vec<_>, _>>()?;
        if extensions == Extensions::Included {
            self.add_histories(&mut service_requests).await?;
            self.add_forwards(&mut service_requests).await?;
        }
        Ok(Page {
            service_requests,
            has_more,
        })
    }

    /// The keys of the public service requests that `query` asks for.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_keys(&self, query: &ServiceRequestQuery) -> Result<KeyPage, StorageError> {
        let statement = KeyStatement(self.public_list(query, Columns::Key));
        let (ids, versions): (Option<Vec<String>>, Option<Vec<Option<i32>>>) =
            if statement.0.has_one_plan() {
                let written = Written::of(&statement)?;
                let keys = &self.storage.0.keys;
                let rows = keys.rows(&written.sql, &written.values()).await?;
                let Some(row) = rows.into_iter().next() else {
                    return Err(StorageError::corrupt("an aggregate has no row"));
                };
                (row.try_get(0)?, row.try_get(1)?)
            } else {
                self.storage
                    .search(async |connection| statement.clone().get_result(connection).await)
                    .await?
            };
        let both = ids
            .into_iter()
            .flatten()
            .zip(versions.into_iter().flatten());
        let mut keys: Vec<Key> = both
            .map(|(service_request_id, version)| Key {
                service_request_id,
                version,
            })
            .collect();
        let has_more = keys.len() > query.page_size as usize;
        keys.truncate(query.page_size as usize);
        Ok(KeyPage { keys, has_more })
    }

    fn public_list<'a>(
        &'a self,
        query: &'a ServiceRequestQuery,
        columns: Columns,
    ) -> ListStatement<'a> {
        ListStatement::of(self.id(), query, columns, Shown::Public)
    }

    /// The statement of [`Self::list_keys`] and its number of values, if its plan is kept.
    #[cfg(feature = "testing")]
    pub(crate) fn kept_statement(
        &self,
        query: &ServiceRequestQuery,
    ) -> Result<Option<(String, usize)>, StorageError> {
        let statement = KeyStatement(self.public_list(query, Columns::Key));
        if !statement.0.has_one_plan() {
            return Ok(None);
        }
        let written = Written::of(&statement)?;
        let values = written.values().len();
        Ok(Some((written.sql, values)))
    }

    /// How PostgreSQL would carry out [`Self::list_keys`].
    ///
    /// # Errors
    /// As every read.
    #[cfg(feature = "testing")]
    pub async fn explain_list(&self, query: &ServiceRequestQuery) -> Result<String, StorageError> {
        let statement = self.public_list(query, Columns::Key);
        let lines: Vec<String> = self
            .storage
            .search(async |connection| {
                derived::Explain(KeyStatement(statement.clone()))
                    .load(connection)
                    .await
            })
            .await?;
        Ok(lines.join("\n"))
    }
}
