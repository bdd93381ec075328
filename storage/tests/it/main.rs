//! Storage against a real PostgreSQL with PostGIS: each test has a database of its own.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, what goes wrong fails the test"
)]

mod api_keys;
mod audit;
mod catalog;
mod clients;
mod crowds;
mod database_roles;
mod duplicates;
mod durability;
mod faults;
mod federation_plans;
mod feed;
mod filed_together;
mod filing;
mod filters;
mod forwards;
mod history;
mod hot_plans;
mod idempotency;
mod import;
mod jurisdictions;
mod list_shapes;
mod media;
mod migrations;
mod mirrors;
mod overdue;
mod plans;
mod rate_limits;
mod redactions;
mod response_templates;
mod rolling_upgrade;
mod schema;
mod service_levels;
mod service_requests;
mod services;
mod staff_changes;
mod staff_lists;
mod submissions;
mod tokens;
mod touches;
mod webhook_plans;
mod webhooks;

use chrono::{DateTime, Utc};
use domain::{Area, Position, ServiceCode, ServiceRequestQuery, Sort, TimeRange};
use storage::{Extensions, JurisdictionStorage};

/// An instant.
fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A query for everything, the newest first.
fn everything() -> ServiceRequestQuery {
    ServiceRequestQuery {
        service_request_ids: vec![],
        service_codes: vec![],
        status: None,
        requested: TimeRange::default(),
        updated: TimeRange::default(),
        area: None,
        text: None,
        sort: Sort::RequestedDescending,
        page: 1,
        page_size: 1_000,
    }
}

/// The ids that a query finds, in order.
async fn ids(jurisdiction: &JurisdictionStorage, query: &ServiceRequestQuery) -> Vec<String> {
    let page = jurisdiction
        .list_service_requests(query, Extensions::Left)
        .await
        .unwrap();
    let found = page.service_requests.into_iter();
    found
        .map(|one| one.service_request_id.into_string())
        .collect()
}

/// The ids that a query finds in which only these fields are set.
macro_rules! found {
    ($jurisdiction:expr $(, $field:ident: $value:expr)* $(,)?) => {
        $crate::ids(&$jurisdiction, &::domain::ServiceRequestQuery { $($field: $value,)* ..$crate::everything() }).await
    };
}
use found;

fn codes(codes: &[&str]) -> Vec<ServiceCode> {
    codes
        .iter()
        .map(|code| ServiceCode::parse(code).unwrap())
        .collect()
}

fn circle(latitude: f64, longitude: f64, radius_m: f64) -> Option<Area> {
    let center = Position::new(latitude, longitude).unwrap();
    Some(Area::Circle { center, radius_m })
}
