//! The identity providers of the cities, as a file of the operator names them.

use crate::access::permission::Role;
use domain::{JurisdictionId, Violation};
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;

/// An identity provider whose access tokens are good here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What its tokens say as `iss`.
    pub issuer: String,
    /// Where its public keys are: <https://www.rfc-editor.org/rfc/rfc7517#section-5>.
    pub jwks_uri: String,
    /// What its tokens for us say as `aud`.
    pub audience: String,
    /// With what it signs: RS256, ES256, EdDSA and the like. What a token says does not matter.
    algorithms: Vec<String>,
    /// What its access tokens say as `typ`: `at+jwt` (RFC 9068), or `JWT` where it has no other.
    #[serde(rename = "type", default = "at_jwt")]
    typ: String,
    /// Whether its tokens need no `nbf`; then `iat` counts.
    #[serde(default)]
    pub without_not_before: bool,
    /// Where the groups or roles are that `role` gives a meaning: a claim, or the way to it.
    roles_claim: Way,
    /// Where the agencies are to which its people are limited as staff; without it, to none.
    agencies_claim: Option<Way>,
    /// Where the name is by which the public is told who says something; without it, it is the
    /// jurisdiction that says so.
    name_claim: Option<Way>,
    /// What a group or role is in which jurisdiction.
    #[serde(rename = "role", default)]
    roles: Vec<RoleMapping>,
    #[serde(skip)]
    parsed: Vec<Algorithm>,
}

fn at_jwt() -> String {
    "at+jwt".to_owned()
}

/// What a group or role is in a jurisdiction.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleMapping {
    value: String,
    jurisdiction_id: String,
    role: String,
}

/// A claim, or the way to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Way {
    Claim(String),
    Nested(Vec<String>),
}

impl Way {
    fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        match self {
            Self::Claim(name) => claims.get(name),
            Self::Nested(names) => {
                let (first, rest) = names.split_first()?;
                rest.iter()
                    .try_fold(claims.get(first)?, |at, name| at.get(name))
            }
        }
    }

    /// A list, or words between blanks as `scope` has them.
    fn list(&self, claims: &Map<String, Value>) -> Vec<String> {
        match self.find(claims) {
            Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
            Some(Value::Array(values)) => {
                let texts = values.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }
            _ => vec![],
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "provider", default)]
    providers: Vec<Provider>,
}

impl Provider {
    /// The providers that a file names.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_file(path: &Path) -> Result<Vec<Self>, Vec<String>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![format!("cannot be read: {error}")])?;
        Self::read(&text)
    }

    /// The providers that a text names.
    ///
    /// # Errors
    /// Every fault.
    pub fn read(text: &str) -> Result<Vec<Self>, Vec<String>> {
        let file: File = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let mut faults = Vec::new();
        let mut providers = file.providers;
        for provider in &mut providers {
            let told = provider.complete();
            faults.extend(
                told.into_iter()
                    .map(|fault| format!("{}: {fault}", provider.issuer)),
            );
        }
        let mut issuers: Vec<&str> = providers.iter().map(|one| &one.issuer[..]).collect();
        issuers.sort_unstable();
        if issuers.windows(2).any(|pair| pair[0] == pair[1]) {
            faults.push("an issuer is named twice".to_owned());
        }
        if faults.is_empty() {
            Ok(providers)
        } else {
            Err(faults)
        }
    }

    fn complete(&mut self) -> Vec<Violation> {
        let mut faults = Vec::new();
        let mut fault =
            |argument: &str, problem: String| faults.push(Violation::new(argument, problem));
        for (name, value) in [("issuer", &self.issuer), ("audience", &self.audience)] {
            if value.trim().is_empty() {
                fault(name, "is empty".into());
            }
        }
        let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        if !is_web(&self.jwks_uri) {
            fault("jwks_uri", "is no http or https address".into());
        }
        self.typ = self.typ.to_ascii_lowercase();
        if !matches!(&self.typ[..], "at+jwt" | "jwt") {
            fault("type", "is neither at+jwt nor JWT".into());
        }
        if self.algorithms.is_empty() {
            fault("algorithms", "names none".into());
        }
        for name in &self.algorithms {
            match name.parse::<Algorithm>() {
                // A secret that two share proves nothing about who signed:
                // <https://www.rfc-editor.org/rfc/rfc8725#section-3.2>.
                Ok(algorithm) if algorithm.family() != AlgorithmFamily::Hmac => {
                    self.parsed.push(algorithm);
                }
                _ => fault(
                    "algorithms",
                    format!("has {name}, which is none that is safe here"),
                ),
            }
        }
        for RoleMapping {
            jurisdiction_id,
            role,
            ..
        } in &self.roles
        {
            faults.extend(JurisdictionId::parse(jurisdiction_id).err());
            faults.extend(role.parse::<Role>().err());
        }
        faults
    }

    /// With what it signs.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.parsed
    }

    /// What its access tokens say as `typ`, in small letters.
    pub fn typ(&self) -> &str {
        &self.typ
    }

    /// What the bearer of a token is in the jurisdiction.
    pub fn roles(
        &self,
        claims: &Map<String, Value>,
        jurisdiction_id: &JurisdictionId,
    ) -> Vec<Role> {
        let held = self.roles_claim.list(claims);
        let mapped = self.roles.iter().filter(|mapping| {
            mapping.jurisdiction_id == jurisdiction_id.as_str() && held.contains(&mapping.value)
        });
        mapped
            .filter_map(|mapping| mapping.role.parse().ok())
            .collect()
    }

    /// The agencies to which he is limited as staff; `None`: to none. Where the claim is expected
    /// and missing, there is no agency for which he may work.
    pub fn agencies(&self, claims: &Map<String, Value>) -> Option<Vec<String>> {
        let way = self.agencies_claim.as_ref()?;
        // An agency's name has blanks, so a text is one name.
        Some(match way.find(claims) {
            Some(Value::String(name)) => vec![name.clone()],
            _ => way.list(claims),
        })
    }

    /// What the public is told as his name, if anything.
    pub fn name<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a str> {
        self.name_claim.as_ref()?.find(claims)?.as_str()
    }

    /// Whether this is an ID token, which tells an app who has signed in and opens nothing:
    /// <https://www.rfc-editor.org/rfc/rfc9068#section-5>. Where `typ` does not tell it, these do.
    pub fn is_id_token(&self, claims: &Map<String, Value>) -> bool {
        let marks = ["nonce", "at_hash", "c_hash"];
        marks.iter().any(|name| claims.contains_key(*name))
            || claims.get("typ").is_some_and(|typ| typ == "ID")
    }
}

/// How somebody is named in history and audit: two providers never name two people alike.
pub fn staff_id(issuer: &str, subject: &str) -> String {
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    format!("staff:{}|{subject}", host.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const GOOD: &str = r#"
        [[provider]]
        issuer = "https://login.boston.gov/realms/city"
        jwks_uri = "https://login.boston.gov/realms/city/certs"
        audience = "georeport"
        algorithms = ["RS256", "ES256"]
        roles_claim = ["realm_access", "roles"]
        agencies_claim = "agencies"

        [[provider.role]]
        value = "311"
        jurisdiction_id = "boston.gov"
        role = "staff"

        [[provider.role]]
        value = "311"
        jurisdiction_id = "salem.gov"
        role = "auditor"
    "#;

    fn provider() -> Provider {
        Provider::read(GOOD).unwrap().remove(0)
    }

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_group_is_a_role_in_the_jurisdiction_that_the_file_says() {
        let provider = provider();
        let held = claims(json!({"realm_access": {"roles": ["x", "311"]}}));
        let roles = |id: &str| provider.roles(&held, &JurisdictionId::parse(id).unwrap());
        assert_eq!(roles("boston.gov"), [Role::Staff]);
        assert_eq!(roles("salem.gov"), [Role::Auditor]);
        assert_eq!(roles("lynn.gov"), []);
        let boston = JurisdictionId::parse("boston.gov").unwrap();
        for other in [
            json!({}),
            json!({"realm_access": {"roles": ["3110"]}}),
            json!({"realm_access": {"roles": [["311"]]}}),
            json!({"roles": ["311"]}),
            json!({"realm_access.roles": ["311"]}),
        ] {
            assert_eq!(provider.roles(&claims(other), &boston), []);
        }
    }

    #[test]
    fn whoever_should_have_agencies_and_has_none_may_work_for_none() {
        let agencies = |value: Value| provider().agencies(&claims(value));
        assert_eq!(agencies(json!({})), Some(vec![]));
        assert_eq!(
            agencies(json!({"agencies": "Public Works"})),
            Some(vec!["Public Works".into()])
        );
        let both = Some(vec!["Roads".into(), "Public Works".into()]);
        assert_eq!(
            agencies(json!({"agencies": ["Roads", "Public Works"]})),
            both
        );
    }

    #[test]
    fn people_are_named_by_provider_and_subject() {
        let id = staff_id("https://login.boston.gov/realms/city", "7f");
        assert_eq!(id, "staff:login.boston.gov/realms/city|7f");
    }

    #[test]
    fn an_id_token_is_known_by_its_marks() {
        let is_id_token = |value: Value| provider().is_id_token(&claims(value));
        assert!(is_id_token(json!({"nonce": "n"})) && is_id_token(json!({"typ": "ID"})));
        assert!(!is_id_token(json!({"typ": "Bearer", "scope": "openid"})));
    }

    #[test]
    fn what_is_not_safe_is_refused_at_start() {
        for (instead_of, this) in [
            (r#"["RS256", "ES256"]"#, r#"["none"]"#),
            (r#"["RS256", "ES256"]"#, r#"["RS256", "HS256"]"#),
            (r#"["RS256", "ES256"]"#, "[]"),
            (r#""georeport""#, r#""""#),
            (
                "https://login.boston.gov/realms/city/certs",
                "file:///etc/passwd",
            ),
            (r#""staff""#, r#""root""#),
            ("roles_claim", "rolesclaim"),
            ("audience", "audiences"),
        ] {
            let text = GOOD.replace(instead_of, this);
            assert!(Provider::read(&text).is_err(), "{this}");
        }
        assert!(Provider::read(&format!("{GOOD}{GOOD}")).is_err());
        let faults = Provider::read(&GOOD.replace("RS256", "HS256").replace("\"staff\"", "\"x\""));
        assert_eq!(faults.unwrap_err().len(), 2);
    }
}
