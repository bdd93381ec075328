//! What the database could not do: the only reader of its errors.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncPgConnection, TransactionManager, pooled_connection::deadpool::PoolError};
use std::error::Error;

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
            // 53: out of space, memory or connections; 57P: shutting down; 08: connection.
            Some(code)
                if code.starts_with("53") || code.starts_with("57P") || code.starts_with("08") =>
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

/// Whether a lock was waited for in vain: somebody else is at it.
pub(crate) fn is_lock_timeout(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, information)
        if information.message().contains("lock timeout"))
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
