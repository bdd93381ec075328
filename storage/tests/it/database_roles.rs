//! What the server's and the worker's role may in the database, and what not.

use crate::{filing::Filing, time};
use std::process;
use storage::{
    By, DatabaseRoles, NewApiKey, Storage,
    testing::{TestDatabase, a_jurisdiction, a_service},
};
use tokio_postgres::{Client, error::SqlState};

/// The roles of one test: roles belong to the whole cluster, which tests share.
struct Roles {
    database: TestDatabase,
    names: [String; 3],
}

impl Roles {
    async fn make(test: &str) -> Self {
        let database = TestDatabase::new().await;
        let names = ["migrator", "server", "worker"]
            .map(|role| format!("georeport_{role}_{test}_{}", process::id()));
        for name in &names {
            database.execute(&format!("CREATE ROLE {name}")).await;
        }
        let [migrator, server, worker] = &names;
        let roles = DatabaseRoles {
            migrator,
            server,
            worker,
        };
        // They may be run again, after an update.
        for _ in 0..2 {
            database.execute(&roles.statements()).await;
        }
        Self { database, names }
    }

    fn server(&self) -> &str {
        &self.names[1]
    }

    fn worker(&self) -> &str {
        &self.names[2]
    }

    /// The database as somebody sees it who has this role and no other.
    fn storage_as(&self, role: &str) -> Storage {
        let url = self.database.url();
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options=-c%20role%3D{role}");
        Storage::new(&url, 2).unwrap()
    }

    async fn client_as(&self, role: &str) -> Client {
        let client = self.database.client().await;
        let set = format!("SET ROLE {role}");
        client.batch_execute(&set).await.unwrap();
        client
    }

    async fn drop_roles(self) {
        for name in &self.names {
            self.database
                .execute(&format!("DROP OWNED BY {name}"))
                .await;
            self.database.execute(&format!("DROP ROLE {name}")).await;
        }
    }
}

async fn refused(client: &Client, sql: &str) {
    let error = client.batch_execute(sql).await.unwrap_err();
    let denied = Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    assert_eq!(error.code(), denied, "{sql}: {error}");
}

/// H6: what an attacker would do with the server's connection.
#[tokio::test]
async fn neither_server_nor_worker_can_change_the_schema_read_passwords_or_run_programs() {
    let roles = Roles::make("probe").await;
    for role in [roles.server(), roles.worker()] {
        let client = roles.client_as(role).await;
        for sql in [
            "CREATE TABLE mine (x int)",
            "ALTER TABLE service_request ADD COLUMN mine int",
            "DROP TABLE service_request",
            "TRUNCATE service_request",
            "CREATE INDEX mine ON service_request (status)",
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE EXTENSION dblink",
            "CREATE ROLE mine",
            "SELECT rolpassword FROM pg_authid",
            "COPY service_request TO PROGRAM 'cat'",
            "COPY service_request FROM PROGRAM 'cat'",
            "COPY service_request TO '/tmp/stolen'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_ls_dir('/')",
            "SELECT lo_import('/etc/passwd')",
            "ALTER SYSTEM SET fsync = off",
            "UPDATE audit_entry SET actor = 'somebody'",
            "DELETE FROM audit_entry",
            "DELETE FROM schema_migration",
            "UPDATE signing_key SET retired_datetime = NULL",
            "INSERT INTO oauth_client VALUES ('grc_mine', '\\x00', 'me', now(), NULL)",
            "UPDATE client_grant SET roles = '{administrator}'",
            "DELETE FROM revoked_subject",
            "UPDATE api_key SET scopes = '{administrator}'",
            "DELETE FROM api_key",
        ] {
            refused(&client, sql).await;
        }
    }
    let worker = roles.client_as(roles.worker()).await;
    for sql in [
        "SELECT FROM api_key",
        "SELECT FROM oauth_client",
        "SELECT FROM client_grant",
        "SELECT private_key FROM signing_key",
    ] {
        refused(&worker, sql).await;
    }
    roles.drop_roles().await;
}

#[tokio::test]
async fn the_servers_role_is_enough_to_serve_and_the_workers_to_work() {
    let roles = Roles::make("serve").await;
    let boston = a_jurisdiction("boston.gov").insert(&roles.database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let now = time("2026-06-01T12:00:00Z");

    let server = roles.storage_as(roles.server());
    let applied = storage::migrate::run(&server).await.unwrap();
    assert!(applied.is_empty());
    let city = server.jurisdiction(boston.jurisdiction_id());
    let key = NewApiKey {
        key_hash: &[1; 32],
        key_id: "k1",
        label: "An app",
        scopes: None,
        requests_per_minute: Some(60),
        expires_datetime: None,
        created_datetime: now,
    };
    let by = By {
        actor: "client:x",
        operation: "post_key",
    };
    city.insert_api_key(&key, by).await.unwrap();
    city.find_api_key(&[1; 32], now).await.unwrap().unwrap();
    city.note_key_use("k1", now, now).await.unwrap();
    city.take_of_rate("k1", 1, 60, now).await.unwrap();
    let filing = Filing::of(&service).email("a@b").photo().key("key", 1);
    filing.filed(&city).await;
    city.revoke_api_key("k1", by, now).await.unwrap();
    assert!(!city.list_audit_entries(None, 10).await.unwrap().is_empty());
    assert_eq!(city.find_client_grant("x").await.unwrap(), None);
    assert!(server.list_signing_keys().await.unwrap().is_empty());
    assert!(!server.is_subject_revoked("i", "s").await.unwrap());

    let worker = roles.storage_as(roles.worker());
    let city = worker.jurisdiction(boston.jurisdiction_id());
    city.resolve_tokens(now, now).await.unwrap();
    city.delete_idempotency_keys(now).await.unwrap();
    city.delete_idle_rates(now).await.unwrap();
    worker.delete_signing_keys(now).await.unwrap();
    roles.drop_roles().await;
}

#[tokio::test]
async fn the_migrators_role_may_change_tables_that_somebody_else_has_made() {
    let roles = Roles::make("owner").await;
    let migrator = roles.client_as(&roles.names[0]).await;
    for sql in [
        "ALTER TABLE service_request ADD COLUMN mine integer",
        "CREATE INDEX mine_idx ON service_request (mine)",
        "CREATE TABLE mine (x integer)",
        "DROP TABLE mine",
    ] {
        migrator.batch_execute(sql).await.unwrap();
    }
    roles.drop_roles().await;
}

/// A table of a later migration must not be forgotten.
#[tokio::test]
async fn every_table_is_one_that_the_server_may_read() {
    let roles = Roles::make("tables").await;
    let server = roles.server();
    let missing = "SELECT count(*) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND NOT has_table_privilege($1::text, oid, 'SELECT')";
    let client = roles.database.client().await;
    let row = client.query_one(missing, &[&server]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
    roles.drop_roles().await;
}
