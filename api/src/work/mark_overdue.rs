//! What should have been done and is not: told in the histories, once.

use crate::state::State;
use chrono::Utc;
use storage::StorageError;

/// One round. It ends when nothing is overdue that has not been told of.
///
/// # Errors
/// When the database fails; the next round begins where this one ended.
pub async fn mark_overdue(state: &State) -> Result<(), StorageError> {
    for jurisdiction in state.shared.directory.list(&state.storage).await?.iter() {
        let storage = state.storage.jurisdiction(&jurisdiction.jurisdiction_id);
        while storage.mark_overdue(Utc::now()).await? > 0 {}
    }
    Ok(())
}
