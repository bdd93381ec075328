//! Brings a database to the schema that this program was built with.

use crate::{Storage, StorageError};
use include_dir::{Dir, include_dir};
use tokio_postgres::Client;

static MIGRATIONS: Dir = include_dir!("$CARGO_MANIFEST_DIR/../migrations");

/// Two servers that start at once must not both migrate. The number is arbitrary.
const LOCK: i64 = 0x6765_6f72;

/// One folder under `migrations/`.
struct Migration {
    version: &'static str,
    up: &'static str,
    #[cfg(any(test, feature = "testing"))]
    down: &'static str,
}

/// Every migration, oldest first.
fn all() -> Vec<Migration> {
    let text = |folder: &'static Dir, name: &str| {
        let file = folder.get_file(folder.path().join(name));
        file.and_then(|file| file.contents_utf8())
            .unwrap_or_default()
    };
    let mut found: Vec<Migration> = MIGRATIONS
        .dirs()
        .filter_map(|folder| {
            Some(Migration {
                version: folder.path().file_name()?.to_str()?,
                up: text(folder, "up.sql"),
                #[cfg(any(test, feature = "testing"))]
                down: text(folder, "down.sql"),
            })
        })
        .collect();
    found.sort_by_key(|migration| migration.version);
    found
}

/// The statements of a file: each ends with `;` at the end of a line. They are sent one at a time,
/// because an engine that distributes them (Citus) refuses several in one message.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split_inclusive(";\n")
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
}

/// A number that changes with every migration, for the name of a template database.
pub fn fingerprint() -> u64 {
    let texts = all().into_iter().flat_map(|one| [one.version, one.up]);
    texts
        .flat_map(str::bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// Applies what is missing, each migration in a transaction of its own. Answers their names.
///
/// # Errors
/// When the database cannot be reached or refuses a statement; what was applied before stays.
pub async fn run(storage: &Storage) -> Result<Vec<&'static str>, StorageError> {
    // A server whose role may not change the schema has nothing to do here.
    if matches!(is_current(storage).await, Ok(true)) {
        return Ok(Vec::new());
    }
    let client = storage.dedicated().await?;
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await?;
    let mut applied = Vec::new();
    for migration in pending(&client).await? {
        apply(&client, migration.version, migration.up, RECORD).await?;
        applied.push(migration.version);
    }
    Ok(applied) // the lock ends with the connection
}

/// Undoes everything, newest first. For tests: data is lost.
///
/// # Errors
/// When the database refuses a statement.
#[cfg(feature = "testing")]
pub async fn revert_all(storage: &Storage) -> Result<(), StorageError> {
    let client = storage.dedicated().await?;
    for migration in all().into_iter().rev() {
        apply(&client, migration.version, migration.down, FORGET).await?;
    }
    Ok(())
}

/// Whether a server may answer from this database: nothing is missing. Cheap, because whoever
/// watches a server asks every second.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_current(storage: &Storage) -> Result<bool, StorageError> {
    let asked = storage.0.applied.rows(APPLIED, &[]).await;
    match asked {
        Ok(rows) => {
            let done: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            Ok(missing(&done).is_empty())
        }
        // There is not even the table.
        Err(StorageError::Unexpected(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Which migrations were applied.
pub(crate) const APPLIED: &str = "SELECT version FROM schema_migration";

const RECORD: &str = "INSERT INTO schema_migration (version, applied_datetime) VALUES ($1, now())";
#[cfg(feature = "testing")]
const FORGET: &str = "DELETE FROM schema_migration WHERE version = $1";

async fn pending(client: &Client) -> Result<Vec<Migration>, StorageError> {
    for statement in statements(BOOKKEEPING) {
        client.batch_execute(statement).await?;
    }
    let rows = client.query(APPLIED, &[]).await?;
    let done: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(missing(&done))
}

/// Every migration that is not among those `done`.
fn missing(done: &[String]) -> Vec<Migration> {
    let mut missing = all();
    missing.retain(|migration| !done.iter().any(|version| version == migration.version));
    missing
}

const BOOKKEEPING: &str = "CREATE TABLE IF NOT EXISTS schema_migration (version text PRIMARY KEY, applied_datetime timestamptz NOT NULL);
COMMENT ON TABLE schema_migration IS 'citus:local. Which migrations were applied.';
COMMENT ON COLUMN schema_migration.version IS 'The name of the folder under migrations/.';
COMMENT ON COLUMN schema_migration.applied_datetime IS 'When.';
";

async fn apply(
    client: &Client,
    version: &str,
    sql: &str,
    record: &str,
) -> Result<(), StorageError> {
    client.batch_execute("BEGIN").await?;
    for statement in statements(sql) {
        client.batch_execute(statement).await.inspect_err(|error| {
            tracing::error!(version, statement, %error, "a migration failed");
        })?;
    }
    client.execute(record, &[&version]).await?;
    client.batch_execute("COMMIT").await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_can_be_undone() {
        assert!(!all().is_empty());
        for migration in all() {
            assert!(
                statements(migration.up).count() > 0,
                "{}",
                migration.version
            );
            assert!(
                statements(migration.down).count() > 0,
                "{}",
                migration.version
            );
        }
    }
}
