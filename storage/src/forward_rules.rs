//! Which services are forwarded, and where to.

use crate::{
    JurisdictionStorage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::{forward_rule, remote, service},
};
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AttributeMap, RemoteName, ServiceCode};
use serde_json::{Value, json};

/// What is filed of a service is filed elsewhere too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardRule {
    /// Our service.
    pub service_code: ServiceCode,
    /// Where to.
    pub remote_name: RemoteName,
    /// The service there.
    pub remote_service_code: ServiceCode,
    /// What our attributes are called there.
    pub attributes: AttributeMap,
    /// Whether it is closed here, as handed to the remote, once the remote has it.
    pub closes: bool,
}

/// Why a rule is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleChange {
    /// It is new.
    Added,
    /// It replaces the one that there was.
    Replaced,
    /// There is no such service here.
    UnknownService,
    /// There is no such remote.
    UnknownRemote,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = forward_rule, check_for_backend(diesel::pg::Pg))]
struct RuleRow {
    service_code: String,
    remote_name: String,
    remote_service_code: String,
    attributes: Value,
    closes: bool,
}

impl RuleRow {
    fn into_rule(self) -> Result<ForwardRule, StorageError> {
        let lines: Vec<String> =
            serde_json::from_value(self.attributes).map_err(StorageError::corrupt)?;
        let code = |text: &str| ServiceCode::parse(text).map_err(StorageError::corrupt);
        Ok(ForwardRule {
            service_code: code(&self.service_code)?,
            remote_name: RemoteName::parse(&self.remote_name).map_err(StorageError::corrupt)?,
            remote_service_code: code(&self.remote_service_code)?,
            attributes: AttributeMap::parse(&lines).map_err(StorageError::corrupt)?,
            closes: self.closes,
        })
    }
}

impl JurisdictionStorage {
    /// Every rule, by service. There are at most as many as services.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_forward_rules(&self) -> Result<Vec<ForwardRule>, StorageError> {
        let rows: Vec<RuleRow> = self
            .storage
            .read(async |connection| {
                forward_rule::table
                    .filter(forward_rule::jurisdiction_id.eq(self.id()))
                    .order(forward_rule::service_code)
                    .select(RuleRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(RuleRow::into_rule).collect()
    }

    /// The rule of a service.
    pub(crate) async fn find_forward_rule(
        &self,
        connection: &mut AsyncPgConnection,
        service_code: &str,
    ) -> Result<Option<ForwardRule>, StorageError> {
        let row: Option<RuleRow> = forward_rule::table
            .find((self.id(), service_code))
            .select(RuleRow::as_select())
            .first(connection)
            .await
            .optional()?;
        row.map(RuleRow::into_rule).transpose()
    }

    /// Adds a rule or replaces the one of that service, and notes who did. It holds for what is filed
    /// from now on.
    ///
    /// # Errors
    /// As every write.
    pub async fn put_forward_rule(
        &self,
        rule: &ForwardRule,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<RuleChange, StorageError> {
        let (code, name) = (rule.service_code.as_str(), rule.remote_name.as_str());
        self.storage
            .transaction(async |connection| {
                let services = service::table.find((self.id(), code));
                let remotes = remote::table.find((self.id(), name));
                let (has_service, has_remote): (bool, bool) =
                    diesel::select((exists(services), exists(remotes)))
                        .get_result(connection)
                        .await?;
                if !has_service {
                    return Ok(End::Rollback(RuleChange::UnknownService));
                }
                if !has_remote {
                    return Ok(End::Rollback(RuleChange::UnknownRemote));
                }
                let replaced = diesel::delete(forward_rule::table.find((self.id(), code)))
                    .execute(connection)
                    .await?;
                diesel::insert_into(forward_rule::table)
                    .values((
                        forward_rule::jurisdiction_id.eq(self.id()),
                        forward_rule::service_code.eq(code),
                        forward_rule::remote_name.eq(name),
                        forward_rule::remote_service_code.eq(rule.remote_service_code.as_str()),
                        forward_rule::attributes.eq(json!(rule.attributes.to_lines())),
                        forward_rule::closes.eq(rule.closes),
                        forward_rule::created_datetime.eq(now),
                    ))
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    after: Some(json!({
                        "service_code": code,
                        "remote_name": name,
                        "remote_service_code": rule.remote_service_code.as_str(),
                        "attributes": rule.attributes.to_lines(),
                        "closes": rule.closes,
                    })),
                    ..by.entry("forward_rule", code, now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(match replaced {
                    0 => RuleChange::Added,
                    _ => RuleChange::Replaced,
                }))
            })
            .await
    }

    /// Removes the rule of a service, and notes who did. What is on its way goes on. `false`: there is
    /// none.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_forward_rule(
        &self,
        service_code: &ServiceCode,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let at = forward_rule::table.find((self.id(), service_code.as_str()));
                if diesel::delete(at).execute(connection).await? == 0 {
                    return Ok(End::Rollback(false));
                }
                let entry = by.entry("forward_rule", service_code.as_str(), now);
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }
}
