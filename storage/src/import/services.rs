//! The services that the rows of a file belong to; those that are not here are made.

use crate::StorageError;
use domain::ServiceCode;
use std::{collections::HashMap, mem};
use tokio_postgres::Client;

const READ: &str = "SELECT service_code, service_type <> 'blackbox' FROM service
    WHERE jurisdiction_id = $1";

const MAKE: &str = "INSERT INTO service (jurisdiction_id, service_code, service_name, description,
        has_definition, service_type, keywords, service_group, service_notice)
    SELECT $1, service_code, service_name, '', false, 'realtime', '', service_group, ''
    FROM unnest($2::text[], $3::text[], $4::text[])
        AS needed (service_code, service_name, service_group)
    ON CONFLICT (jurisdiction_id, service_code) DO NOTHING";

/// What is known of them.
pub(super) struct Services {
    /// By code, whether what is filed for it is public.
    public: HashMap<String, bool>,
    needed: Vec<Needed>,
    /// How many were made.
    pub(super) made: u64,
}

struct Needed {
    service_code: String,
    service_name: String,
    service_group: String,
}

impl Services {
    /// Those of a jurisdiction.
    pub(super) async fn read(client: &Client, jurisdiction_id: &str) -> Result<Self, StorageError> {
        let rows = client.query(READ, &[&jurisdiction_id]).await?;
        Ok(Self {
            public: rows.iter().map(|row| (row.get(0), row.get(1))).collect(),
            needed: vec![],
            made: 0,
        })
    }

    /// A row belongs to this one.
    pub(super) fn need(&mut self, code: &ServiceCode, name: &str, group: Option<&str>) {
        if self.public.contains_key(code.as_str()) {
            return;
        }
        self.public.insert(code.to_string(), true);
        self.needed.push(Needed {
            service_code: code.to_string(),
            service_name: name.to_owned(),
            service_group: group.unwrap_or_default().to_owned(),
        });
    }

    /// Makes those that are needed and not there.
    pub(super) async fn make(
        &mut self,
        client: &Client,
        jurisdiction_id: &str,
    ) -> Result<(), StorageError> {
        let needed = mem::take(&mut self.needed);
        if needed.is_empty() {
            return Ok(());
        }
        let column = |of: fn(&Needed) -> &String| needed.iter().map(of).collect::<Vec<_>>();
        let made = client
            .execute(
                MAKE,
                &[
                    &jurisdiction_id,
                    &column(|needed| &needed.service_code),
                    &column(|needed| &needed.service_name),
                    &column(|needed| &needed.service_group),
                ],
            )
            .await?;
        let made = self.made + made;
        // Somebody else may have made one meanwhile, as he wants it.
        *self = Self::read(client, jurisdiction_id).await?;
        self.made = made;
        Ok(())
    }

    /// Whether what is filed for it is public.
    pub(super) fn is_public(&self, service_code: &str) -> bool {
        self.public.get(service_code).copied().unwrap_or_default()
    }
}
