//! Forwards: one lane for each remote, so that one that is away or slow holds nobody else back.

use super::lanes::{Lane, Lanes};
use crate::{
    federation::{
        forward::{Forwarding, Health, LEASE},
        loop_guard::own_server_id,
        remote::RemoteClient,
    },
    state::State,
};
use chrono::Utc;
use domain::{JurisdictionId, RemoteName};
use rand::seq::SliceRandom;
use storage::StorageError;

/// Posts of one lane before it looks at what has become of earlier ones.
const POSTS_IN_A_ROW: usize = 100;

/// Opens a lane for each remote that has work and no lane yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open_lanes(
    state: &State,
    lanes: &Lanes<(JurisdictionId, RemoteName)>,
) -> Result<(), StorageError> {
    let mut due = state.storage.list_remotes_due(Utc::now()).await?;
    // When there are more than lanes, each has its chance.
    due.shuffle(&mut rand::rng());
    for remote in due {
        let Some(lane) = lanes.enter(&remote) else {
            continue;
        };
        let state = state.clone();
        actix_web::rt::spawn(async move {
            let (jurisdiction_id, name) = &remote;
            if let Err(error) = work(&state, &lane, jurisdiction_id, name).await {
                tracing::warn!(%error, remote = %name, "a lane of forwards failed");
            }
        });
    }
    Ok(())
}

/// Does what is due.
async fn work(
    state: &State,
    lane: &Lane<(JurisdictionId, RemoteName)>,
    jurisdiction_id: &JurisdictionId,
    name: &RemoteName,
) -> Result<(), StorageError> {
    let storage = state.storage.jurisdiction(jurisdiction_id);
    let jurisdictions = state.shared.directory.list(&state.storage).await?;
    let here = jurisdictions
        .iter()
        .find(|one| one.jurisdiction_id == *jurisdiction_id);
    let (Some(remote), Some(here)) = (storage.find_remote(name).await?, here) else {
        return Ok(());
    };
    let server_id = own_server_id(state).await?;
    let forwarding = Forwarding {
        storage: &storage,
        client: RemoteClient {
            outbound: &state.shared.outbound,
            remote: &remote,
            zone: here.time_zone,
        },
        server_id: &server_id,
        public_url: &state.shared.public_url,
    };
    for _ in 0..POSTS_IN_A_ROW {
        if lane.is_to_end() {
            return Ok(());
        }
        let now = Utc::now();
        let Some(claimed) = storage.claim_forward(&remote, now, now + LEASE).await? else {
            break;
        };
        match forwarding.turn(&claimed).await? {
            Health::IsAway => break,
            Health::IsBack => {
                storage.hasten_forwards(&remote, Utc::now()).await?;
            }
            Health::Answers => {}
        }
    }
    if !lane.is_to_end() {
        forwarding.read_updates().await?;
    }
    while !lane.is_to_end() && forwarding.look().await? {}
    Ok(())
}
