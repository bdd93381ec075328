//! What a service request is judged by before it is filed.

use crate::{
    JurisdictionStorage, StorageError, geometry,
    service_levels::PromiseRows,
    services::{AttributeRow, ServiceRow, to_attribute, to_service},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{Position, Service, ServiceCode, ServiceDefinition};
use tokio_postgres::types::Json;

/// All of it at once: one after the other these are six short statements, and each has to be waited
/// for. Without a promise in working time nobody looks at the calendar.
pub(crate) const TERMS: &str = "WITH level AS MATERIALIZED (
        SELECT priority, amount, unit FROM service_level
        WHERE jurisdiction_id = $1 AND service_code = $2)
    SELECT row_to_json(service),
        (SELECT json_agg(attribute ORDER BY sort_order) FROM attribute_definition AS attribute
            WHERE jurisdiction_id = $1 AND service_code = $2),
        (SELECT ST_Covers(boundary, ST_SetSRID(ST_MakePoint($3, $4), 4326)) FROM jurisdiction
            WHERE jurisdiction_id = $1),
        (SELECT json_agg(json_build_array(priority, amount, unit)) FROM level),
        (SELECT json_agg(json_build_array(weekday, from_minute, to_minute)) FROM working_hours
            WHERE jurisdiction_id = $1 AND EXISTS (SELECT FROM level WHERE unit <> 'hours')),
        (SELECT json_agg(day) FROM holiday
            WHERE jurisdiction_id = $1 AND day >= $5
                AND EXISTS (SELECT FROM level WHERE unit <> 'hours'))
    FROM service WHERE jurisdiction_id = $1 AND service_code = $2";

/// What a service request is judged by before it is filed, and what is promised for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Its service.
    pub service: Service,
    /// What is asked about it.
    pub definition: ServiceDefinition,
    /// Whether the jurisdiction is responsible there.
    pub is_inside: bool,
    /// When it should be done; `None`: nothing is promised.
    pub expected_datetime: Option<DateTime<Utc>>,
}

type Rows<T> = Option<Json<Vec<T>>>;

impl JurisdictionStorage {
    /// The terms for a service request about a place, filed at `from` in a jurisdiction of `zone`.
    /// `None`: there is no such service.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_terms(
        &self,
        service_code: &ServiceCode,
        position: Option<Position>,
        from: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Option<Terms>, StorageError> {
        let point = position.map(geometry::to_point);
        let (x, y) = (point.as_ref().map(|at| at.x), point.as_ref().map(|at| at.y));
        // The local day may be the one before.
        let first = (from - TimeDelta::days(1)).date_naive();
        let rows = self
            .storage
            .0
            .terms
            .rows(TERMS, &[&self.id(), &service_code.as_str(), &x, &y, &first])
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let Json(service): Json<ServiceRow> = row.try_get(0)?;
        let attributes: Rows<AttributeRow> = row.try_get(1)?;
        let covers: Option<bool> = row.try_get(2)?;
        let promise = PromiseRows {
            levels: all(row.try_get(3)?),
            hours: all(row.try_get(4)?),
            holidays: all::<NaiveDate>(row.try_get(5)?),
        };
        let attributes = all(attributes).into_iter().map(to_attribute);
        Ok(Some(Terms {
            service: to_service(service)?,
            definition: ServiceDefinition {
                service_code: service_code.clone(),
                attributes: attributes.collect::<Result<_, _>>()?,
            },
            is_inside: covers.unwrap_or(true),
            expected_datetime: promise.expected_datetime(None, from, zone)?,
        }))
    }
}

/// There is no empty array: of nothing PostgreSQL makes null.
fn all<T>(rows: Rows<T>) -> Vec<T> {
    rows.map(|Json(rows)| rows).unwrap_or_default()
}
