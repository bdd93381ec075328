//! Lanes: what belongs together is worked on by one task at a time, and holds nobody else back.

use std::{cell::RefCell, collections::HashSet, hash::Hash, rc::Rc};

/// The lanes in which this process is at work.
pub struct Lanes<K>(Rc<RefCell<HashSet<K>>>);

impl<K> Default for Lanes<K> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

/// A lane, until it is dropped.
pub struct Lane<K: Hash + Eq> {
    lanes: Rc<RefCell<HashSet<K>>>,
    key: K,
}

impl<K: Hash + Eq + Clone> Lanes<K> {
    /// Enters a lane; `None`: somebody is in it.
    pub fn enter(&self, key: &K) -> Option<Lane<K>> {
        let is_free = self.0.borrow_mut().insert(key.clone());
        is_free.then(|| Lane {
            lanes: Rc::clone(&self.0),
            key: key.clone(),
        })
    }
}

impl<K: Hash + Eq> Drop for Lane<K> {
    fn drop(&mut self) {
        self.lanes.borrow_mut().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_free_again_when_who_is_in_it_leaves() {
        let lanes = Lanes::default();
        let lane = lanes.enter(&1);
        assert!(lane.is_some() && lanes.enter(&1).is_none() && lanes.enter(&2).is_some());
        drop(lane);
        assert!(lanes.enter(&1).is_some());
    }
}
