//! The tables as diesel knows them are the tables that there are.

use storage::testing::TestDatabase;

const SCHEMA: &str = include_str!("../../src/schema.rs");

/// Every table as `schema.rs` has to write it. A generated column is never read.
const EXPECTED: &str = "SELECT format(E'table! {\\n    %s (%s) {\\n%s\\n    }\\n}', relname,
        (SELECT string_agg(attname, ', ' ORDER BY position)
            FROM pg_index, unnest(indkey) WITH ORDINALITY AS part (number, position)
            JOIN pg_attribute ON attnum = number
            WHERE indrelid = pg_class.oid AND indisprimary AND attrelid = indrelid),
        string_agg(format('        %s -> %s,', attname,
            CASE WHEN attnotnull THEN rust ELSE format('Nullable<%s>', rust) END),
            E'\\n' ORDER BY attnum))
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid,
    LATERAL (SELECT CASE split_part(format_type(atttypid, atttypmod), '(', 1)
        WHEN 'text' THEN 'Text' WHEN 'boolean' THEN 'Bool' WHEN 'integer' THEN 'Integer'
        WHEN 'bigint' THEN 'BigInt' WHEN 'jsonb' THEN 'Jsonb' WHEN 'bytea' THEN 'Bytea'
        WHEN 'text[]' THEN 'Array<Text>' WHEN 'uuid' THEN 'Uuid' WHEN 'date' THEN 'Date'
        WHEN 'timestamp with time zone' THEN 'Timestamptz'
        WHEN 'geometry' THEN 'postgis_diesel::sql_types::Geometry'
        ELSE format_type(atttypid, atttypmod) END) AS type (rust)
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    GROUP BY pg_class.oid, relname";

#[tokio::test]
async fn diesel_knows_every_table_and_column() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let tables = client.query(EXPECTED, &[]).await.unwrap();
    for table in &tables {
        let expected: &str = table.get(0);
        assert!(SCHEMA.contains(expected), "schema.rs lacks:\n{expected}");
    }
    assert_eq!(SCHEMA.matches("table! {").count(), tables.len());
}
