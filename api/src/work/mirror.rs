//! Mirrors: one lane for each, so that an original that is away or slow holds no other copy back.

use super::lanes::{Lane, Lanes};
use crate::{
    federation::{
        mirror::{LEASE, Mirroring},
        remote::RemoteClient,
    },
    state::State,
};
use chrono::Utc;
use domain::JurisdictionId;
use storage::StorageError;

/// Opens a lane for each mirror that has work and no lane yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open_lanes(state: &State, lanes: &Lanes<JurisdictionId>) -> Result<(), StorageError> {
    for id in state.storage.list_mirrors_due(Utc::now()).await? {
        let Some(lane) = lanes.enter(&id) else {
            continue;
        };
        let state = state.clone();
        actix_web::rt::spawn(async move {
            if let Err(error) = work(&state, &lane, &id).await {
                tracing::warn!(%error, jurisdiction_id = %id, "a mirror failed");
            }
        });
    }
    Ok(())
}

/// Takes step after step until there is nothing to do for a while.
async fn work(
    state: &State,
    lane: &Lane<JurisdictionId>,
    id: &JurisdictionId,
) -> Result<(), StorageError> {
    let storage = state.storage.jurisdiction(id);
    let jurisdictions = state.shared.directory.list(&state.storage).await?;
    let Some(here) = jurisdictions.iter().find(|one| one.jurisdiction_id == *id) else {
        return Ok(());
    };
    while !lane.is_to_end() {
        let now = Utc::now();
        let Some(claimed) = storage.claim_mirror(now, now + LEASE).await? else {
            return Ok(());
        };
        let Some(remote) = storage.find_remote(&claimed.state.remote_name).await? else {
            return Ok(());
        };
        let mirroring = Mirroring {
            storage: &storage,
            client: RemoteClient {
                outbound: &state.shared.outbound,
                remote: &remote,
                zone: here.time_zone,
            },
            mirror: &claimed.state.progress,
        };
        if !mirroring.step(&claimed).await? {
            break;
        }
    }
    Ok(())
}
