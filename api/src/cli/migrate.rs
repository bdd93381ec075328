//! `georeport migrate`.

use super::{Failure, database::Database};
use crate::config::DatabaseArgs;
use clap::Args;
use storage::{Storage, migrate};

/// Options of `migrate`.
#[derive(Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Applies what is missing and says what that was.
pub fn run(args: &MigrateArgs) -> Result<(), Failure> {
    let database = Database::open_beside(&args.database)?;
    let applied = actix_web::rt::System::new().block_on(async {
        let storage = Storage::new(&database.url, 1)?;
        migrate::run(&storage).await
    })?;
    for version in &applied {
        println!("applied {version}");
    }
    if applied.is_empty() {
        println!("the schema is up to date");
    }
    if let Some(cluster) = database.cluster {
        cluster.stop()?;
    }
    Ok(())
}
