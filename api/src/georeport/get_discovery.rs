//! `GET /discovery.{format}`: what is served here, and where.
//! <https://wiki.open311.org/Service_Discovery/>

use crate::{
    config::EndpointType,
    error::ApiError,
    format::{Document, Format, reply},
    openapi::parameters::Suffix,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use domain::{QueryParameters, datetime};
use serde::Serialize;
use utoipa::ToSchema;

/// What the standard calls itself in discovery.
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

/// `discovery`.
#[derive(Serialize, ToSchema)]
pub struct Discovery {
    /// When anything in it, a service list or a service definition last changed.
    #[schema(format = DateTime)]
    changeset: String,
    /// How to reach a person.
    contact: String,
    /// How to get an API key.
    key_service: String,
    /// Where the methods are.
    endpoints: Vec<Endpoint>,
}

impl Document for Discovery {
    const ROOT: &'static str = "discovery";
}

/// One base path.
#[derive(Serialize, ToSchema)]
pub struct Endpoint {
    /// The standard.
    specification: &'static str,
    /// To which `/services.xml` is appended.
    url: String,
    /// When a service list or a service definition last changed.
    #[schema(format = DateTime)]
    changeset: String,
    /// production, or test: nobody acts on what is filed.
    #[serde(rename = "type")]
    #[schema(value_type = EndpointType)]
    endpoint_type: &'static str,
    /// Media types.
    formats: Vec<&'static str>,
}

impl Discovery {
    /// What the server at `public_url` tells when it serves one jurisdiction.
    pub fn example(public_url: &str) -> Self {
        let changeset = "2026-11-21T08:00:00Z".to_owned();
        Self {
            contact: "311@example.org".into(),
            key_service: "Write to 311@example.org".into(),
            endpoints: vec![Endpoint {
                specification: SPECIFICATION,
                url: format!("{public_url}/open311/v2"),
                changeset: changeset.clone(),
                endpoint_type: "production",
                formats: vec![Format::Xml.media_type(), Format::Json.media_type()],
            }],
            changeset,
        }
    }
}

/// What is served here, and where.
///
/// Without a jurisdiction in the path, every base path is listed, the common one first.
#[utoipa::path(
    get,
    path = "/discovery.{format}",
    params(Suffix),
    responses(
        (status = 200, description = "What is served here.", content(
            (Discovery = "text/xml"), (Discovery = "application/json"))),
        (status = 404, description = "The jurisdiction in the path is not served here."),
        (status = 503),
    )
)]
pub async fn get_discovery(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let shared = &state.shared;
    let config = &shared.config;
    let base = |id: &str| format!("{}/jurisdictions/{id}/open311/v2", shared.public_url);
    let mut contact = config.contact.clone();
    let (served, mut urls) = if http_request
        .match_info()
        .query("jurisdiction_id")
        .is_empty()
    {
        let list = shared.directory.list(&state.storage).await?;
        (
            list.to_vec(),
            vec![format!("{}/open311/v2", shared.public_url)],
        )
    } else {
        let none = QueryParameters::default();
        let scope = shared
            .directory
            .scope(&http_request, &state.storage, &none)
            .await?;
        if !scope.jurisdiction.contact.is_empty() {
            contact.clone_from(&scope.jurisdiction.contact);
        }
        (vec![scope.jurisdiction], vec![])
    };
    urls.extend(served.iter().map(|one| base(one.jurisdiction_id.as_str())));
    let changeset = served.iter().map(|one| one.changeset).max();
    let changeset = datetime::to_string(changeset.unwrap_or(DateTime::<Utc>::UNIX_EPOCH));
    let endpoint_type = match config.endpoint_type {
        EndpointType::Production => "production",
        EndpointType::Test => "test",
    };
    let document = Discovery {
        contact,
        key_service: config.key_service.clone(),
        endpoints: urls
            .into_iter()
            .map(|url| Endpoint {
                specification: SPECIFICATION,
                url,
                changeset: changeset.clone(),
                endpoint_type,
                formats: vec![Format::Xml.media_type(), Format::Json.media_type()],
            })
            .collect(),
        changeset,
    };
    reply(Format::of_path(http_request.path()), &document)
}
