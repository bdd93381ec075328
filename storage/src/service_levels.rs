//! What a jurisdiction promises, and when it works: where `expected_datetime` comes from.

use crate::{
    By, JurisdictionStorage, StorageError,
    audit::{self, AuditEntry},
    connection::End,
    schema::{holiday, jurisdiction, service, service_level, working_hours},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    Calendar, Holiday, LevelUnit, Opening, Priority, ServiceCode, ServiceLevel, ServiceLevels,
    WorkingHours,
};
use serde_json::{Value, json};

/// A jurisdiction may have so many holidays: fifty years of them.
pub const MAX_HOLIDAYS: usize = 1_000;

impl JurisdictionStorage {
    /// What is promised for a service. `None`: there is no such service.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_service_levels(
        &self,
        service_code: &ServiceCode,
    ) -> Result<Option<ServiceLevels>, StorageError> {
        let rows = self
            .storage
            .read(async |connection| {
                let known: Option<String> = service::table
                    .find((self.id(), service_code.as_str()))
                    .select(service::service_code)
                    .first(connection)
                    .await
                    .optional()?;
                match known {
                    Some(_) => self.level_rows(connection, service_code).await.map(Some),
                    None => Ok(None),
                }
            })
            .await?;
        rows.map(to_levels).transpose()
    }

    /// Promises something else for a service, and notes that `by` does. `false`: there is no such
    /// service.
    ///
    /// # Errors
    /// As every write.
    pub async fn replace_service_levels(
        &self,
        service_code: &ServiceCode,
        levels: &ServiceLevels,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let key = (self.id(), service_code.as_str());
        self.storage
            .transaction(async |connection| {
                // Whoever replaces them at the same time waits.
                let known: Option<String> = service::table
                    .find(key)
                    .select(service::service_code)
                    .for_no_key_update()
                    .first(connection)
                    .await
                    .optional()?;
                if known.is_none() {
                    return Ok(End::Rollback(false));
                }
                let before = to_levels(self.level_rows(connection, service_code).await?)?;
                diesel::delete(
                    service_level::table
                        .filter(service_level::jurisdiction_id.eq(key.0))
                        .filter(service_level::service_code.eq(key.1)),
                )
                .execute(connection)
                .await?;
                let rows: Vec<_> = levels
                    .iter()
                    .map(|(priority, level)| {
                        (
                            service_level::jurisdiction_id.eq(key.0),
                            service_level::service_code.eq(key.1),
                            service_level::priority.eq(priority.as_str()),
                            service_level::amount
                                .eq(i32::try_from(level.amount()).unwrap_or(i32::MAX)),
                            service_level::unit.eq(level.unit().as_str()),
                        )
                    })
                    .collect();
                diesel::insert_into(service_level::table)
                    .values(rows)
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    before: Some(told_levels(&before)),
                    after: Some(told_levels(levels)),
                    ..by.entry("service_level", key.1, now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// When the jurisdiction works in an ordinary week.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_working_hours(&self) -> Result<WorkingHours, StorageError> {
        let rows = self
            .storage
            .read(async |connection| self.hours_rows(connection).await)
            .await?;
        to_hours(rows)
    }

    /// Works at other times from now on, and notes that `by` said so.
    ///
    /// # Errors
    /// As every write.
    pub async fn replace_working_hours(
        &self,
        hours: &WorkingHours,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.storage
            .transaction(async |connection| {
                self.lock_calendar(connection).await?;
                let before = to_hours(self.hours_rows(connection).await?)?;
                diesel::delete(
                    working_hours::table.filter(working_hours::jurisdiction_id.eq(self.id())),
                )
                .execute(connection)
                .await?;
                let days = WorkingHours::WEEKDAYS.into_iter().zip(1..);
                let rows: Vec<_> = days
                    .flat_map(|((_, day), number)| {
                        hours.on(day).iter().map(move |one| (number, one))
                    })
                    .map(|(weekday, opening)| {
                        let [from, to] = [opening.from_minute(), opening.to_minute()]
                            .map(|minute| i32::try_from(minute).unwrap_or(i32::MAX));
                        (
                            working_hours::jurisdiction_id.eq(self.id()),
                            working_hours::weekday.eq(weekday),
                            working_hours::from_minute.eq(from),
                            working_hours::to_minute.eq(to),
                        )
                    })
                    .collect();
                diesel::insert_into(working_hours::table)
                    .values(rows)
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    before: Some(told_hours(&before)),
                    after: Some(told_hours(hours)),
                    ..by.entry("working_hours", self.id(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(()))
            })
            .await
    }

    /// The days on which the jurisdiction does not work, in order; at most [`MAX_HOLIDAYS`].
    ///
    /// # Errors
    /// As every read.
    pub async fn list_holidays(&self) -> Result<Vec<Holiday>, StorageError> {
        let rows: Vec<(NaiveDate, String)> = self
            .storage
            .read(async |connection| {
                holiday::table
                    .filter(holiday::jurisdiction_id.eq(self.id()))
                    .order(holiday::day)
                    .select((holiday::day, holiday::name))
                    .load(connection)
                    .await
            })
            .await?;
        let holidays = rows.into_iter().map(|(day, name)| Holiday { day, name });
        Ok(holidays.collect())
    }

    /// Has these holidays and no others, and notes that `by` said so. They are at most
    /// [`MAX_HOLIDAYS`], and no day is twice among them.
    ///
    /// # Errors
    /// As every write.
    pub async fn replace_holidays(
        &self,
        holidays: &[Holiday],
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.storage
            .transaction(async |connection| {
                self.lock_calendar(connection).await?;
                let before: Vec<NaiveDate> =
                    diesel::delete(holiday::table.filter(holiday::jurisdiction_id.eq(self.id())))
                        .returning(holiday::day)
                        .get_results(connection)
                        .await?;
                self.insert_holidays(connection, holidays).await?;
                let entry = AuditEntry {
                    before: Some(json!({ "days": before })),
                    after: Some(told_days(holidays)),
                    ..by.entry("holiday", self.id(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(()))
            })
            .await
    }

    /// Has one holiday more, or another name for one, and notes that `by` said so. `false`: it would
    /// be one too many.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_holiday(
        &self,
        new: &Holiday,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                self.lock_calendar(connection).await?;
                let others: i64 = holiday::table
                    .filter(holiday::jurisdiction_id.eq(self.id()))
                    .filter(holiday::day.ne(new.day))
                    .count()
                    .get_result(connection)
                    .await?;
                if usize::try_from(others).is_ok_and(|others| others >= MAX_HOLIDAYS) {
                    return Ok(End::Rollback(false));
                }
                let new = std::slice::from_ref(new);
                self.insert_holidays(connection, new).await?;
                let entry = AuditEntry {
                    after: Some(told_days(new)),
                    ..by.entry("holiday", self.id(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    async fn insert_holidays(
        &self,
        connection: &mut AsyncPgConnection,
        holidays: &[Holiday],
    ) -> QueryResult<usize> {
        let rows: Vec<_> = holidays
            .iter()
            .map(|Holiday { day, name }| {
                (
                    holiday::jurisdiction_id.eq(self.id()),
                    holiday::day.eq(*day),
                    holiday::name.eq(name),
                )
            })
            .collect();
        diesel::insert_into(holiday::table)
            .values(rows)
            .on_conflict((holiday::jurisdiction_id, holiday::day))
            .do_update()
            .set(holiday::name.eq(diesel::upsert::excluded(holiday::name)))
            .execute(connection)
            .await
    }

    /// What a promise is made of. Without a level nothing else is asked.
    pub(crate) async fn promise_rows(
        &self,
        connection: &mut AsyncPgConnection,
        service_code: &ServiceCode,
        from: DateTime<Utc>,
    ) -> QueryResult<PromiseRows> {
        let levels = self.level_rows(connection, service_code).await?;
        if !levels.iter().any(|(_, _, unit)| unit != "hours") {
            return Ok(PromiseRows {
                levels,
                hours: vec![],
                holidays: vec![],
            });
        }
        // The local day may be the one before.
        let first = (from - TimeDelta::days(1)).date_naive();
        let hours = self.hours_rows(connection).await?;
        let holidays = holiday::table
            .filter(holiday::jurisdiction_id.eq(self.id()))
            .filter(holiday::day.ge(first))
            .select(holiday::day)
            .load(connection)
            .await?;
        Ok(PromiseRows {
            levels,
            hours,
            holidays,
        })
    }

    async fn level_rows(
        &self,
        connection: &mut AsyncPgConnection,
        service_code: &ServiceCode,
    ) -> QueryResult<Vec<LevelRow>> {
        service_level::table
            .filter(service_level::jurisdiction_id.eq(self.id()))
            .filter(service_level::service_code.eq(service_code.as_str()))
            .select((
                service_level::priority,
                service_level::amount,
                service_level::unit,
            ))
            .load(connection)
            .await
    }

    async fn hours_rows(&self, connection: &mut AsyncPgConnection) -> QueryResult<Vec<HoursRow>> {
        working_hours::table
            .filter(working_hours::jurisdiction_id.eq(self.id()))
            .select((
                working_hours::weekday,
                working_hours::from_minute,
                working_hours::to_minute,
            ))
            .load(connection)
            .await
    }

    /// Whoever changes the calendar at the same time waits.
    async fn lock_calendar(&self, connection: &mut AsyncPgConnection) -> QueryResult<()> {
        jurisdiction::table
            .find(self.id())
            .select(jurisdiction::jurisdiction_id)
            .for_no_key_update()
            .first::<String>(connection)
            .await?;
        Ok(())
    }
}

type LevelRow = (String, i32, String);
type HoursRow = (i32, i32, i32);

/// What a promise is made of.
pub(crate) struct PromiseRows {
    pub levels: Vec<LevelRow>,
    pub hours: Vec<HoursRow>,
    pub holidays: Vec<NaiveDate>,
}

impl PromiseRows {
    /// When something should be done that was asked for at `from`; `None`: nothing is promised.
    pub(crate) fn expected_datetime(
        self,
        priority: Option<Priority>,
        from: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        let Some(level) = to_levels(self.levels)?.of(priority) else {
            return Ok(None);
        };
        let calendar = Calendar::new(zone, to_hours(self.hours)?, self.holidays);
        Ok(level.expected_datetime(from, &calendar))
    }
}

fn to_levels(rows: Vec<LevelRow>) -> Result<ServiceLevels, StorageError> {
    let levels = rows.into_iter().map(|(priority, amount, unit)| {
        let priority = Priority::parse(&priority).map_err(StorageError::corrupt)?;
        let unit = LevelUnit::parse(&unit).map_err(StorageError::corrupt)?;
        let amount = u32::try_from(amount).map_err(StorageError::corrupt)?;
        let level = ServiceLevel::new(amount, unit).map_err(StorageError::corrupt)?;
        Ok((priority, level))
    });
    let levels: Vec<_> = levels.collect::<Result<_, StorageError>>()?;
    Ok(ServiceLevels::new(levels))
}

fn to_hours(rows: Vec<HoursRow>) -> Result<WorkingHours, StorageError> {
    let openings = rows.into_iter().map(|(weekday, from, to)| {
        let day = u8::try_from(weekday - 1).map_err(StorageError::corrupt)?;
        let day = Weekday::try_from(day).map_err(StorageError::corrupt)?;
        let minute = |minute: i32| u32::try_from(minute).map_err(StorageError::corrupt);
        let opening = Opening::new(minute(from)?, minute(to)?).map_err(StorageError::corrupt)?;
        Ok((day, opening))
    });
    let openings: Vec<_> = openings.collect::<Result<_, StorageError>>()?;
    WorkingHours::new(openings).map_err(StorageError::corrupt)
}

fn told_levels(levels: &ServiceLevels) -> Value {
    let each = levels.iter().map(|(priority, level)| {
        let (amount, unit) = (level.amount(), level.unit().as_str());
        format!("{} {amount} {unit}", priority.as_str())
    });
    json!({ "levels": each.collect::<Vec<_>>() })
}

fn told_hours(hours: &WorkingHours) -> Value {
    let each = WorkingHours::WEEKDAYS.into_iter().flat_map(|(name, day)| {
        let openings = hours.on(day).iter();
        openings.map(move |opening| format!("{name} {opening}"))
    });
    json!({ "working_hours": each.collect::<Vec<_>>() })
}

fn told_days(holidays: &[Holiday]) -> Value {
    let days: Vec<NaiveDate> = holidays.iter().map(|one| one.day).collect();
    json!({ "days": days })
}
