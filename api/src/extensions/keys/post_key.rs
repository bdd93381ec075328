//! `POST /api/v1/jurisdictions/{jurisdiction_id}/keys`

use super::{KeyForm, KeyWithSecret};
use crate::{
    access::{Access, NewKey, Permission, Principal},
    error::{ApiError, Kind},
    extract::read_object,
    openapi::parameters::Jurisdiction,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{Fields, Violations};
use storage::By;

/// Makes an API key. It is in the answer, and nowhere else: only its hash is stored.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/keys",
    params(Jurisdiction),
    request_body(description = "The key.", content((KeyForm = "application/json", example = json!({
        "label": "Fix It, by Example Ltd", "requests_per_minute": 600
    })))),
    responses(
        (status = 201, description = "The key.", content((KeyWithSecret = "application/json", example = json!({
            "key_id": "grk_0a1b2c3d", "api_key": "grk_0a1b2c3d00112233445566778899aabbccddeeff"
        })))),
        (status = 400),
        (status = 401),
        (status = 403, description = "The caller may not make keys, or none that may so much."),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-keys"])),
)]
pub async fn post_key(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageKeys).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let now = Utc::now();
    let new = parse(&body.fields(), access.scope.jurisdiction.time_zone, now)?;
    check_reach(&new, &access.principal)?;
    let by = By {
        actor: access.principal.id(),
        operation: "post_key",
    };
    let key = new.make(&access.scope.storage, by, now).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(KeyWithSecret {
            key_id: key.id().to_owned(),
            api_key: key.to_string(),
        }))
}

/// Nobody gets more by making a key than he has.
fn check_reach(new: &NewKey, principal: &Principal) -> Result<(), ApiError> {
    let permissions = new.permissions();
    let beyond = permissions.iter().find(|one| !principal.may(**one));
    match beyond {
        Some(permission) => Err(ApiError::new(
            Kind::Forbidden,
            format!("who has not the permission {permission} makes no key that has it"),
        )),
        None => Ok(()),
    }
}

fn parse(fields: &Fields, zone: Tz, now: DateTime<Utc>) -> Result<NewKey, Violations> {
    let mut violations = Violations::none();
    let known = ["label", "scopes", "requests_per_minute", "expires_datetime"];
    fields.refuse_others(&known, &mut violations);
    let label = fields.text("label", &mut violations).flatten();
    let scopes = fields.list("scopes", &mut violations);
    let scopes: Vec<String> = scopes.into_iter().map(str::to_owned).collect();
    let rate = fields.number("requests_per_minute", &mut violations);
    let expires = fields.text("expires_datetime", &mut violations).flatten();
    let key = NewKey::parse(label.unwrap_or_default(), &scopes, rate, expires, zone, now);
    let key = key.map_err(|mut faults| {
        for fault in &mut faults.0 {
            if fault.argument == "scope" {
                fault.argument = "scopes".to_owned();
            }
        }
        faults
    });
    let faults = key.as_ref().err().map(|faults| faults.0.clone());
    // What is no text was told already.
    for fault in faults.into_iter().flatten() {
        if violations
            .0
            .iter()
            .all(|told| told.argument != fault.argument)
        {
            violations.add(fault);
        }
    }
    violations.check()?;
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use domain::Sent;

    fn parsed(sent: &[(&str, Sent)]) -> Result<NewKey, Violations> {
        let sent = sent
            .iter()
            .map(|(name, sent)| ((*name).into(), sent.clone()));
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        parse(&Fields::new(sent.collect()), Tz::UTC, now)
    }

    #[test]
    fn every_fault_is_told_once_in_the_words_of_the_form() {
        let told = parsed(&[
            ("label", Sent::Number(1)),
            ("scopes", Sent::List(vec!["root".into()])),
            ("requests_per_minute", Sent::Number(0)),
            ("expires_datetime", Sent::Text("soon".into())),
            ("key_id", Sent::Text("grk_mine".into())),
        ]);
        let told = told.unwrap_err();
        let mut blamed: Vec<&str> = told.0.iter().map(|one| &one.argument[..]).collect();
        blamed.sort_unstable();
        assert_eq!(
            blamed,
            [
                "expires_datetime",
                "key_id",
                "label",
                "requests_per_minute",
                "scopes"
            ]
        );
        let empty = parsed(&[]).unwrap_err();
        assert_eq!(empty.to_string(), "label was not provided");
    }

    #[test]
    fn nobody_makes_a_key_that_may_more_than_he() {
        let key = |scopes: &[&str]| {
            let scopes = scopes.iter().map(|&word| word.to_owned()).collect();
            parsed(&[
                ("label", Sent::Text("x".into())),
                ("scopes", Sent::List(scopes)),
            ])
        };
        let administrator =
            Principal::of_staff("a".into(), "a".into(), &[Role::Administrator], None);
        let staff = Principal::of_staff("s".into(), "s".into(), &[Role::Staff], None);
        let moderator = key(&["moderator"]).unwrap();
        assert!(check_reach(&moderator, &administrator).is_ok());
        assert!(check_reach(&moderator, &staff).is_err());
        assert!(check_reach(&key(&["staff", "post-updates"]).unwrap(), &staff).is_ok());
    }
}
