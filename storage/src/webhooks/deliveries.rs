//! The log of deliveries, for people.

use crate::{
    JurisdictionStorage, StorageError,
    schema::{webhook_attempt, webhook_delivery},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// How many attempts are shown of a delivery; replayed again and again it may have more.
const MOST_ATTEMPTS: i64 = 100;

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is attempted, or waits for its turn.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It is tried no more by itself.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The state of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = webhook_delivery, check_for_backend(diesel::pg::Pg))]
pub struct Delivery {
    /// The position of the event in the feed.
    pub position: i64,
    /// The id of the event, which the receiver gets as webhook-id.
    pub update_id: String,
    /// What the event is about.
    pub service_request_id: String,
    /// A word of [`DeliveryState`].
    pub state: String,
    /// Attempts that were made since it was last pending anew.
    pub attempts: i32,
    /// When it is due; nothing: it is over, or waits for an earlier one of the service request.
    pub next_attempt_datetime: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
    /// When it was delivered or given up.
    pub finished_datetime: Option<DateTime<Utc>>,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = webhook_attempt, check_for_backend(diesel::pg::Pg))]
pub struct AttemptRow {
    /// When it began.
    pub started_datetime: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: i32,
    /// The HTTP status.
    pub status: Option<i32>,
    /// Why there is no whole answer, in a word.
    pub error: Option<String>,
    /// What is known beyond that.
    pub note: Option<String>,
}

impl JurisdictionStorage {
    /// Up to `limit` deliveries of a webhook in this state, the newest event first, of those before
    /// the position `before`.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_deliveries(
        &self,
        webhook_id: &str,
        state: Option<DeliveryState>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Delivery>, StorageError> {
        self.storage
            .read(async |connection| {
                let mut statement = webhook_delivery::table
                    .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                    .filter(webhook_delivery::webhook_id.eq(webhook_id))
                    .filter(webhook_delivery::position.lt(before.unwrap_or(i64::MAX)))
                    .order(webhook_delivery::position.desc())
                    .limit(limit)
                    .select(Delivery::as_select())
                    .into_boxed();
                if let Some(state) = state {
                    statement = statement.filter(webhook_delivery::state.eq(state.as_str()));
                }
                statement.load(connection).await
            })
            .await
    }

    /// The delivery of the event of that id.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_delivery(
        &self,
        webhook_id: &str,
        update_id: &str,
    ) -> Result<Option<Delivery>, StorageError> {
        self.storage
            .read(async |connection| {
                webhook_delivery::table
                    .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                    .filter(webhook_delivery::webhook_id.eq(webhook_id))
                    .filter(webhook_delivery::update_id.eq(update_id))
                    .select(Delivery::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await
    }

    /// The newest attempts of a delivery, the newest first.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_attempts(
        &self,
        webhook_id: &str,
        position: i64,
    ) -> Result<Vec<AttemptRow>, StorageError> {
        self.storage
            .read(async |connection| {
                webhook_attempt::table
                    .filter(webhook_attempt::jurisdiction_id.eq(self.id()))
                    .filter(webhook_attempt::webhook_id.eq(webhook_id))
                    .filter(webhook_attempt::position.eq(position))
                    .order(webhook_attempt::attempt_id.desc())
                    .limit(MOST_ATTEMPTS)
                    .select(AttemptRow::as_select())
                    .load(connection)
                    .await
            })
            .await
    }
}
