//! What the database could not do: the only reader of its errors.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncPgConnection, TransactionManager, pooled_connection::deadpool::PoolError};
use std::error::Error;
use tokio_postgres::error::SqlState;

type Source = Box<dyn Error + Send + Sync>;
type Manager = <AsyncPgConnection as diesel_async::AsyncConnection>::TransactionManager;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database cannot be reached or is too busy; later it may work.
    #[error("the database is not available")]
    Unavailable(#[source] Source),
    /// A stored value breaks a rule of the domain.
    #[error("a stored value is damaged: {0}")]
    Corrupt(String),
    /// Something that should not happen.
    #[error("the database refused a statement")]
    Unexpected(#[source] Source),
}

impl StorageError {
    pub(crate) fn unexpected(source: impl Into<Source>) -> Self {
        Self::Unexpected(source.into())
    }

    /// The same once more, for another who waits for the same thing.
    pub(crate) fn repeated(&self) -> Self {
        let mut said = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            said.push_str(&format!(": {error}"));
            cause = error.source();
        }
        match self {
            Self::Unavailable(_) => Self::Unavailable(said.into()),
            Self::Corrupt(what) => Self::Corrupt(what.clone()),
            Self::Unexpected(_) => Self::Unexpected(said.into()),
        }
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }
}

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        if is_closed(&error) || is_overload(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Unexpected(error.into())
        }
    }
}

impl From<PoolError> for StorageError {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<tokio_postgres::Error> for StorageError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error().map(|db| db.code().code().to_owned()) {
            // 53: out of space, memory or connections; 57: out of time or shutting down; 08: connection;
            // 55P03: a lock was waited for in vain; 25006: it has become a copy that only reads.
            Some(code)
                if ["53", "57", "08", "55P03", "25006"]
                    .iter()
                    .any(|class| code.starts_with(class)) =>
            {
                Self::Unavailable(error.into())
            }
            Some(_) => Self::Unexpected(error.into()),
            None => Self::Unavailable(error.into()),
        }
    }
}

/// Whether the connection is gone, so that another one may serve.
pub(crate) fn is_closed(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(kind, information) => {
            matches!(
                kind,
                DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::ReadOnlyTransaction
            ) || [
                "terminating connection",
                "connection closed",
                "shutting down",
            ]
            .iter()
            .any(|text| information.message().contains(text))
        }
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Whether the database is there but cannot now: no space, no connection, no time.
fn is_overload(error: &DieselError) -> bool {
    let DieselError::DatabaseError(_, information) = error else {
        return false;
    };
    [
        "No space left on device",
        "could not extend file",
        "too many clients",
        "remaining connection slots",
        "statement timeout",
        "lock timeout",
        "starting up",
    ]
    .iter()
    .any(|text| information.message().contains(text))
}

/// The same of a connection without diesel.
pub(crate) fn is_gone(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        None => true,
        Some(code) => {
            code.code().starts_with("57P") || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        }
    }
}

/// Whether an id was free when it was chosen and is not any more.
pub(crate) fn is_taken_id(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::UNIQUE_VIOLATION
            && error.constraint() == Some("service_request_pk")
    })
}

/// Whether the lock that was waited for in vain is that of a transaction with the same idempotency key.
/// The message depends on the language, the name of the table in its context does not.
pub(crate) fn is_held_key(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        let context = error.where_().unwrap_or_default();
        *error.code() == SqlState::LOCK_NOT_AVAILABLE && context.contains("\"idempotency_key\"")
    })
}

pub(crate) async fn begin(connection: &mut AsyncPgConnection) -> Result<(), DieselError> {
    Manager::begin_transaction(connection).await
}

pub(crate) async fn commit(connection: &mut AsyncPgConnection) -> Result<(), DieselError> {
    Manager::commit_transaction(connection).await
}

pub(crate) async fn rollback(connection: &mut AsyncPgConnection) -> Result<(), DieselError> {
    Manager::rollback_transaction(connection).await
}
