//! Who may do what: a caller shows a credential and is a [`Principal`] in one jurisdiction, with
//! permissions there and nowhere else.

mod config;
mod credential;
mod key_rates;
mod new_client;
mod new_key;
mod permission;
mod principal;
mod secret;
mod token;

pub use config::{AccessArgs, AccessConfig};
pub use credential::presented_key;
pub use key_rates::KeyRates;
pub use new_client::{GrantDraft, make_client, rotate_signing_key};
pub use new_key::{KEY_ID_LENGTH, NewKey};
pub use permission::{Grant, Permission, Role};
pub use principal::Principal;
pub use secret::{Secret, hash_of};
pub use token::{LIFE, SigningKey, Tokens, staff_id};

use crate::{
    directory::Scope,
    error::{ApiError, Kind},
    state::State,
};
use actix_web::HttpRequest;
use credential::principal_of;
use domain::QueryParameters;

/// A caller who may do what he asks for.
pub struct Access {
    /// Where.
    pub scope: Scope,
    /// Who.
    pub principal: Principal,
}

impl Access {
    /// Lets a caller of a path of ours in, to the jurisdiction in the path. His credential is in the
    /// header `Authorization: Bearer` (<https://www.rfc-editor.org/rfc/rfc6750#section-2.1>), never
    /// in the address.
    ///
    /// # Errors
    /// 401 when there is no credential or none that is good here, 403 when he lacks the permission,
    /// 404 when the jurisdiction is not served, 400 when he would change a read-only copy.
    pub async fn require(
        http_request: &HttpRequest,
        state: &State,
        permission: Permission,
    ) -> Result<Self, ApiError> {
        let credential = presented_key(http_request.headers(), None).ok_or_else(|| {
            ApiError::new(
                Kind::Unauthenticated,
                "this is not for everybody: send a token or an API key in Authorization: Bearer",
            )
        })?;
        let scope = state
            .shared
            .directory
            .scope(http_request, &state.storage, &QueryParameters::new(vec![]))
            .await?;
        let principal = principal_of(credential, &scope, state).await?;
        let principal = principal.ok_or_else(|| {
            ApiError::new(
                Kind::Unauthenticated,
                "the token or API key is not good here",
            )
        })?;
        if !principal.may(permission) {
            let sentence = format!("this needs the permission {permission}");
            return Err(ApiError::new(Kind::Forbidden, sentence));
        }
        if permission.changes_service_requests() {
            scope.check_writable()?;
        }
        Ok(Self { scope, principal })
    }

    /// Lets a caller of a method of the standard in. His key is in the header, or in the argument
    /// `api_key`, and whatever is wrong with it is 403.
    /// <https://wiki.open311.org/GeoReport_v2/#api-keys>
    ///
    /// # Errors
    /// 400 in a read-only copy, whoever asks; 403 when there is no key, none that is good here, or one
    /// without the permission.
    pub async fn require_key(
        http_request: &HttpRequest,
        key_argument: Option<&str>,
        scope: Scope,
        state: &State,
        permission: Permission,
    ) -> Result<Self, ApiError> {
        if permission.changes_service_requests() {
            scope.check_writable()?;
        }
        let refuse = |sentence| ApiError::new(Kind::InvalidKey, sentence);
        let credential = presented_key(http_request.headers(), key_argument)
            .ok_or_else(|| refuse("api_key was not provided"))?;
        let principal = principal_of(credential, &scope, state)
            .await?
            .ok_or_else(|| refuse("api_key is not valid here"))?;
        if !principal.may(permission) {
            return Err(refuse("api_key is not valid for this"));
        }
        Ok(Self { scope, principal })
    }
}
