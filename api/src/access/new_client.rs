//! An OAuth client as it is asked for.

use super::{permission::Role, secret::Secret, token::SigningKey};
use chrono::{DateTime, Utc};
use domain::{Violation, Violations, text};
use storage::{By, JurisdictionStorage, NewClient as Row, NewGrant, NewSigningKey, Storage};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a client shall be in a jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantDraft {
    roles: Vec<String>,
    /// `None`: it may work on the service requests of all.
    agencies: Option<Vec<String>>,
}

impl GrantDraft {
    /// These roles, as staff limited to these agencies, if any are named.
    ///
    /// # Errors
    /// Every fault: no role, one that there is not, agencies where nobody is staff.
    pub fn parse(roles: &[String], agencies: &[String]) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        if roles.is_empty() {
            violations.add(Violation::missing("role"));
        }
        let known: Vec<Role> = roles
            .iter()
            .filter_map(|word| violations.take(word.parse()))
            .collect();
        let limited = known.contains(&Role::Staff) && !known.contains(&Role::Administrator);
        if !agencies.is_empty() && !limited {
            let problem = "limits staff, and nobody else: an administrator is one of all agencies";
            violations.add(Violation::new("agency", problem));
        }
        let agencies = agencies
            .iter()
            .filter_map(|name| violations.take(text::line("agency", name.trim(), text::MAX_LINE)))
            .collect();
        violations.check()?;
        Ok(Self {
            roles: roles.to_vec(),
            agencies: Some(agencies).filter(|agencies: &Vec<String>| !agencies.is_empty()),
        })
    }

    /// As it is stored.
    pub fn as_new(&self) -> NewGrant<'_> {
        NewGrant {
            roles: &self.roles,
            agencies: self.agencies.as_deref(),
        }
    }
}

/// Makes a client. Its secret is in the open this once.
///
/// # Errors
/// When it has no label, and as every write.
pub async fn make_client(
    storage: &JurisdictionStorage,
    label: &str,
    grant: &GrantDraft,
    by: By<'_>,
    now: DateTime<Utc>,
) -> Result<(String, Secret), Failure> {
    let label = match label.trim() {
        "" => Err(Violation::missing("label")),
        label => text::line("label", label, text::MAX_LINE),
    }?;
    let client_id = Secret::draw("grc_").id().to_owned();
    let secret = Secret::draw("grs_");
    let row = Row {
        client_id: &client_id,
        secret_hash: &secret.hash(),
        label: &label,
    };
    storage
        .insert_client(&row, &grant.as_new(), by, now)
        .await?;
    Ok((client_id, secret))
}

/// Makes a key that signs from now on; what the one before it signed is good until it expires.
/// Answers its id.
///
/// # Errors
/// When the machine has no randomness, and as every write.
pub async fn rotate_signing_key(
    storage: &Storage,
    by: By<'_>,
    now: DateTime<Utc>,
) -> Result<String, Failure> {
    let key = SigningKey::generate()?;
    let new = NewSigningKey {
        signing_key_id: &key.id,
        private_key: &key.private_key,
        created_datetime: now,
    };
    storage.insert_signing_key(&new, by).await?;
    Ok(key.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(roles: &[&str], agencies: &[&str]) -> Result<GrantDraft, Violations> {
        let words =
            |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
        GrantDraft::parse(&words(roles), &words(agencies))
    }

    #[test]
    fn a_client_has_roles_and_as_staff_perhaps_agencies() {
        assert_eq!(parse(&["auditor"], &[]).unwrap().agencies, None);
        let limited = parse(&["staff", "moderator"], &["Roads", "Parks"]).unwrap();
        assert_eq!(limited.agencies.unwrap(), ["Roads", "Parks"]);
    }

    #[test]
    fn no_role_an_unknown_one_and_agencies_of_others_are_refused() {
        for (roles, agencies) in [
            (&[][..], &[][..]),
            (&["root"], &[]),
            (&["moderate"], &[]),
            (&["auditor"], &["Roads"]),
            (&["staff", "administrator"], &["Roads"]),
        ] {
            assert!(parse(roles, agencies).is_err(), "{roles:?}");
        }
    }
}
