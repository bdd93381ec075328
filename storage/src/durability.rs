//! Whether the database keeps what it acknowledges.

use crate::{Storage, StorageError};

/// Settings that lose acknowledged service requests when the power fails.
const REQUIRED: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];

/// The settings of this database, as our connections see them, that break the promise that an
/// acknowledged write is kept. Empty: it is kept.
///
/// # Errors
/// When the database cannot be reached.
pub async fn check_durability(storage: &Storage) -> Result<Vec<String>, StorageError> {
    let client = storage.dedicated().await?;
    let rows = client
        .query(
            "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = 'off' ORDER BY name",
            &[&REQUIRED.as_slice()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
