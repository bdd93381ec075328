//! Service requests as staff see them: what is not public too, and who reported.

use super::{
    Extensions,
    derived::CountStatement,
    list::{Columns, ListStatement, Shown},
    row::ServiceRequestRow,
    staff_list::StaffListStatement,
};
use crate::{
    JurisdictionStorage, StorageError,
    schema::{reporter, service_request},
};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Array, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::{
    ClosingReason, DetailedStatus, Priority, Reporter, ServiceRequestId, StaffFilter, StaffQuery,
    StaffServiceRequest, Status,
};
use std::collections::HashMap;

/// Beyond so many it is not counted on.
const MAX_TOTAL: i64 = 100_000;

/// With whose eyes service requests are read.
#[derive(Debug, Clone, Copy)]
pub struct StaffView<'a> {
    /// Only those of these agencies are there; `None`: those of all.
    pub agencies: Option<&'a [String]>,
    /// Whether it is told who reported.
    pub reporters: bool,
}

/// One page of a list.
#[derive(Debug)]
pub struct StaffPage {
    /// At most the page size.
    pub service_requests: Vec<StaffServiceRequest>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// How many there are on all pages, if that was asked.
    pub total: Option<Total>,
}

/// How many there are on all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// At most 100,000: beyond that it is not counted on.
    pub count: i64,
    /// Whether there are no more.
    pub is_exact: bool,
}

impl JurisdictionStorage {
    /// The service request of that id, if it is one of those that staff see.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_staff_service_request(
        &self,
        service_request_id: &ServiceRequestId,
        view: StaffView<'_>,
    ) -> Result<Option<StaffServiceRequest>, StorageError> {
        let row: Option<(ServiceRequestRow, StaffRow)> = self
            .storage
            .read(async |connection| {
                service_request::table
                    .find((self.id(), service_request_id.as_str()))
                    .select((ServiceRequestRow::as_select(), StaffRow::as_select()))
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        let Some(found) = row.map(into_staff).transpose()? else {
            return Ok(None);
        };
        let agency = found.service_request.agency_responsible.as_ref();
        let is_theirs = |agencies: &[String]| agency.is_some_and(|one| agencies.contains(one));
        if !view.agencies.is_none_or(is_theirs) {
            return Ok(None);
        }
        let mut found = [found];
        self.add_reporters(&mut found, view).await?;
        let [found] = found;
        Ok(Some(found))
    }

    /// The service requests that `query` asks for, of those that staff see.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_staff_service_requests(
        &self,
        query: &StaffQuery,
        view: StaffView<'_>,
    ) -> Result<StaffPage, StorageError> {
        let all = self.staff_statement(query, view);
        let statement = StaffListStatement::of(all.clone(), query.filter.is_public);
        let mut rows: Vec<(ServiceRequestRow, StaffRow)> = self
            .storage
            .search(async |connection| statement.clone().load(connection).await)
            .await?;
        let page_size = query.query.page_size as usize;
        let has_more = rows.len() > page_size;
        rows.truncate(page_size);
        let mut service_requests: Vec<StaffServiceRequest> =
            rows.into_iter().map(into_staff).collect::<Result<_, _>>()?;
        self.add_reporters(&mut service_requests, view).await?;
        let total = match query.total {
            true => Some(self.count(all).await?),
            false => None,
        };
        Ok(StaffPage {
            service_requests,
            has_more,
            total,
        })
    }

    fn staff_statement<'a>(
        &'a self,
        query: &'a StaffQuery,
        view: StaffView<'a>,
    ) -> ListStatement<'a> {
        let columns = Columns::Public(Extensions::Included);
        ListStatement {
            staff: Some(Conditions::of(self.id(), &query.filter, view.agencies)),
            ..ListStatement::of(self.id(), &query.query, columns, Shown::All)
        }
    }

    async fn count(&self, all: ListStatement<'_>) -> Result<Total, StorageError> {
        let is_public = all.staff.as_ref().and_then(|staff| staff.filter.is_public);
        let statement = CountStatement {
            of: all.showing(match is_public {
                Some(true) => Shown::Public,
                Some(false) => Shown::Private,
                None => Shown::All,
            }),
            limit: MAX_TOTAL + 1,
        };
        let count: i64 = self
            .storage
            .search(async |connection| statement.clone().get_result(connection).await)
            .await?;
        Ok(Total {
            count: count.min(MAX_TOTAL),
            is_exact: count <= MAX_TOTAL,
        })
    }

    /// One query for all of them, and none when they are not to be told.
    async fn add_reporters(
        &self,
        to: &mut [StaffServiceRequest],
        view: StaffView<'_>,
    ) -> Result<(), StorageError> {
        if !view.reporters || to.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = to
            .iter()
            .map(|one| one.service_request.service_request_id.as_str())
            .collect();
        let rows: Vec<ReporterRow> = self
            .storage
            .read(async |connection| {
                reporter::table
                    .filter(reporter::jurisdiction_id.eq(self.id()))
                    .filter(reporter::service_request_id.eq_any(&ids))
                    .select(ReporterRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        let mut reporters: HashMap<String, Reporter> =
            rows.into_iter().map(ReporterRow::into_reporter).collect();
        for one in to {
            let id = one.service_request.service_request_id.as_str();
            one.reporter = reporters.remove(id);
        }
        Ok(())
    }

    /// How PostgreSQL would carry out [`Self::list_staff_service_requests`].
    ///
    /// # Errors
    /// As every read.
    #[cfg(feature = "testing")]
    pub async fn explain_staff_list(
        &self,
        query: &StaffQuery,
        view: StaffView<'_>,
    ) -> Result<String, StorageError> {
        let all = self.staff_statement(query, view);
        let statement = StaffListStatement::of(all, query.filter.is_public);
        let lines: Vec<String> = self
            .storage
            .search(async |connection| {
                super::derived::Explain(statement.clone())
                    .load(connection)
                    .await
            })
            .await?;
        Ok(lines.join("\n"))
    }
}

/// What only staff may ask, in the form in which it is bound.
#[derive(Clone)]
pub(super) struct Conditions<'a> {
    jurisdiction_id: &'a str,
    filter: &'a StaffFilter,
    agencies: Option<&'a [String]>,
    detailed_statuses: Vec<&'static str>,
    closing_reasons: Vec<&'static str>,
    priorities: Vec<&'static str>,
}

impl<'a> Conditions<'a> {
    fn of(
        jurisdiction_id: &'a str,
        filter: &'a StaffFilter,
        agencies: Option<&'a [String]>,
    ) -> Self {
        let statuses = filter.detailed_statuses.iter().copied();
        let reasons = filter.closing_reasons.iter().copied();
        let priorities = filter.priorities.iter().copied();
        Self {
            jurisdiction_id,
            filter,
            agencies,
            detailed_statuses: statuses.map(DetailedStatus::as_str).collect(),
            closing_reasons: reasons.map(ClosingReason::as_str).collect(),
            priorities: priorities.map(Priority::as_str).collect(),
        }
    }

    /// Whether so little may match that a walk through all in the order of the answer would take
    /// long to find it.
    pub(super) fn may_be_few(&self) -> bool {
        let Self {
            jurisdiction_id: _,
            filter,
            agencies,
            detailed_statuses,
            closing_reasons,
            priorities,
        } = self;
        let StaffFilter {
            detailed_statuses: _, // as they are bound, above
            closing_reasons: _,
            agencies_responsible,
            assignees,
            is_assigned,
            priorities: _,
            is_public: _, // what is private has indexes of its own
            overdue,
            expected,
            duplicate_of,
            email,
            phone,
            has_reporter: _, // about as many as not
        } = filter;
        agencies.is_some()
            || !(detailed_statuses.is_empty()
                && closing_reasons.is_empty()
                && priorities.is_empty()
                && agencies_responsible.is_empty()
                && assignees.is_empty())
            || *is_assigned == Some(true)
            || matches!(overdue, Some((true, _)))
            || expected.start.is_some()
            || expected.end.is_some()
            || duplicate_of.is_some()
            || email.is_some()
            || phone.is_some()
    }

    /// What is not of their agencies is not there for them.
    pub(super) fn of_their_agencies<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(agencies) = self.agencies {
            out.push_sql(" AND agency_responsible = ANY(");
            out.push_bind_param::<Array<Text>, _>(agencies)?;
            out.push_sql(")");
        }
        Ok(())
    }

    fn of_statuses<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.detailed_statuses.is_empty() {
            return Ok(());
        }
        // Of what came from elsewhere no more is known than the standard's status.
        out.push_sql(" AND (detailed_status = ANY(");
        out.push_bind_param::<Array<Text>, _>(&self.detailed_statuses)?;
        out.push_sql(")");
        for (word, condition) in [
            (
                DetailedStatus::Open,
                " OR detailed_status IS NULL AND status = 'open'",
            ),
            (
                DetailedStatus::Closed,
                " OR detailed_status IS NULL AND status = 'closed'",
            ),
        ] {
            if self.filter.detailed_statuses.contains(&word) {
                out.push_sql(condition);
            }
        }
        out.push_sql(")");
        // The statuses that are meant are all open or all closed: there is an index for that.
        let statuses = &self.filter.detailed_statuses;
        for (status, condition) in [
            (Status::Open, " AND status = 'open'"),
            (Status::Closed, " AND status = 'closed'"),
        ] {
            if statuses.iter().all(|one| one.status() == status) {
                out.push_sql(condition);
            }
        }
        Ok(())
    }
}

impl QueryFragment<Pg> for Conditions<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.of_their_agencies(out.reborrow())?;
        self.of_statuses(out.reborrow())?;
        let filter = self.filter;
        for (condition, words) in [
            (" AND closing_reason = ANY(", &self.closing_reasons),
            (" AND priority = ANY(", &self.priorities),
        ] {
            if !words.is_empty() {
                out.push_sql(condition);
                out.push_bind_param::<Array<Text>, _>(words)?;
                out.push_sql(")");
            }
        }
        for (condition, names) in [
            (
                " AND agency_responsible = ANY(",
                &filter.agencies_responsible,
            ),
            (" AND assignee = ANY(", &filter.assignees),
        ] {
            if !names.is_empty() {
                out.push_sql(condition);
                out.push_bind_param::<Array<Text>, _>(names)?;
                out.push_sql(")");
            }
        }
        match filter.is_assigned {
            Some(true) => out.push_sql(" AND assignee IS NOT NULL"),
            Some(false) => out.push_sql(" AND assignee IS NULL"),
            None => {}
        }
        match &filter.overdue {
            Some((true, now)) => {
                out.push_sql(" AND status = 'open' AND expected_datetime < ");
                out.push_bind_param::<Timestamptz, _>(now)?;
            }
            Some((false, now)) => {
                out.push_sql(
                    " AND (status = 'closed' OR expected_datetime IS NULL OR expected_datetime >= ",
                );
                out.push_bind_param::<Timestamptz, _>(now)?;
                out.push_sql(")");
            }
            None => {}
        }
        if filter.expected.start.is_some() || filter.expected.end.is_some() {
            // The index on the time begins with the status.
            out.push_sql(" AND status IN ('open', 'closed')");
        }
        for (condition, bound) in [
            (" AND expected_datetime >= ", &filter.expected.start),
            (" AND expected_datetime <= ", &filter.expected.end),
        ] {
            if let Some(instant) = bound {
                out.push_sql(condition);
                out.push_bind_param::<Timestamptz, _>(instant)?;
            }
        }
        if let Some(id) = &filter.duplicate_of {
            out.push_sql(" AND duplicate_of = ");
            out.push_bind_param::<Text, _>(id.as_str())?;
        }
        // As arrays: the few that somebody reported are fetched by their ids.
        if let Some(email) = &filter.email {
            out.push_sql(
                " AND service_request_id = ANY(ARRAY(SELECT reporter.service_request_id FROM reporter \
                 WHERE reporter.jurisdiction_id = ",
            );
            out.push_bind_param::<Text, _>(self.jurisdiction_id)?;
            out.push_sql(" AND lower(reporter.email) = lower(");
            out.push_bind_param::<Text, _>(email)?;
            out.push_sql(")))");
        }
        if let Some(phone) = &filter.phone {
            out.push_sql(
                " AND service_request_id = ANY(ARRAY(SELECT reporter.service_request_id FROM reporter \
                 WHERE reporter.jurisdiction_id = ",
            );
            out.push_bind_param::<Text, _>(self.jurisdiction_id)?;
            out.push_sql(" AND reporter.phone = ");
            out.push_bind_param::<Text, _>(phone)?;
            out.push_sql("))");
        }
        match filter.has_reporter {
            Some(true) => out.push_sql(
                " AND EXISTS (SELECT FROM reporter \
                 WHERE reporter.jurisdiction_id = service_request.jurisdiction_id \
                 AND reporter.service_request_id = service_request.service_request_id)",
            ),
            Some(false) => out.push_sql(
                " AND NOT EXISTS (SELECT FROM reporter \
                 WHERE reporter.jurisdiction_id = service_request.jurisdiction_id \
                 AND reporter.service_request_id = service_request.service_request_id)",
            ),
            None => {}
        }
        Ok(())
    }
}

/// What staff see of a service request beside what the public sees.
#[derive(Queryable, Selectable)]
#[diesel(table_name = service_request, check_for_backend(diesel::pg::Pg))]
struct StaffRow {
    version: Option<i32>,
    is_public: bool,
    priority: Option<String>,
    assignee: Option<String>,
    duplicate_of: Option<String>,
}

fn into_staff(row: (ServiceRequestRow, StaffRow)) -> Result<StaffServiceRequest, StorageError> {
    let (public, staff) = row;
    let StaffRow {
        version,
        is_public,
        priority,
        assignee,
        duplicate_of,
    } = staff;
    let priority = priority.as_deref().map(Priority::parse).transpose();
    let duplicate_of = duplicate_of.as_deref().map(ServiceRequestId::parse);
    Ok(StaffServiceRequest {
        service_request: public.into_service_request()?,
        version: version.unwrap_or(0),
        is_public,
        priority: priority.map_err(StorageError::corrupt)?,
        assignee,
        duplicate_of: duplicate_of.transpose().map_err(StorageError::corrupt)?,
        reporter: None,
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = reporter, check_for_backend(diesel::pg::Pg))]
struct ReporterRow {
    service_request_id: String,
    email: Option<String>,
    phone: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    device_id: Option<String>,
    account_id: Option<String>,
}

impl ReporterRow {
    /// Whose, and what he told.
    fn into_reporter(self) -> (String, Reporter) {
        let Self {
            service_request_id,
            email,
            phone,
            first_name,
            last_name,
            device_id,
            account_id,
        } = self;
        let reporter = Reporter {
            email,
            phone,
            first_name,
            last_name,
            device_id,
            account_id,
        };
        (service_request_id, reporter)
    }
}
