//! Who calls.

use super::permission::{Grant, Permission};
use storage::ApiKeyRow;

/// A caller whose credentials are good in the jurisdiction that he calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    id: String,
    name: String,
    agencies: Option<Vec<String>>,
    permissions: Vec<Permission>,
}

impl Principal {
    /// By which he is told from all others, in history and audit: `key:<key_id>`,
    /// `client:<client_id>`, `staff:<issuer>|<subject>`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call him.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The agencies whose service requests he may work on; `None`: those of all.
    pub fn agencies(&self) -> Option<&[String]> {
        self.agencies.as_deref()
    }

    /// Whether he has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The holder of an API key.
    pub fn of_key(key: ApiKeyRow) -> Self {
        let permissions = Grant::all_of(key.scopes.as_deref());
        Self {
            id: format!("key:{}", key.key_id),
            name: key.label,
            agencies: None,
            permissions,
        }
    }

    /// Whoever tries the demo.
    pub fn of_demo(key: &str) -> Self {
        Self {
            id: format!("key:{key}"),
            name: "Demo".to_owned(),
            agencies: None,
            permissions: Permission::OF_A_PLAIN_KEY.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn key(scopes: Option<&[&str]>) -> Principal {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Principal::of_key(ApiKeyRow {
            key_id: "grk_1".into(),
            label: "An app".into(),
            scopes: scopes.map(words),
            requests_per_minute: None,
            created_datetime: DateTime::UNIX_EPOCH,
            expires_datetime: None,
            last_used_datetime: None,
            revoked_datetime: None,
        })
    }

    #[test]
    fn a_key_without_scopes_may_file_and_post_updates() {
        let plain = key(None);
        assert_eq!((plain.id(), plain.name()), ("key:grk_1", "An app"));
        let may: Vec<_> = Permission::ALL
            .into_iter()
            .filter(|one| plain.may(*one))
            .collect();
        assert_eq!(
            may,
            [Permission::FileServiceRequests, Permission::PostUpdates]
        );
    }

    #[test]
    fn a_key_with_scopes_may_what_they_say_and_nothing_else() {
        assert!(key(Some(&["moderate"])).may(Permission::Moderate));
        assert!(!key(Some(&["moderate"])).may(Permission::FileServiceRequests));
        assert!(key(Some(&["staff"])).may(Permission::ChangeServiceRequests));
        for scopes in [&[][..], &["everything"]] {
            let key = key(Some(scopes));
            assert!(!Permission::ALL.into_iter().any(|one| key.may(one)));
        }
    }
}
