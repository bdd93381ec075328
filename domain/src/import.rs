//! A service request that another system has already given an id.

use crate::ServiceRequest;

/// One row of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedServiceRequest {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// The row. A source without ids gets them from the row's content.
    pub service_request: ServiceRequest,
    /// The group of its service, for services that the import has to make.
    pub service_group: Option<String>,
    /// The source has no ids: equal rows are numbered instead of refused as repeated.
    pub id_is_derived: bool,
}
