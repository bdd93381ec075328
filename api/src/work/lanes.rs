//! Lanes: what belongs together is worked on by one task at a time, and holds nobody else back.

use super::stage::{Stage, Stages};
use std::{cell::RefCell, collections::HashSet, hash::Hash, rc::Rc};
use tokio::sync::Notify;

/// The lanes in which this process is at work.
pub struct Lanes<K>(Rc<Shared<K>>);

struct Shared<K> {
    taken: RefCell<HashSet<K>>,
    left: Notify,
    most: usize,
    stages: Stages,
}

impl<K> Clone for Lanes<K> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

/// A lane, until it is dropped.
pub struct Lane<K: Hash + Eq> {
    lanes: Rc<Shared<K>>,
    key: K,
}

impl<K: Hash + Eq + Clone> Lanes<K> {
    /// At most so many at once: each takes connections to the database.
    pub fn at_most(most: usize, stages: Stages) -> Self {
        Self(Rc::new(Shared {
            taken: RefCell::default(),
            left: Notify::new(),
            most,
            stages,
        }))
    }

    /// Enters a lane; `None`: somebody is in it, there are no more, or the process is to end.
    pub fn enter(&self, key: &K) -> Option<Lane<K>> {
        let mut taken = self.0.taken.borrow_mut();
        let is_free = !self.0.is_to_end() && taken.len() < self.0.most && taken.insert(key.clone());
        is_free.then(|| Lane {
            lanes: Rc::clone(&self.0),
            key: key.clone(),
        })
    }

    /// Waits until nobody is in any lane.
    pub async fn are_empty(&self) {
        loop {
            let left = self.0.left.notified();
            if self.0.taken.borrow().is_empty() {
                return;
            }
            left.await;
        }
    }
}

impl<K> Shared<K> {
    fn is_to_end(&self) -> bool {
        self.stages.now() >= Stage::Finishing
    }
}

impl<K: Hash + Eq> Lane<K> {
    /// Whether nothing new is to be begun in it, because the process is to end.
    pub fn is_to_end(&self) -> bool {
        self.lanes.is_to_end()
    }
}

impl<K: Hash + Eq> Drop for Lane<K> {
    fn drop(&mut self) {
        self.lanes.taken.borrow_mut().remove(&self.key);
        self.lanes.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lane_is_free_again_when_who_is_in_it_leaves() {
        let stages = Stages::default();
        let lanes = Lanes::at_most(2, stages.clone());
        let lane = lanes.enter(&1);
        assert!(lane.is_some() && lanes.enter(&1).is_none());
        let other = lanes.enter(&2);
        assert!(other.is_some() && lanes.enter(&3).is_none());
        drop(lane);
        let again = lanes.enter(&1);
        assert!(lanes.enter(&2).is_none() && again.is_some());

        stages.turn(Stage::Finishing);
        assert!(again.as_ref().is_some_and(Lane::is_to_end));
        drop((again, other));
        lanes.are_empty().await;
        assert!(lanes.enter(&1).is_none());
    }
}
