//! Diesel's statements, as a pipeline sends them.

use crate::StorageError;
use bytes::BytesMut;
use diesel::{
    pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata},
    query_builder::{QueryBuilder, QueryFragment, bind_collector::RawBytesBindCollector},
};
use std::error::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A statement's text and values.
pub(crate) struct Written {
    /// With `$1` and so on for its values.
    pub sql: String,
    /// In PostgreSQL's binary form.
    values: Vec<Value>,
}

impl Written {
    /// A statement of which every value has a type that PostgreSQL comes with.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub(crate) fn of(statement: &impl QueryFragment<Pg>) -> Result<Self, StorageError> {
        let mut builder = PgQueryBuilder::default();
        statement.to_sql(&mut builder, &Pg)?;
        let mut collector = RawBytesBindCollector::<Pg>::new();
        statement.collect_binds(&mut collector, &mut BuiltIn, &Pg)?;
        Ok(Self {
            sql: builder.finish(),
            values: collector.binds.into_iter().map(Value).collect(),
        })
    }

    /// The values in their order.
    pub(crate) fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let of = |value| value as &(dyn ToSql + Sync);
        self.values.iter().map(of).collect()
    }
}

/// Nothing is looked up: PostgreSQL finds by itself what type a value is to have.
struct BuiltIn;

impl PgMetadataLookup for BuiltIn {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}

/// `None`: null.
#[derive(Debug)]
struct Value(Option<Vec<u8>>);

impl ToSql for Value {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
