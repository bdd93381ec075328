//! What happened to service requests.

mod append;
mod begin;
mod row;

pub use append::{Append, Appended};
pub(crate) use row::{UpdateRow, closing};

use crate::{JurisdictionStorage, StorageError, schema::service_request_update};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ServiceRequest, ServiceRequestId, ServiceRequestUpdate, UpdatesQuery};
use std::collections::HashMap;

/// Whose eyes a history is read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What the public may see.
    Public,
    /// Everything, internal notes and what is not public included.
    Internal,
}

impl View {
    /// The values of `is_public` that are shown.
    pub(crate) fn shown(self) -> &'static [bool] {
        match self {
            Self::Public => &[true],
            Self::Internal => &[true, false],
        }
    }
}

impl JurisdictionStorage {
    /// The public updates that `query` asks for, the oldest first. What opened, published or removed
    /// a service request is no update.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_public_updates(
        &self,
        query: &UpdatesQuery,
    ) -> Result<Vec<ServiceRequestUpdate>, StorageError> {
        use crate::schema::service_request;
        use service_request_update::dsl;
        let page_size = i64::from(query.page_size);
        let ids: Vec<&str> = query
            .service_request_ids
            .iter()
            .map(ServiceRequestId::as_str)
            .collect();
        let rows: Vec<UpdateRow> = self
            .storage
            .search(async |connection| {
                let mut statement = dsl::service_request_update
                    .inner_join(
                        service_request::table.on(service_request::jurisdiction_id
                            .eq(dsl::jurisdiction_id)
                            .and(service_request::service_request_id.eq(dsl::service_request_id))),
                    )
                    .filter(service_request::is_public)
                    .filter(dsl::jurisdiction_id.eq(self.id()))
                    .filter(dsl::is_public)
                    .filter(dsl::kind.eq("updated"))
                    .order((dsl::updated_datetime, dsl::recorded_datetime))
                    .limit(page_size)
                    .offset(i64::from(query.page - 1) * page_size)
                    .select(UpdateRow::as_select())
                    .into_boxed();
                if !ids.is_empty() {
                    statement = statement.filter(dsl::service_request_id.eq_any(&ids));
                }
                if let Some(start) = query.updated.start {
                    statement = statement.filter(dsl::updated_datetime.ge(start));
                }
                if let Some(end) = query.updated.end {
                    statement = statement.filter(dsl::updated_datetime.le(end));
                }
                statement.load(connection).await
            })
            .await?;
        rows.into_iter().map(UpdateRow::into_update).collect()
    }

    /// The history of each of these service requests, by service request and the oldest first.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_history(
        &self,
        ids: &[&str],
        view: View,
    ) -> Result<Vec<ServiceRequestUpdate>, StorageError> {
        use service_request_update::dsl;
        let rows: Vec<UpdateRow> = self
            .storage
            .search(async |connection| {
                dsl::service_request_update
                    .filter(dsl::jurisdiction_id.eq(self.id()))
                    .filter(dsl::service_request_id.eq_any(ids))
                    .filter(dsl::is_public.eq_any(view.shown()))
                    .order((dsl::service_request_id, dsl::version))
                    .select(UpdateRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(UpdateRow::into_update).collect()
    }

    /// Who filed a service request, as access control names him; `None`: there is no such service
    /// request, or nobody wrote down who.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_filer(&self, id: &ServiceRequestId) -> Result<Option<String>, StorageError> {
        use service_request_update::dsl;
        self.storage
            .read(async |connection| {
                dsl::service_request_update
                    .find((self.id(), id.as_str(), 1))
                    .select(dsl::author)
                    .first(connection)
                    .await
                    .optional()
            })
            .await
    }

    /// Adds their public histories to service requests.
    ///
    /// # Errors
    /// As every read.
    pub async fn add_histories(&self, to: &mut [ServiceRequest]) -> Result<(), StorageError> {
        let ids: Vec<&str> = to
            .iter()
            .map(|one| one.service_request_id.as_str())
            .collect();
        let entries = self.list_history(&ids, View::Public).await?;
        let mut histories: HashMap<String, Vec<ServiceRequestUpdate>> = HashMap::new();
        for entry in entries {
            let of = entry.service_request_id.to_string();
            histories.entry(of).or_default().push(entry);
        }
        for one in to {
            one.updates = histories
                .remove(one.service_request_id.as_str())
                .unwrap_or_default();
        }
        Ok(())
    }
}
