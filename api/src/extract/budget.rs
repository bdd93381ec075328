//! Memory for bodies: many slow uploads at once get no more of it than the server has to give.

use crate::error::{ApiError, Kind};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// All bodies together, in KiB: 256 MiB, some twenty of the largest.
const KIBIBYTES: usize = 256 * 1024;

/// What is left for bodies.
pub struct BodyBudget(Arc<Semaphore>);

/// What one body holds; it is given back when this is dropped.
pub struct Share(OwnedSemaphorePermit);

impl Default for BodyBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(KIBIBYTES)))
    }
}

impl BodyBudget {
    /// Nothing yet.
    ///
    /// # Errors
    /// Never: the budget is not closed.
    pub async fn share(&self) -> Result<Share, ApiError> {
        let none = self.0.clone().acquire_many_owned(0).await;
        none.map(Share).map_err(ApiError::internal)
    }

    /// Room for `bytes` more, waited for as long as `patience` lasts.
    ///
    /// # Errors
    /// 503 when there is none by then.
    pub async fn grow(
        &self,
        share: &mut Share,
        bytes: usize,
        patience: Duration,
    ) -> Result<(), ApiError> {
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).map_err(ApiError::internal)?;
        let more = self.0.clone().acquire_many_owned(kibibytes);
        let more = timeout(patience, more).await.map_err(|_elapsed| {
            ApiError::new(
                Kind::Unavailable,
                "too many uploads at the moment; try again soon",
            )
        })?;
        share.0.merge(more.map_err(ApiError::internal)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_one_body_holds_another_waits_for_in_vain_until_it_is_given_back() {
        let budget = BodyBudget::default();
        let patience = Duration::from_millis(20);
        let mut first = budget.share().await.unwrap();
        let all = KIBIBYTES * 1024;
        assert!(budget.grow(&mut first, all, patience).await.is_ok());
        let mut second = budget.share().await.unwrap();
        assert!(budget.grow(&mut second, 1, patience).await.is_err());
        drop(first);
        assert!(budget.grow(&mut second, all, patience).await.is_ok());
    }
}
