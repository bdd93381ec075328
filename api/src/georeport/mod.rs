//! The standard, and nothing else: one file per method, in the standard's names.
//! <https://wiki.open311.org/GeoReport_v2/>

pub mod documents;
pub mod fragments;
pub mod get_discovery;
pub mod get_service_definition;
pub mod get_service_list;
pub mod get_service_request;
pub mod get_service_request_id_from_token;
pub mod get_service_requests;
pub mod post_service_request;
pub mod service_request_form;

use crate::operation::{Operation, operation};

/// Every method of the standard, to be served under a base path; what is asked most stands first,
/// because each pattern before the right one is tried in vain.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_service_request::get_service_request),
        operation!(get_service_requests::get_service_requests),
        operation!(post_service_request::post_service_request),
        operation!(get_service_list::get_service_list),
        operation!(get_service_definition::get_service_definition),
        operation!(get_service_request_id_from_token::get_service_request_id_from_token),
        discovery(),
    ]
}

/// Discovery, which also stands at the root of the site.
pub fn discovery() -> Operation {
    operation!(get_discovery::get_discovery)
}
