//! A first look at the newest service requests, when those are asked for that were updated lately: most
//! of what was updated today was filed today, so that the newest often fill a short page.

use super::list::{Columns, FROM, ListStatement};
use diesel::{pg::Pg, prelude::*, query_builder::AstPass, sql_types::BigInt};

/// So many are looked at: a tenth of a millisecond, if it is in vain.
const LOOKED_AT: i64 = 500;
/// A page is short when so many of it would fit into what is looked at.
const SHORT: i64 = 4;

impl ListStatement<'_> {
    /// Whether that look is worth it.
    pub(super) fn looks_near(&self) -> bool {
        self.columns == Columns::Key && self.is_by_update() && self.reach * SHORT <= LOOKED_AT
    }

    /// Begins the statement with those that are found, and continues it with a search that finds
    /// nothing if they fill the page.
    pub(super) fn near<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH near AS MATERIALIZED (SELECT service_request_id, version, requested_datetime \
            FROM (SELECT service_request_id, version, requested_datetime, updated_datetime",
        );
        out.push_sql(FROM);
        self.in_jurisdiction(out)?;
        out.push_sql(" AND is_public");
        out.push_sql(self.order());
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&LOOKED_AT)?;
        out.push_sql(") AS first WHERE true");
        self.updated(out)?;
        out.push_sql(self.order());
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.reach)?;
        out.push_sql("), filled AS MATERIALIZED (SELECT count(*) >= ");
        out.push_bind_param::<BigInt, _>(&self.reach)?;
        out.push_sql(" AS does FROM near), hit AS MATERIALIZED (");
        self.select_with_order(out);
        out.push_sql("NOT (SELECT does FROM filled) AND ");
        Ok(())
    }

    /// The page, if they fill it.
    pub(super) fn near_page<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT service_request_id, version FROM near WHERE (SELECT does FROM filled)",
        );
        self.page(out.reborrow())
    }
}
