//! How far the work of a process is from its end.

use std::sync::Arc;
use tokio::sync::watch;

/// The stages, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stage {
    /// Whatever is to be done is begun.
    #[default]
    Working,
    /// Nothing new is begun.
    Finishing,
    /// What is not over is left to others.
    Leaving,
}

/// The stage that a process is at, known to all its tasks.
#[derive(Debug, Clone)]
pub struct Stages(Arc<watch::Sender<Stage>>);

impl Default for Stages {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Stage::default())))
    }
}

impl Stages {
    /// The stage.
    pub fn now(&self) -> Stage {
        *self.0.borrow()
    }

    /// Goes on to another stage.
    pub fn turn(&self, stage: Stage) {
        self.0.send_replace(stage);
    }

    /// Waits until the stage, or a later one, is reached.
    pub async fn reached(&self, stage: Stage) {
        // The sender lives as long as this does, so there is nothing else to wait for.
        let _ = self.0.subscribe().wait_for(|now| *now >= stage).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_later_stage_counts_for_an_earlier_one() {
        let stages = Stages::default();
        let others = stages.clone();
        assert_eq!(others.now(), Stage::Working);
        stages.turn(Stage::Leaving);
        others.reached(Stage::Finishing).await;
        others.reached(Stage::Leaving).await;
        assert_eq!(others.now(), Stage::Leaving);
    }
}
