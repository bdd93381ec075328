//! What each of the processes may in the database: no more than it needs.

/// The names of the roles.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseRoles<'a> {
    /// Owns the tables; for migrations and an operator's commands.
    pub migrator: &'a str,
    /// Answers requests.
    pub server: &'a str,
    /// Works in the background.
    pub worker: &'a str,
}

/// To be printed, never to be run by us: it needs somebody who may make roles.
const STATEMENTS: &str = "\
-- Run this as a superuser in georeport's database, after `georeport migrate` and after each update.
-- Make the roles first, with passwords of your own:
--   CREATE ROLE {migrator} LOGIN PASSWORD '...';
--   CREATE ROLE {server} LOGIN PASSWORD '...';
--   CREATE ROLE {worker} LOGIN PASSWORD '...';
-- and the extensions, which only a superuser can: postgis, btree_gist, btree_gin.
BEGIN;
-- The tables belong to the migrator, whoever has made them.
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'
    LOOP EXECUTE format('ALTER TABLE public.%I OWNER TO {migrator}', name); END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO {migrator};
GRANT USAGE ON SCHEMA public TO {server}, {worker};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {server}, {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {server}, {worker};
-- Which migrations were applied is for the migrator to say.
REVOKE INSERT, UPDATE, DELETE ON schema_migration, spatial_ref_sys FROM {server}, {worker};
-- What was done stays written.
REVOKE UPDATE, DELETE ON audit_entry FROM {server}, {worker};
-- Who is let in is told to the server, and decided by an operator. Administrators make API keys over
-- HTTP, so the server adds them; what a key may is never changed.
REVOKE INSERT, UPDATE, DELETE ON oauth_client, client_grant, revoked_subject, signing_key FROM {server};
REVOKE UPDATE, DELETE ON api_key FROM {server};
GRANT UPDATE (last_used_datetime, revoked_datetime) ON api_key TO {server};
-- The worker lets nobody in. It only forgets signing keys that signed no more long ago.
REVOKE ALL ON api_key, oauth_client, client_grant, revoked_subject, signing_key FROM {worker};
GRANT SELECT (retired_datetime), DELETE ON signing_key TO {worker};
COMMIT;
";

impl DatabaseRoles<'_> {
    /// The statements that give the roles what they need and take what they do not. They may be run
    /// again.
    pub fn statements(&self) -> String {
        STATEMENTS
            .replace("{migrator}", &quoted(self.migrator))
            .replace("{server}", &quoted(self.server))
            .replace("{worker}", &quoted(self.worker))
    }
}

/// As an identifier: <https://www.postgresql.org/docs/15/sql-syntax-lexical.html>.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        let roles = DatabaseRoles {
            migrator: "m",
            server: "s\"; DROP TABLE x; --",
            worker: "w",
        };
        let statements = roles.statements();
        assert!(statements.contains("TO \"s\"\"; DROP TABLE x; --\", \"w\";"));
        assert!(!statements.contains('{'));
    }
}
