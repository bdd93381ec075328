//! Where POSTs wait while those before them are committed.

use super::{
    Written, alone,
    pen::Pens,
    write::{Failed, write},
};
use crate::StorageError;
use domain::JurisdictionId;
use futures_util::future::join_all;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// So many go together at most. More would not be faster, and if one of them is refused, all of
/// them are written once more.
const AT_ONCE: usize = 64;

/// A POST that waits.
struct Post {
    jurisdiction_id: JurisdictionId,
    row: String,
    told: oneshot::Sender<Result<Written, StorageError>>,
}

/// The queue of a process. A task works on it which ends with the last storage, and is started again if
/// it has failed. It runs where the first storage was made, so that it outlives every thread that
/// answers.
pub(super) struct Queue {
    pens: Pens,
    runtime: Handle,
    sender: Mutex<mpsc::Sender<Post>>,
}

impl Queue {
    pub fn new(pens: Pens, runtime: Handle) -> Self {
        Self {
            sender: Mutex::new(start(&pens, &runtime)),
            pens,
            runtime,
        }
    }

    fn sender(&self) -> mpsc::Sender<Post> {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.is_closed() {
            *sender = start(&self.pens, &self.runtime);
        }
        sender.clone()
    }

    /// Writes a POST with those that wait too.
    pub async fn write(
        &self,
        jurisdiction_id: &JurisdictionId,
        row: String,
    ) -> Result<Written, StorageError> {
        let (told, answer) = oneshot::channel();
        let post = Post {
            jurisdiction_id: jurisdiction_id.clone(),
            row,
            told,
        };
        let ended = |_| StorageError::Unavailable("what files service requests has ended".into());
        let sent = self.sender().send(post).await;
        sent.map_err(|_unsent| ended(()))?;
        answer.await.map_err(|_untold| ended(()))?
    }
}

fn start(pens: &Pens, runtime: &Handle) -> mpsc::Sender<Post> {
    let (sender, posts) = mpsc::channel(AT_ONCE);
    runtime.spawn(work(pens.clone(), posts));
    sender
}

async fn work(pens: Pens, mut posts: mpsc::Receiver<Post>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while posts.recv_many(&mut batch, AT_ONCE).await > 0 {
        let mut of: BTreeMap<JurisdictionId, Vec<Post>> = BTreeMap::new();
        // Whose client has gone away need not be filed.
        for post in batch.drain(..).filter(|post| !post.told.is_closed()) {
            let id = post.jurisdiction_id.clone();
            of.entry(id).or_default().push(post);
        }
        join_all(of.iter_mut().map(|(id, posts)| together(&pens, id, posts))).await;
    }
}

/// Writes POSTs of one jurisdiction. If that fails, each is tried by itself, so that none suffers from
/// what another one is; but not if it may be that they are written.
async fn together(pens: &Pens, id: &JurisdictionId, posts: &mut Vec<Post>) {
    let rows: Vec<&str> = posts.iter().map(|post| &post.row[..]).collect();
    match write(pens, id, &rows).await {
        Ok(written) => {
            for (post, written) in posts.drain(..).zip(written) {
                tell(post, Ok(written));
            }
        }
        Err(Failed::Refused(_)) => {
            for post in posts.drain(..).filter(|post| !post.told.is_closed()) {
                let written = alone(pens, id, &post.row).await;
                tell(post, written);
            }
        }
        Err(Failed::Away(error)) => {
            for post in posts.drain(..) {
                tell(post, Err(error.repeated()));
            }
        }
    }
}

/// Whoever does not listen any more need not be told.
fn tell(post: Post, written: Result<Written, StorageError>) {
    let _ = post.told.send(written);
}
