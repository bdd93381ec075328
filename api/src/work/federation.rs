//! Forwards: one lane for each remote, so that one that is away or slow holds nobody else back.

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
use std::{cell::RefCell, collections::HashSet, rc::Rc};
use storage::StorageError;

/// Posts of one lane before it looks at what has become of earlier ones.
const POSTS_IN_A_ROW: usize = 100;

/// The lanes in which this process is at work.
#[derive(Clone, Default)]
pub struct Lanes(Rc<RefCell<HashSet<(JurisdictionId, RemoteName)>>>);

/// Opens a lane for each remote that has work and no lane yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open_lanes(state: &State, lanes: &Lanes) -> Result<(), StorageError> {
    for remote in state.storage.list_remotes_due(Utc::now()).await? {
        if !lanes.0.borrow_mut().insert(remote.clone()) {
            continue;
        }
        let (state, lanes) = (state.clone(), lanes.clone());
        actix_web::rt::spawn(async move {
            if let Err(error) = work(&state, &remote.0, &remote.1).await {
                tracing::warn!(%error, remote = %remote.1, "a lane of forwards failed");
            }
            lanes.0.borrow_mut().remove(&remote);
        });
    }
    Ok(())
}

/// Does what is due.
async fn work(
    state: &State,
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
    forwarding.read_updates().await?;
    while forwarding.look().await? {}
    Ok(())
}
