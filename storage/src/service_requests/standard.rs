//! The public fields of service requests by their ids: what is asked most, so it goes through
//! pipelines, and nothing is copied out of what the database answers.

use crate::{JurisdictionStorage, StorageError, geometry::SentPosition};
use domain::{ServiceRequestId, StandardFields, Status};
use tokio_postgres::{Row, types::FromSql};

/// The primary key finds it.
pub(crate) const ONE: &str =
    "SELECT service_request_id, version, status, status_notes, service_name,
        service_code, description, agency_responsible, service_notice, requested_datetime,
        updated_datetime, expected_datetime, address, address_id, zipcode, location, media_url
    FROM service_request
    WHERE jurisdiction_id = $1 AND service_request_id = $2 AND is_public";

/// The same of several.
pub(crate) const SEVERAL: &str =
    "SELECT service_request_id, version, status, status_notes, service_name,
        service_code, description, agency_responsible, service_notice, requested_datetime,
        updated_datetime, expected_datetime, address, address_id, zipcode, location, media_url
    FROM service_request
    WHERE jurisdiction_id = $1 AND service_request_id = ANY($2) AND is_public";

/// A public service request as the database answered it.
pub struct StandardRow(Row);

impl StandardRow {
    /// Its id.
    ///
    /// # Errors
    /// When the row has another shape.
    pub fn service_request_id(&self) -> Result<&str, StorageError> {
        self.column(0)
    }

    /// What has changed since an earlier version has another; `None`: it has no history yet.
    ///
    /// # Errors
    /// When the row has another shape.
    pub fn version(&self) -> Result<Option<i32>, StorageError> {
        self.column(1)
    }

    /// The standard's fields.
    ///
    /// # Errors
    /// When a stored value breaks a rule of the domain.
    pub fn fields(&self) -> Result<StandardFields<'_>, StorageError> {
        Ok(StandardFields {
            service_request_id: self.column(0)?,
            status: Status::parse(self.column(2)?).map_err(StorageError::corrupt)?,
            status_notes: self.column(3)?,
            service_name: self.column(4)?,
            service_code: self.column(5)?,
            description: self.column(6)?,
            agency_responsible: self.column(7)?,
            service_notice: self.column(8)?,
            requested_datetime: self.column(9)?,
            updated_datetime: self.column(10)?,
            expected_datetime: self.column(11)?,
            address: self.column(12)?,
            address_id: self.column(13)?,
            zipcode: self.column(14)?,
            position: self.column::<Option<SentPosition>>(15)?.map(|sent| sent.0),
            media_url: self.column(16)?,
        })
    }

    fn column<'a, T: FromSql<'a>>(&'a self, index: usize) -> Result<T, StorageError> {
        self.0.try_get(index).map_err(StorageError::corrupt)
    }
}

impl JurisdictionStorage {
    /// The standard's fields of a public service request.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_standard_row(
        &self,
        service_request_id: &ServiceRequestId,
    ) -> Result<Option<StandardRow>, StorageError> {
        let values = [self.id(), service_request_id.as_str()];
        let rows = self
            .storage
            .0
            .one
            .rows(ONE, &[&values[0], &values[1]])
            .await?;
        Ok(rows.into_iter().next().map(StandardRow))
    }

    /// The same of several, in no order, without those that are not public or not there.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_standard_rows(
        &self,
        service_request_ids: &[&str],
    ) -> Result<Vec<StandardRow>, StorageError> {
        let rows = self
            .storage
            .0
            .several
            .rows(SEVERAL, &[&self.id(), &service_request_ids])
            .await?;
        Ok(rows.into_iter().map(StandardRow).collect())
    }
}
