//! The statement behind GET requests: text that never changes with a value, every value bound.
//!
//! Four shapes, because no single plan is good for all of them:
//!
//! - *by id*: the primary key.
//! - *walk*: an index in the order of the answer, filtered on the way, ends with the page.
//! - *merge*, for a few services: a walk for each of them, so that a page costs no more where many are
//!   filed.
//! - *adaptive*, when an area or words are asked for, or what was updated lately: the few that match
//!   are found by the index of the area, the words or the updates and sorted; if there are more than [`FEW`], the walk meets a page of
//!   them soon, and it is taken instead. For updates the newest are looked at first (`near.rs`). Either alone is slow somewhere: the walk for an empty
//!   area reads a whole jurisdiction, the sort for a whole city reads all of it.

use super::{Extensions, filter::Filter, period::PERIOD, staff};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Double, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use domain::{ServiceRequestQuery, Sort, TimeRange};
use postgis_diesel::sql_types::Geometry;

/// Up to so many matches are sorted; measured on 10 million rows.
const FEW: i64 = 30_000;

/// A page that ends further back than this is far.
const NEAR: i64 = 10_000;

/// Conditions follow.
pub(super) const FROM: &str = " FROM service_request WHERE ";

const COLUMNS: &str = "service_request_id, status, status_notes, service_name, service_code, \
    description, agency_responsible, service_notice, requested_datetime, updated_datetime, \
    expected_datetime, address, address_id, zipcode, location, media_url";
const EXTENSION_COLUMNS: &str = ", attribute_answers, extended_attributes, notes, detailed_status, \
    closing_reason, closing_detail, closed_datetime";
const NO_EXTENSIONS: &str = ", NULL::jsonb, NULL::jsonb, NULL::jsonb, NULL::text, NULL::text, \
    NULL::text, NULL::timestamptz";

const STAFF_COLUMNS: &str = ", version, is_public, priority, assignee, duplicate_of";

/// What of a service request is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// Its id and version, which most indexes hold.
    Key,
    /// What the public may see.
    Public(Extensions),
}

/// Which service requests are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Those that the public may see.
    Public,
    /// Those that it may not.
    Private,
    /// All.
    All,
}

impl Shown {
    fn condition(self) -> &'static str {
        match self {
            Self::Public => " AND is_public",
            Self::Private => " AND NOT is_public",
            Self::All => "",
        }
    }
}

#[derive(Clone)]
pub(super) struct ListStatement<'a> {
    pub jurisdiction_id: &'a str,
    pub query: &'a ServiceRequestQuery,
    pub columns: Columns,
    pub limit: i64,
    pub offset: i64,
    /// Where the page ends: both together.
    pub reach: i64,
    pub filter: Filter,
    pub shown: Shown,
    /// What only staff may ask; `None`: the public asks.
    pub staff: Option<staff::Conditions<'a>>,
}

impl<'a> ListStatement<'a> {
    /// The page that the public asks for.
    pub(super) fn of(
        jurisdiction_id: &'a str,
        query: &'a ServiceRequestQuery,
        columns: Columns,
        shown: Shown,
    ) -> Self {
        let page_size = i64::from(query.page_size);
        // One more than asked for tells whether there is a next page.
        let limit = page_size + 1;
        let offset = i64::from(query.page - 1) * page_size;
        Self {
            jurisdiction_id,
            query,
            columns,
            limit,
            offset,
            reach: limit + offset,
            filter: Filter::of(jurisdiction_id, query),
            shown,
            staff: None,
        }
    }

    /// The same for these service requests only.
    pub(super) fn showing(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    fn columns(&self) -> [&'static str; 3] {
        let private = self.staff.as_ref().map_or("", |_| STAFF_COLUMNS);
        match self.columns {
            Columns::Key => ["service_request_id, version", "", ""],
            Columns::Public(Extensions::Included) => [COLUMNS, EXTENSION_COLUMNS, private],
            Columns::Public(Extensions::Left) => [COLUMNS, NO_EXTENSIONS, private],
        }
    }

    /// `SELECT` what is asked for, from what [`Self::select_hits`] has found.
    fn select(&self, out: &mut AstPass<'_, '_, Pg>) {
        out.push_sql("SELECT ");
        match self.columns {
            Columns::Key => out.push_sql("service_request_id, version"),
            Columns::Public(_) => out.push_sql("*"),
        }
        out.push_sql(" FROM hit");
    }

    /// What is found before it is sorted.
    fn select_hits(&self, out: &mut AstPass<'_, '_, Pg>) {
        out.push_sql("WITH hit AS MATERIALIZED (");
        self.select_with_order(out);
    }

    /// `SELECT` what is asked for, and what it is ordered by.
    pub(super) fn select_with_order(&self, out: &mut AstPass<'_, '_, Pg>) {
        out.push_sql("SELECT ");
        for columns in self.columns() {
            out.push_sql(columns);
        }
        if self.columns == Columns::Key {
            out.push_sql(match self.query.sort {
                Sort::RequestedDescending | Sort::RequestedAscending => ", requested_datetime",
                Sort::UpdatedDescending | Sort::UpdatedAscending => ", updated_datetime",
            });
        }
        out.push_sql(FROM);
    }

    pub(super) fn order(&self) -> &'static str {
        match self.query.sort {
            Sort::RequestedDescending => {
                " ORDER BY requested_datetime DESC, service_request_id DESC"
            }
            Sort::RequestedAscending => " ORDER BY requested_datetime, service_request_id",
            Sort::UpdatedDescending => " ORDER BY updated_datetime DESC, service_request_id DESC",
            Sort::UpdatedAscending => " ORDER BY updated_datetime, service_request_id",
        }
    }

    fn by_id<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Materialized: else the order could tempt the planner to walk the whole jurisdiction.
        self.select_hits(&mut out);
        self.in_jurisdiction(&mut out)?;
        out.push_sql(self.shown.condition());
        out.push_sql(" AND service_request_id = ANY(");
        out.push_bind_param::<Array<Text>, _>(&self.filter.ids)?;
        out.push_sql(")");
        if let Some(staff) = &self.staff {
            staff.of_their_agencies(out.reborrow())?;
        }
        out.push_sql(") ");
        self.select(&mut out);
        self.page(out)
    }

    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.select_from(&mut out);
        self.in_jurisdiction(&mut out)?;
        self.conditions(out.reborrow())?;
        self.page(out)
    }

    fn adaptive<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.looks_near() {
            self.near(&mut out)?;
        } else {
            self.select_hits(&mut out);
        }
        self.in_periods(&mut out)?;
        self.conditions(out.reborrow())?;
        if self.is_by_update() {
            // The order leaves no other index than the one that has it, whatever the values are.
            out.push_sql(" ORDER BY updated_datetime DESC, service_request_id DESC");
        }
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&(FEW + 1))?;
        out.push_sql("), few AS MATERIALIZED (SELECT count(*) <= ");
        out.push_bind_param::<BigInt, _>(&FEW)?;
        out.push_sql(" AS are FROM hit) (");
        if self.looks_near() {
            self.near_page(&mut out)?;
            out.push_sql(") UNION ALL (");
        }
        self.select(&mut out);
        out.push_sql(" WHERE (SELECT are FROM few)");
        self.page(out.reborrow())?;
        out.push_sql(") UNION ALL (");
        self.select_from(&mut out);
        self.in_jurisdiction(&mut out)?;
        self.conditions(out.reborrow())?;
        out.push_sql(" AND NOT (SELECT are FROM few)");
        self.page(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }

    fn merge<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH hit AS MATERIALIZED (SELECT one.* FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.filter.codes)?;
        out.push_sql("::text[]) AS wanted (code), LATERAL (");
        self.select_with_order(&mut out);
        self.in_jurisdiction(&mut out)?;
        self.conditions(out.reborrow())?;
        out.push_sql(" AND service_code = wanted.code");
        out.push_sql(self.order());
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.reach)?;
        out.push_sql(") AS one) ");
        self.select(&mut out);
        self.page(out)
    }

    fn select_from(&self, out: &mut AstPass<'_, '_, Pg>) {
        out.push_sql("SELECT ");
        for columns in self.columns() {
            out.push_sql(columns);
        }
        out.push_sql(FROM);
    }

    pub(super) fn in_jurisdiction<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("jurisdiction_id = ");
        out.push_bind_param::<Text, _>(&self.jurisdiction_id)
    }

    /// The same for what is found by place or words, of which each index wants to be asked in its own
    /// way: the one of words has jurisdiction and period as one word, and would intersect the
    /// jurisdiction's whole list too if it were named besides.
    pub(super) fn in_periods<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let periods = self.filter.periods.as_ref();
        let Some(periods) = periods.filter(|_| self.shown == Shown::Public) else {
            return self.in_jurisdiction(out);
        };
        if self.query.text.is_some() {
            out.push_sql("(jurisdiction_id || ' ' || ");
            out.push_sql(PERIOD);
            out.push_sql("::text) = ANY(");
            out.push_bind_param::<Array<Text>, _>(&self.filter.period_names)?;
            out.push_sql(")");
        } else {
            self.in_jurisdiction(out)?;
        }
        if self.query.area.is_some() {
            for (condition, period) in [(" >= ", &periods.first), (" <= ", &periods.last)] {
                out.push_sql(" AND ");
                out.push_sql(PERIOD);
                out.push_sql(condition);
                out.push_bind_param::<Integer, _>(period)?;
            }
        }
        Ok(())
    }

    /// Continues behind what leaves one jurisdiction.
    pub(super) fn conditions<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let query = self.query;
        out.push_sql(self.shown.condition());
        if let Some(staff) = &self.staff {
            staff.walk_ast(out.reborrow())?;
        }
        match &self.filter.codes[..] {
            [] => {}
            _ if self.is_merged() => {}
            [one] => {
                out.push_sql(" AND service_code = ");
                out.push_bind_param::<Text, _>(one)?;
            }
            _ => {
                out.push_sql(" AND service_code = ANY(");
                out.push_bind_param::<Array<Text>, _>(&self.filter.codes)?;
                out.push_sql(")");
            }
        }
        if let Some(status) = &query.status {
            out.push_sql(match status {
                domain::Status::Open => " AND status = 'open'",
                domain::Status::Closed => " AND status = 'closed'",
            });
        }
        for (condition, bound) in [
            (" AND requested_datetime >= ", &query.requested.start),
            (" AND requested_datetime <= ", &query.requested.end),
        ] {
            if let Some(instant) = bound {
                out.push_sql(condition);
                out.push_bind_param::<Timestamptz, _>(instant)?;
            }
        }
        self.updated(&mut out)?;
        if let Some(envelope) = &self.filter.envelope {
            out.push_sql(" AND location && ST_MakeEnvelope(");
            for degrees in envelope {
                out.push_bind_param::<Double, _>(degrees)?;
                out.push_sql(", ");
            }
            out.push_sql("4326)");
        }
        if let Some([longitude, latitude, radius_m]) = &self.filter.circle {
            out.push_sql(" AND ST_DWithin(location::geography, ST_SetSRID(ST_MakePoint(");
            out.push_bind_param::<Double, _>(longitude)?;
            out.push_sql(", ");
            out.push_bind_param::<Double, _>(latitude)?;
            out.push_sql("), 4326)::geography, ");
            out.push_bind_param::<Double, _>(radius_m)?;
            out.push_sql(")");
        }
        if let Some(text) = &query.text {
            out.push_sql(" AND search @@ websearch_to_tsquery('pg_catalog.simple', ");
            out.push_bind_param::<Text, _>(text)?;
            out.push_sql(")");
        }
        Ok(())
    }

    pub(super) fn updated<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let updated = &self.query.updated;
        for (condition, bound) in [
            (" AND updated_datetime >= ", &updated.start),
            (" AND updated_datetime <= ", &updated.end),
        ] {
            if let Some(instant) = bound {
                out.push_sql(condition);
                out.push_bind_param::<Timestamptz, _>(instant)?;
            }
        }
        Ok(())
    }

    pub(super) fn page<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.order());
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(" OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.offset)
    }
}

impl ListStatement<'_> {
    /// Whether one plan is good whatever the values are, so that the statement need not be planned
    /// again: an index that has the order of the answer holds every condition too, or the statement is
    /// adaptive by the index of updates. A page far back takes long and is none.
    pub(super) fn has_one_plan(&self) -> bool {
        let ServiceRequestQuery {
            service_request_ids,
            service_codes,
            status,
            requested,
            updated,
            area,
            text,
            sort: _,
            page: _,
            page_size: _,
        } = self.query;
        let filters = service_codes.len() + usize::from(status.is_some());
        let is_walk = if self.sorts_by_update() {
            *requested == TimeRange::default() && filters == 0
        } else {
            *updated == TimeRange::default() && filters <= 1
        };
        service_request_ids.is_empty()
            && area.is_none()
            && text.is_none()
            && (is_walk || self.is_by_update() || self.is_merged())
            && self.reach <= NEAR
    }

    /// Of a few services and nothing else, in the order in which it was requested.
    fn is_merged(&self) -> bool {
        let query = self.query;
        let services = query.service_codes.len();
        services > 1
            && i64::try_from(services).is_ok_and(|services| services * self.reach <= NEAR)
            && query.status.is_none()
            && query.updated == TimeRange::default()
            && query.area.is_none()
            && query.text.is_none()
            && !self.sorts_by_update()
            && self.staff.is_none()
    }

    /// What was updated and nothing else, in the order in which it was requested.
    pub(super) fn is_by_update(&self) -> bool {
        let query = self.query;
        query.updated != TimeRange::default()
            && query.requested == TimeRange::default()
            && query.service_codes.is_empty()
            && query.status.is_none()
            && query.service_request_ids.is_empty()
            && !self.sorts_by_update()
            && self.staff.is_none()
    }

    fn sorts_by_update(&self) -> bool {
        let sort = self.query.sort;
        matches!(sort, Sort::UpdatedDescending | Sort::UpdatedAscending)
    }
}

impl QueryFragment<Pg> for ListStatement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Cached by its text: there are as many statements as combinations of arguments.
        let may_be_few = self.query.area.is_some()
            || self.query.text.is_some()
            || self.is_by_update()
            || self.staff.as_ref().is_some_and(|staff| staff.may_be_few());
        if !self.filter.ids.is_empty() {
            self.by_id(out.reborrow())
        } else if self.is_merged() {
            self.merge(out.reborrow())
        } else if may_be_few {
            self.adaptive(out.reborrow())
        } else {
            self.walk(out.reborrow())
        }
    }
}

impl QueryId for ListStatement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// What the public may see of a service request.
pub(super) type PublicColumns = (
    Text,
    Text,
    Nullable<Text>,
    Text,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Timestamptz,
    Timestamptz,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Geometry>,
    Nullable<Text>,
    Nullable<Jsonb>,
    Nullable<Jsonb>,
    Nullable<Jsonb>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Timestamptz>,
);

impl Query for ListStatement<'_> {
    type SqlType = PublicColumns;
}
