//! `GET /tokens/{token}.{format}`: the id that a token stands for.
//! <https://wiki.open311.org/GeoReport_v2/#get-service_request_id-from-a-token>

use super::documents::{TokenDocument, Tokens};
use crate::{
    error::ApiError,
    extract::{id_in_path, query_arguments},
    format::{Format, reply},
    openapi::parameters::{JurisdictionArgument, Suffix},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::SubmissionToken;
use storage::TokenState;

/// The id that a token stands for; while it is pending, the token alone.
#[utoipa::path(
    get,
    path = "/tokens/{token}.{format}",
    params(
        ("token" = String, Path, min_length = 1, example = "0f7c2d1e4b5a69788796a5b4c3d2e1f0", description = "The token that was answered on filing."),
        Suffix,
        JurisdictionArgument,
    ),
    responses(
        (status = 200, description = "The id, or the token alone.", content(
            (Tokens = "text/xml"), (Tokens = "application/json"))),
        (status = 400),
        (status = 404, description = "The token was never given out here."),
        (status = 503),
    )
)]
pub async fn get_service_request_id_from_token(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let arguments = query_arguments(&http_request)?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &arguments)
        .await?;
    let unknown = || ApiError::not_found("token is not known in this jurisdiction");
    let token = id_in_path(&http_request).ok_or_else(unknown)?;
    let token = SubmissionToken::parse(&token).map_err(|_no_token| unknown())?;
    let found = scope
        .storage
        .find_token(&token)
        .await?
        .ok_or_else(unknown)?;
    let document = Tokens(vec![TokenDocument {
        service_request_id: match &found {
            TokenState::Pending => None,
            TokenState::Resolved(id) => Some(id),
        },
        token: token.as_str(),
    }]);
    reply(Format::of_path(http_request.path()), &document)
}
