//! Plans that are made once for all values.

use crate::{JurisdictionStorage, StorageError};
use domain::ServiceRequestQuery;
use tokio_postgres::SimpleQueryMessage;

impl JurisdictionStorage {
    /// The plan that is kept for [`Self::list_keys`]; `None`: it is planned each time.
    ///
    /// # Errors
    /// As every read.
    pub async fn explain_kept_plan(
        &self,
        query: &ServiceRequestQuery,
    ) -> Result<Option<String>, StorageError> {
        let Some((sql, values)) = self.kept_statement(query)? else {
            return Ok(None);
        };
        let client = self.storage.dedicated().await?;
        let prepare = format!(
            "SET plan_cache_mode = force_generic_plan; SET jit = off; PREPARE kept AS {sql}"
        );
        client.batch_execute(&prepare).await?;
        // Such a plan is the same whatever the values are.
        let nulls = vec!["NULL"; values].join(", ");
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE kept({nulls})");
        let mut lines = Vec::new();
        for message in client.simple_query(&explain).await? {
            if let SimpleQueryMessage::Row(row) = message {
                lines.extend(row.get(0).map(str::to_owned));
            }
        }
        Ok(Some(lines.join("\n")))
    }
}
