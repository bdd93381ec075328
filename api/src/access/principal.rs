//! Who calls.

use super::permission::{Grant, Permission, Role};
use storage::{ApiKeyRow, Client, ClientGrant};

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

    /// An OAuth client that is something in the jurisdiction; `scope` is what its token is for, if
    /// it is not for everything.
    pub fn of_client(grant: ClientGrant, scope: Option<&str>) -> Self {
        let roles: Vec<Role> = grant
            .roles
            .iter()
            .filter_map(|word| word.parse().ok())
            .collect();
        Self::in_roles(
            format!("client:{}", grant.client_id),
            grant.label,
            &roles,
            grant.agencies,
            scope,
        )
    }

    /// An OAuth client that is known, but is nothing in the jurisdiction.
    pub fn of_client_elsewhere(client: Client) -> Self {
        let id = format!("client:{}", client.client_id);
        Self::in_roles(id, client.label, &[], None, None)
    }

    /// Somebody whom an identity provider knows.
    pub fn of_staff(
        id: String,
        name: String,
        roles: &[Role],
        agencies: Option<Vec<String>>,
    ) -> Self {
        Self::in_roles(id, name, roles, agencies, None)
    }

    fn in_roles(
        id: String,
        name: String,
        roles: &[Role],
        agencies: Option<Vec<String>>,
        scope: Option<&str>,
    ) -> Self {
        let held = roles.iter().flat_map(|role| role.permissions().to_vec());
        let asked = |permission: &Permission| {
            let name = permission.as_str();
            scope.is_none_or(|scope| scope.split_ascii_whitespace().any(|word| word == name))
        };
        Self {
            id,
            name,
            // An administrator is one of the whole jurisdiction.
            agencies: agencies.filter(|_| !roles.contains(&Role::Administrator)),
            permissions: held.filter(asked).collect(),
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

    fn client(roles: &[&str], agencies: Option<&[&str]>, scope: Option<&str>) -> Principal {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let grant = ClientGrant {
            client_id: "grc_1".into(),
            label: "CRM".into(),
            roles: words(roles),
            agencies: agencies.map(words),
            created_datetime: DateTime::UNIX_EPOCH,
            revoked_datetime: None,
        };
        Principal::of_client(grant, scope)
    }

    #[test]
    fn a_client_may_what_its_roles_allow_and_its_token_is_for() {
        let both = client(&["moderator", "auditor"], None, None);
        assert_eq!((both.id(), both.name()), ("client:grc_1", "CRM"));
        assert!(both.may(Permission::Moderate) && both.may(Permission::ReadAudit));
        assert!(!both.may(Permission::ChangeServiceRequests));
        let narrow = client(
            &["moderator", "auditor"],
            None,
            Some("read-audit manage-keys"),
        );
        assert!(narrow.may(Permission::ReadAudit));
        assert!(!narrow.may(Permission::Moderate) && !narrow.may(Permission::ManageKeys));
        let none = client(&["staff"], None, Some(""));
        assert!(!Permission::ALL.into_iter().any(|one| none.may(one)));
    }

    #[test]
    fn staff_may_be_limited_to_agencies_and_administrators_may_not() {
        let staff = client(&["staff"], Some(&["Roads"]), None);
        assert_eq!(staff.agencies(), Some(&["Roads".to_owned()][..]));
        let administrator = client(&["staff", "administrator"], Some(&["Roads"]), None);
        assert_eq!(administrator.agencies(), None);
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
