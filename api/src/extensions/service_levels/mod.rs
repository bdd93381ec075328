//! What a jurisdiction promises and when it works: from here comes `expected_datetime`.

mod documents;
mod holidays;
mod service_level;
mod working_hours;

pub use documents::{
    HolidayDocument, Holidays, LevelDocument, ServiceLevelDocument, WorkingHoursDocument,
};

use crate::operation::{Operation, operation};

/// What is served below `/api/v1/jurisdictions/{jurisdiction_id}`.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(service_level::get_service_level),
        operation!(service_level::put_service_level),
        operation!(service_level::delete_service_level),
        operation!(working_hours::get_working_hours),
        operation!(working_hours::put_working_hours),
        operation!(holidays::get_holidays),
        operation!(holidays::put_holidays),
    ]
}
