//! What a caller may do, and the roles that stand for several of these at once.

use domain::Violation;
use std::{fmt, str::FromStr};

/// One thing that not everybody may do, in one jurisdiction. Every operation needs one of them or
/// none; ARCHITECTURE.md has the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// File service requests.
    FileServiceRequests,
    /// Post updates on service requests.
    PostUpdates,
    /// Read what is not public: internal notes, and who reported.
    ReadServiceRequests,
    /// Change status, agency, service, priority and the like.
    ChangeServiceRequests,
    /// Redact and remove what should not be public.
    Moderate,
    /// Decide who is told of changes.
    ManageWebhooks,
    /// Decide what is forwarded to and mirrored from other endpoints.
    ManageRemotes,
    /// Service levels, holidays, response templates.
    ManageServices,
    /// Make and revoke API keys.
    ManageKeys,
    /// Read who did what.
    ReadAudit,
}

impl Permission {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::FileServiceRequests,
        Self::PostUpdates,
        Self::ReadServiceRequests,
        Self::ChangeServiceRequests,
        Self::Moderate,
        Self::ManageWebhooks,
        Self::ManageRemotes,
        Self::ManageServices,
        Self::ManageKeys,
        Self::ReadAudit,
    ];

    /// What a key may that was made without a word about it: what apps need.
    pub const OF_A_PLAIN_KEY: [Self; 2] = [Self::FileServiceRequests, Self::PostUpdates];

    /// Whether it is one to change service requests with, or to make them.
    pub const fn changes_service_requests(self) -> bool {
        matches!(
            self,
            Self::FileServiceRequests
                | Self::PostUpdates
                | Self::ChangeServiceRequests
                | Self::Moderate
        )
    }

    /// Its name, as scopes and the OpenAPI document have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FileServiceRequests => "file-service-requests",
            Self::PostUpdates => "post-updates",
            Self::ReadServiceRequests => "read-service-requests",
            Self::ChangeServiceRequests => "change-service-requests",
            Self::Moderate => "moderate",
            Self::ManageWebhooks => "manage-webhooks",
            Self::ManageRemotes => "manage-remotes",
            Self::ManageServices => "manage-services",
            Self::ManageKeys => "manage-keys",
            Self::ReadAudit => "read-audit",
        }
    }
}

/// What somebody is in a jurisdiction. One may be several of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May do everything.
    Administrator,
    /// Works on service requests.
    Staff,
    /// Keeps what should not be public from being so.
    Moderator,
    /// A program of those who do the work: it files, changes and is told of changes.
    Integration,
    /// Reads who did what, and nothing else.
    Auditor,
}

impl Role {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [
        Self::Administrator,
        Self::Staff,
        Self::Moderator,
        Self::Integration,
        Self::Auditor,
    ];

    /// Its name, as scopes, tokens and the configuration have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Staff => "staff",
            Self::Moderator => "moderator",
            Self::Integration => "integration",
            Self::Auditor => "auditor",
        }
    }

    /// What it stands for.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Administrator => &Permission::ALL,
            Self::Staff => &[
                Permission::FileServiceRequests,
                Permission::PostUpdates,
                Permission::ReadServiceRequests,
                Permission::ChangeServiceRequests,
            ],
            Self::Moderator => &[Permission::ReadServiceRequests, Permission::Moderate],
            Self::Integration => &[
                Permission::FileServiceRequests,
                Permission::PostUpdates,
                Permission::ChangeServiceRequests,
                Permission::ManageWebhooks,
            ],
            Self::Auditor => &[Permission::ReadAudit],
        }
    }
}

/// One word of the scopes of a key: a permission, or a role, which stands for all that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// This one.
    Permission(Permission),
    /// Those of the role.
    Role(Role),
}

impl Grant {
    /// What is granted.
    pub fn permissions(&self) -> &[Permission] {
        match self {
            Self::Permission(permission) => std::slice::from_ref(permission),
            Self::Role(role) => role.permissions(),
        }
    }
}

impl Grant {
    /// What these words grant; a word of a later version, or of none, grants nothing. Without words
    /// it is what apps need.
    pub fn all_of(words: Option<&[String]>) -> Vec<Permission> {
        let Some(words) = words else {
            return Permission::OF_A_PLAIN_KEY.to_vec();
        };
        let grants = words.iter().filter_map(|word| word.parse::<Self>().ok());
        grants
            .flat_map(|grant| grant.permissions().to_vec())
            .collect()
    }
}

impl FromStr for Permission {
    type Err = Violation;

    fn from_str(word: &str) -> Result<Self, Violation> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| unknown("scope", word, &Self::ALL))
    }
}

impl FromStr for Role {
    type Err = Violation;

    fn from_str(word: &str) -> Result<Self, Violation> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| unknown("role", word, &Self::ALL))
    }
}

impl FromStr for Grant {
    type Err = Violation;

    fn from_str(word: &str) -> Result<Self, Violation> {
        match word.parse() {
            Ok(role) => Ok(Self::Role(role)),
            Err(_) => word.parse().map(Self::Permission),
        }
    }
}

fn unknown<T: fmt::Display>(argument: &str, word: &str, known: &[T]) -> Violation {
    let known: Vec<String> = known.iter().map(T::to_string).collect();
    let problem = format!("{word} is none of: {}", known.join(", "));
    Violation::new(argument, problem)
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_permission_or_a_role() {
        let moderate: Grant = "moderate".parse().unwrap();
        assert_eq!(moderate.permissions(), [Permission::Moderate]);
        let auditor: Grant = "auditor".parse().unwrap();
        assert_eq!(auditor.permissions(), [Permission::ReadAudit]);
        for word in ["", "Auditor", "moderate ", "root"] {
            assert!(word.parse::<Grant>().is_err(), "{word}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written_and_no_role_is_called_like_a_permission() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
            assert!(permission.as_str().parse::<Role>().is_err());
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
    }

    #[test]
    fn every_permission_is_held_by_a_role_beside_the_administrator_or_is_told_here() {
        let only_administrators = [
            Permission::ManageRemotes,
            Permission::ManageServices,
            Permission::ManageKeys,
        ];
        for permission in Permission::ALL {
            let mut others = Role::ALL.into_iter().skip(1);
            let held = others.any(|role| role.permissions().contains(&permission));
            assert_eq!(held, !only_administrators.contains(&permission));
        }
    }
}
