//! `GET /api/v1/jurisdictions/{jurisdiction_id}/forwards`

use super::{Forwards, documents::ForwardDocument};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::query_arguments,
    openapi::words,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::{ForwardState, QueryParameters, Violation, Violations};
use uuid::Uuid;

/// Forwards in one answer.
const MAX_FORWARDS: i64 = 100;

/// The forwards in a state, a hundred at a time: go on with `after`.
///
/// What is `dead` or `uncertain` waits for people.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/forwards",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("state" = Option<words::ForwardState>, Query, nullable = false, example = "dead", description = "The state; dead where nothing is said."),
        ("after" = Option<String>, Query, nullable = false, format = "uuid", example = "0199b3a0-7c1e-7f00-8a00-000000000003",
            description = "The last forward_id of the answer before."),
    ),
    responses(
        (status = 200, description = "The forwards, or none.", content((Forwards = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn get_forwards(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let (wanted, after) = asked(&query_arguments(&http_request)?)?;
    let storage = &access.scope.storage;
    let forwards = storage.list_forwards(wanted, after, MAX_FORWARDS).await?;
    Ok(HttpResponse::Ok().json(Forwards {
        forwards: forwards.iter().map(ForwardDocument::from).collect(),
    }))
}

fn asked(arguments: &QueryParameters) -> Result<(ForwardState, Option<Uuid>), Violations> {
    let mut violations = Violations::none();
    let state = violations.take(arguments.one("state")).flatten();
    let state = state.map_or(Some(ForwardState::Dead), |word| {
        violations.take(ForwardState::parse(word))
    });
    let after = violations.take(arguments.one("after")).flatten();
    let after = after.and_then(|text| {
        let parsed = Uuid::parse_str(text.trim());
        violations.take(parsed.map_err(|_no_id| Violation::new("after", "is no forward_id")))
    });
    violations.check()?;
    Ok((state.unwrap_or(ForwardState::Dead), after))
}
