//! Service requests for those who work on them: everything that is known, and what becomes of it.

mod answer;
mod bulk;
mod change;
mod documents;
mod duplicates;
mod forms;
mod get;
mod list;
mod moderation;
mod notes;
mod parts;
mod updates;

pub use answer::{check_theirs, named};
pub use documents::{
    BulkResult, BulkResults, StaffRequestDocument, StaffRequestUpdates, StaffRequests,
    StaffUpdateDocument,
};
pub use forms::{
    BulkForm, ChangeForm, ChangeParts, DuplicateForm, NoteForm, NoteParts, RedactionForm,
};

use crate::operation::{Operation, operation};

/// What is served below `/api/v1/jurisdictions/{jurisdiction_id}/service-requests`.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(list::get_staff_service_requests),
        operation!(bulk::post_service_request_changes),
        operation!(get::get_staff_service_request),
        operation!(change::patch_service_request),
        operation!(updates::get_staff_service_request_updates),
        operation!(notes::post_service_request_note),
        operation!(duplicates::put_duplicate_of),
        operation!(duplicates::delete_duplicate_of),
        operation!(moderation::post_redaction),
        operation!(moderation::delete_service_request),
    ]
}
