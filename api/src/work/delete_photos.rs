//! The files of photos that were taken out: deleted when that is committed, by whoever did it, or here
//! if he was stopped before.

use crate::{directory::Scope, state::State};
use domain::JurisdictionId;
use storage::{JurisdictionStorage, StorageError};

/// One round.
///
/// # Errors
/// When the database fails; the next round begins where this one ended.
pub async fn delete_photos(state: &State) -> Result<(), StorageError> {
    for jurisdiction in state.shared.directory.list(&state.storage).await?.iter() {
        let id = &jurisdiction.jurisdiction_id;
        delete_of(state, id, &state.storage.jurisdiction(id)).await?;
    }
    Ok(())
}

/// Deletes them at once, as far as that works; the next round does the rest.
pub async fn delete_soon(state: &State, scope: &Scope) {
    let id = &scope.jurisdiction.jurisdiction_id;
    if let Err(error) = delete_of(state, id, &scope.storage).await {
        tracing::warn!(%error, "photos that were taken out are deleted later");
    }
}

async fn delete_of(
    state: &State,
    jurisdiction_id: &JurisdictionId,
    storage: &JurisdictionStorage,
) -> Result<(), StorageError> {
    loop {
        let removed = storage.list_removed_photos().await?;
        let photos = &state.shared.photos;
        let gone = photos.delete_removed(jurisdiction_id, &removed).await;
        if gone.is_empty() {
            return Ok(());
        }
        storage.forget_removed_photos(&gone).await?;
    }
}
