//! The statement behind the lists of staff, who see what is not public too. The indexes hold one or
//! the other, because the public asks most and most is public: so both are asked, and the page is
//! taken from what they answer together.

use super::list::{ListStatement, PublicColumns, Shown};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};

/// What staff see beside it.
type StaffColumns = (
    Nullable<Integer>,
    Bool,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
);

/// The same for staff, who see what is not public too.
#[derive(Clone)]
pub(super) struct StaffListStatement<'a> {
    first: ListStatement<'a>,
    /// What is not public, when the first answers what is: each answers as much as the pages up to
    /// the one asked for hold. `None`: the first answers it all.
    second: Option<ListStatement<'a>>,
    limit: i64,
    offset: i64,
}

impl<'a> StaffListStatement<'a> {
    /// The statement for a query of the staff's, from the one for all that it may answer.
    pub(super) fn of(all: ListStatement<'a>, is_public: Option<bool>) -> Self {
        let (limit, offset) = (all.limit, all.offset);
        let has_ids = !all.filter.ids.is_empty();
        let both = |shown| ListStatement {
            shown,
            limit: limit + offset,
            offset: 0,
            ..all.clone()
        };
        let (first, second) = match is_public {
            None if !has_ids => (both(Shown::Public), Some(both(Shown::Private))),
            _ if has_ids => (all, None),
            Some(true) => (all.showing(Shown::Public), None),
            _ => (all.showing(Shown::Private), None),
        };
        Self {
            first,
            second,
            limit,
            offset,
        }
    }
}

impl QueryFragment<Pg> for StaffListStatement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some(second) = &self.second else {
            return self.first.walk_ast(out);
        };
        out.push_sql("SELECT * FROM ((");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql(") UNION ALL (");
        second.walk_ast(out.reborrow())?;
        out.push_sql(")) AS hit");
        out.push_sql(self.first.order());
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(" OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.offset)
    }
}

impl QueryId for StaffListStatement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for StaffListStatement<'_> {
    type SqlType = (PublicColumns, StaffColumns);
}
