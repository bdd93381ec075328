//! Whether the database allows as many connections as a server may open.

use crate::{Storage, StorageError, connection::SHARED_CONNECTIONS};

/// What is heard of changes by, and what has a connection of its own for a moment.
const OTHERS: usize = 3;

/// How many connections a server of so many threads may open, if that is more than the database allows
/// (`max_connections`, without those that it keeps for superusers): then what comes last is answered
/// with 503. `None`: they are enough.
///
/// # Errors
/// When the database cannot be reached.
pub async fn missing_connections(
    storage: &Storage,
    threads: usize,
) -> Result<Option<MissingConnections>, StorageError> {
    let connections = storage.0.connections;
    // The work in the background has as many as a thread; what is filed has one pool for all.
    let each = 2 * connections + SHARED_CONNECTIONS;
    let opened = (threads + 1) * each + connections + OTHERS;
    let client = storage.dedicated().await?;
    let row = client
        .query_one(
            "SELECT current_setting('max_connections')::bigint
                - current_setting('superuser_reserved_connections')::bigint",
            &[],
        )
        .await?;
    let allowed = usize::try_from(row.get::<_, i64>(0)).unwrap_or(0);
    Ok((opened > allowed).then_some(MissingConnections { opened, allowed }))
}

/// More may be opened than are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingConnections {
    /// At most opened.
    pub opened: usize,
    /// Allowed by the database.
    pub allowed: usize,
}
