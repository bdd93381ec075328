//! The rules that every table keeps, so that it can be spread over several machines (by Citus)
//! without a change: jurisdiction by jurisdiction. Plain PostgreSQL is enough to check them.

use std::{collections::BTreeSet, fs, path::Path};
use storage::testing::TestDatabase;

/// Our tables: those that no extension brought.
const OURS: &str = "our AS (
    SELECT pg_class.oid, relname::text AS name,
        substring(obj_description(pg_class.oid, 'pg_class') FROM '^citus:(\\w+)\\.') AS spread
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT EXISTS
        (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e'))";

/// The rows that a query about `our` tables answers, each as one text. A lint asks for offenders.
async fn rows(database: &TestDatabase, query: &str) -> Vec<String> {
    let client = database.client().await;
    let sql = format!("WITH {OURS} SELECT found::text FROM ({query}) AS found ORDER BY 1");
    let rows = client.query(&sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn assert_none(query: &str) {
    let database = TestDatabase::new().await;
    assert_eq!(rows(&database, query).await, Vec::<String>::new());
}

/// Everything that makes two schemas different.
pub async fn snapshot(database: &TestDatabase) -> String {
    let all = "SELECT 'column', name, attname::text, format_type(atttypid, atttypmod),
            attnotnull::text, coalesce(pg_get_expr(adbin, adrelid), ''),
            coalesce(col_description(our.oid, attnum), '')
        FROM our JOIN pg_attribute ON attrelid = our.oid AND attnum > 0
        LEFT JOIN pg_attrdef ON adrelid = our.oid AND adnum = attnum
        WHERE name <> 'schema_migration'
        UNION ALL SELECT 'constraint', name, conname, pg_get_constraintdef(pg_constraint.oid), '', '', ''
        FROM our JOIN pg_constraint ON conrelid = our.oid WHERE name <> 'schema_migration'
        UNION ALL SELECT 'index', name, indexrelid::regclass::text, pg_get_indexdef(indexrelid), '', '', ''
        FROM our JOIN pg_index ON indrelid = our.oid WHERE name <> 'schema_migration'
        UNION ALL SELECT 'extension', extname, extversion, '', '', '', '' FROM pg_extension";
    rows(database, all).await.join("\n")
}

#[tokio::test]
async fn there_are_tables_to_check() {
    let database = TestDatabase::new().await;
    let spread = rows(&database, "SELECT DISTINCT spread FROM our").await;
    assert_eq!(spread, ["(distributed)", "(local)", "(reference)"]);
}

#[tokio::test]
async fn every_table_tells_how_it_is_spread() {
    assert_none(
        "SELECT name, spread FROM our
        WHERE coalesce(spread, '') NOT IN ('distributed', 'reference', 'local')",
    )
    .await;
}

#[tokio::test]
async fn every_column_is_explained() {
    assert_none(
        "SELECT name, attname FROM our JOIN pg_attribute ON attrelid = our.oid
        WHERE attnum > 0 AND NOT attisdropped
            AND coalesce(trim(col_description(our.oid, attnum)), '') = ''",
    )
    .await;
}

/// R1: a machine can tell alone whether a key is taken.
#[tokio::test]
async fn the_jurisdiction_comes_first_in_every_key() {
    assert_none("SELECT name, indexrelid::regclass FROM our JOIN pg_index ON indrelid = our.oid
        WHERE spread <> 'local' AND (indisunique OR indisexclusion) AND 'jurisdiction_id' IS DISTINCT FROM
            (SELECT attname FROM pg_attribute WHERE attrelid = our.oid AND attnum = indkey[0])").await;
}

#[tokio::test]
async fn every_table_that_is_spread_has_a_primary_key() {
    assert_none(
        "SELECT name FROM our WHERE NOT EXISTS
        (SELECT FROM pg_index WHERE indrelid = our.oid AND indisprimary)",
    )
    .await;
}

/// R3 and R4: what a row refers to is on the same machine.
#[tokio::test]
async fn a_foreign_key_goes_to_the_same_jurisdiction_or_to_what_is_everywhere() {
    assert_none(
        "SELECT conname, our.spread, target.spread AS target
        FROM our JOIN pg_constraint ON conrelid = our.oid AND contype = 'f'
        JOIN our AS target ON target.oid = confrelid
        WHERE NOT CASE our.spread || ' ' || target.spread
            WHEN 'distributed distributed' THEN EXISTS (
                SELECT FROM unnest(conkey, confkey) AS pair (here, there)
                JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = here
                JOIN pg_attribute AS b ON b.attrelid = confrelid AND b.attnum = there
                WHERE a.attname = 'jurisdiction_id' AND b.attname = 'jurisdiction_id')
            WHEN 'distributed reference' THEN true
            WHEN 'reference reference' THEN true
            ELSE our.spread = 'local' AND target.spread = 'local' END",
    )
    .await;
}

/// R7, and rules would be no better.
#[tokio::test]
async fn no_table_has_triggers_or_rules() {
    assert_none(
        "SELECT name, tgname FROM our JOIN pg_trigger ON tgrelid = our.oid
        WHERE NOT tgisinternal
        UNION ALL SELECT name, rulename FROM our JOIN pg_rewrite ON ev_class = our.oid",
    )
    .await;
}

/// R10: only a generated column computes, and the application says everything else.
#[tokio::test]
async fn no_column_has_a_default() {
    assert_none(
        "SELECT name, attname, pg_get_expr(adbin, adrelid)
        FROM our JOIN pg_attrdef ON adrelid = our.oid
        JOIN pg_attribute ON attrelid = our.oid AND attnum = adnum
        WHERE attgenerated = ''",
    )
    .await;
}

/// R12: numbers would not be in the order of time once two machines give them out.
#[tokio::test]
async fn nothing_is_numbered_by_the_database() {
    assert_none(
        "SELECT relname::text FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT attname FROM our JOIN pg_attribute ON attrelid = our.oid
        WHERE attidentity <> ''",
    )
    .await;
}

#[tokio::test]
async fn constraints_and_indexes_are_named_after_their_table() {
    assert_none(
        "SELECT name, conname FROM our JOIN pg_constraint ON conrelid = our.oid
        WHERE NOT starts_with(conname, name || '_')
        UNION ALL SELECT name, indexrelid::regclass::text
        FROM our JOIN pg_index ON indrelid = our.oid
        WHERE NOT starts_with(indexrelid::regclass::text, name || '_')",
    )
    .await;
}

/// R13: each statement is sent alone. It ends with `;` at the end of a line, and nowhere else.
#[test]
fn a_migration_is_made_of_single_plain_statements() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut seen = BTreeSet::new();
    let entries = fs::read_dir(migrations).unwrap().flatten();
    for folder in entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
    {
        for file in ["up.sql", "down.sql"] {
            let path = folder.join(file);
            let sql = fs::read_to_string(&path).unwrap();
            assert!(
                sql.ends_with(";\n"),
                "{path:?} ends in the middle of a statement"
            );
            for statement in sql.split_inclusive(";\n").map(str::trim) {
                let body = without_strings(statement.strip_suffix(';').unwrap());
                assert!(
                    !body.contains(';'),
                    "{path:?}: two statements in one: {statement}"
                );
                assert!(
                    !body.contains("--"),
                    "{path:?}: a comment hides in {statement}"
                );
                let words: Vec<&str> = body.split_whitespace().take(2).collect();
                seen.insert(words.join(" "));
                for volatile in [
                    "now(",
                    "clock_timestamp(",
                    "random",
                    "uuid(",
                    "nextval(",
                    "serial",
                    "current_",
                ] {
                    let lower = body.to_lowercase();
                    assert!(
                        !lower.contains(volatile),
                        "{path:?}: {volatile} in {statement}"
                    );
                }
            }
        }
    }
    // Whatever else comes has to be thought about first.
    let known = [
        "ALTER TABLE",
        "COMMENT ON",
        "CREATE EXTENSION",
        "CREATE INDEX",
        "CREATE TABLE",
        "CREATE UNIQUE",
        "DROP EXTENSION",
        "DROP INDEX",
        "DROP TABLE",
    ];
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        known.iter().collect::<Vec<_>>()
    );
}

/// The statement without what stands between quotes.
fn without_strings(statement: &str) -> String {
    statement.split('\'').step_by(2).collect()
}
