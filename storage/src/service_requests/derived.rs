//! What is made of the statement for a list: its keys, its number of rows, its plan.

use super::list::{FROM, ListStatement};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Nullable, Text},
};

/// The keys of a list, all of them in one row: a thousand rows cost both sides more than what stands in
/// them.
#[derive(Clone)]
pub(super) struct KeyStatement<'a>(pub ListStatement<'a>);

impl QueryFragment<Pg> for KeyStatement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT array_agg(service_request_id), array_agg(version) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS key");
        Ok(())
    }
}

impl QueryId for KeyStatement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for KeyStatement<'_> {
    type SqlType = (Nullable<Array<Text>>, Nullable<Array<Nullable<Integer>>>);
}

/// How many a list has on all pages, as far as is counted.
#[derive(Clone)]
pub(super) struct CountStatement<'a> {
    pub of: ListStatement<'a>,
    pub limit: i64,
}

impl QueryFragment<Pg> for CountStatement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (SELECT");
        out.push_sql(FROM);
        self.of.in_periods(&mut out)?;
        self.of.conditions(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(") AS hit");
        Ok(())
    }
}

impl QueryId for CountStatement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for CountStatement<'_> {
    type SqlType = BigInt;
}

/// `EXPLAIN` of a statement.
#[cfg(feature = "testing")]
#[derive(Clone)]
pub(super) struct Explain<S>(pub S);

#[cfg(feature = "testing")]
impl<S: QueryFragment<Pg>> QueryFragment<Pg> for Explain<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ");
        self.0.walk_ast(out)
    }
}

#[cfg(feature = "testing")]
impl<S> QueryId for Explain<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(feature = "testing")]
impl<S> Query for Explain<S> {
    type SqlType = Text;
}
