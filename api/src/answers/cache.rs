//! The answers that are kept, and who is just making one.

use super::answer::Answer;
use quick_cache::{Weighter, sync::Cache};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Bytes of an answer, about.
const USUAL: u64 = 8 * 1_024;

/// Answers by path and arguments. When one has to be made that many ask for, one of them makes it.
pub struct Answers {
    kept: Cache<String, Arc<Answer>, Bytes>,
    making: Mutex<HashMap<String, Made>>,
    is_on: bool,
}

/// `None`, and the sender gone: it could not be made, or is not to be kept.
type Made = watch::Receiver<Option<Arc<Answer>>>;

#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<Answer>> for Bytes {
    fn weight(&self, key: &String, answer: &Arc<Answer>) -> u64 {
        key.len() as u64 + answer.weight()
    }
}

/// What somebody who asks has to do.
pub enum Turn<'a> {
    /// To make the answer, and land it.
    Make(Making<'a>),
    /// To wait for whoever makes it.
    Wait(Made),
}

/// An answer that is being made. If it is dropped, those who wait make their own.
pub struct Making<'a> {
    answers: &'a Answers,
    key: String,
    made: watch::Sender<Option<Arc<Answer>>>,
}

impl Answers {
    /// Answers of up to `capacity` bytes; those that are asked for least go first. 0: none is kept.
    pub fn new(capacity: u64) -> Self {
        let items = usize::try_from(capacity / USUAL).unwrap_or(usize::MAX);
        Self {
            kept: Cache::with_weighter(items, capacity, Bytes),
            making: Mutex::default(),
            is_on: capacity > 0,
        }
    }

    /// Whether answers are kept at all.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// The answer, if there is one that is still true.
    pub fn find(&self, key: &str) -> Option<Arc<Answer>> {
        let kept = self.kept.get(key)?;
        if kept.is_current() {
            return Some(kept);
        }
        self.kept.remove(key);
        None
    }

    /// Whether somebody makes it already.
    pub fn turn(&self, key: &str) -> Turn<'_> {
        let mut making = self.making();
        if let Some(made) = making.get(key) {
            return Turn::Wait(made.clone());
        }
        let (made, waiting) = watch::channel(None);
        making.insert(key.to_owned(), waiting);
        Turn::Make(Making {
            answers: self,
            key: key.to_owned(),
            made,
        })
    }

    fn making(&self) -> MutexGuard<'_, HashMap<String, Made>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Making<'_> {
    /// Keeps the answer, and gives it to those who wait.
    pub fn land(self, answer: Arc<Answer>) {
        self.answers.kept.insert(self.key.clone(), answer.clone());
        self.made.send_replace(Some(answer));
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.answers.making().remove(&self.key);
    }
}

/// What whoever makes it has made.
pub async fn wait(mut made: Made) -> Option<Arc<Answer>> {
    let landed = made.wait_for(Option::is_some).await.ok()?;
    landed.clone()
}
