//! What a forward is about: the service request, and as much of who filed it as the remote may know.

use crate::{
    JurisdictionStorage, StorageError,
    forward_rules::ForwardRule,
    schema::{origin, reporter, service_request},
    service_requests::ServiceRequestRow,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Field, Hops, Remote, Reporter, ServiceRequest};

use super::Forward;

/// Everything of which a report to a remote is made.
#[derive(Debug, Clone)]
pub struct ForwardContent {
    /// The service request, public or not.
    pub service_request: ServiceRequest,
    /// Who filed it; unknown, unless the remote may know something of him.
    pub reporter: Reporter,
    /// The way that it came here.
    pub hops: Hops,
    /// The rule by which it is forwarded, if it still is the rule.
    pub rule: Option<ForwardRule>,
}

/// e-mail, phone, first and last name.
type Personal = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

impl JurisdictionStorage {
    /// What a forward is about. `None`: the service request is not there any more.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_forward_content(
        &self,
        forward: &Forward,
        remote: &Remote,
    ) -> Result<Option<ForwardContent>, StorageError> {
        let key = (self.id(), forward.service_request_id.as_str());
        let found: Option<(ServiceRequestRow, Option<String>)> = self
            .storage
            .read(async |connection| {
                service_request::table
                    .left_join(
                        origin::table.on(origin::jurisdiction_id
                            .eq(service_request::jurisdiction_id)
                            .and(
                                origin::service_request_id.eq(service_request::service_request_id),
                            )),
                    )
                    .filter(service_request::jurisdiction_id.eq(key.0))
                    .filter(service_request::service_request_id.eq(key.1))
                    .select((ServiceRequestRow::as_select(), origin::hops.nullable()))
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        let Some((row, hops)) = found else {
            return Ok(None);
        };
        let service_request = row.into_service_request()?;
        let mut connection = self.storage.connection().await?;
        let code = service_request.service_code.as_str();
        let rule = self.find_forward_rule(&mut connection, code).await?;
        drop(connection);
        let may_know_who = Field::PERSONAL.into_iter().any(|one| remote.may_know(one));
        let personal: Option<Personal> = match may_know_who {
            false => None,
            true => {
                self.storage
                    .read(async |connection| {
                        reporter::table
                            .find(key)
                            .select((
                                reporter::email,
                                reporter::phone,
                                reporter::first_name,
                                reporter::last_name,
                            ))
                            .first(connection)
                            .await
                            .optional()
                    })
                    .await?
            }
        };
        let (email, phone, first_name, last_name) = personal.unwrap_or_default();
        let known = |field, text: Option<String>| text.filter(|_| remote.may_know(field));
        Ok(Some(ForwardContent {
            service_request,
            reporter: Reporter {
                email: known(Field::Email, email),
                phone: known(Field::Phone, phone),
                first_name: known(Field::FirstName, first_name),
                last_name: known(Field::LastName, last_name),
                ..Reporter::default()
            },
            hops: Hops::parse(&hops.unwrap_or_default()).map_err(StorageError::corrupt)?,
            rule: rule.filter(|rule| rule.remote_name == remote.name),
        }))
    }
}
