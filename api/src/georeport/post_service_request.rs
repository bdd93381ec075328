//! `POST /requests.{format}`: files a service request.
//! <https://wiki.open311.org/GeoReport_v2/#post-service-request>

use super::{
    documents::{Created, CreatedRequest},
    service_request_form::{ServiceRequestForm, ServiceRequestParts},
};
use crate::{
    access::{Access, Permission},
    directory::Scope,
    error::{ApiError, Kind},
    extract::{idempotency_key, read},
    federation::loop_guard::way_here,
    format::{Format, reply},
    openapi::parameters::Suffix,
    photos::Picture,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use domain::{Draft, ServiceRequestId, Submission, SubmissionToken, Violation, datetime};
use futures_util::future::try_join;
use storage::{NewPhoto, NewServiceRequest, Outcome, Receipt, Terms};

/// Ids are drawn at random; that so many are taken happens when a jurisdiction runs out of them.
const CANDIDATES: usize = 8;

/// Files a service request. The answer holds its id, or a token for it, as the service's type says.
///
/// Arguments may stand in the form or the query string; files (`media`, `media[]`, …) make
/// `media_url`. With the header `Idempotency-Key` a repeated POST is carried out once.
#[utoipa::path(
    post,
    path = "/requests.{format}",
    params(
        Suffix,
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "5f2c1b9e-5d0a-4a53-9c1e-8f6f7f1f2a11",
            description = "A POST that is repeated with it within 24 hours is carried out once."),
        ("GeoReport-Hops" = Option<String>, Header, nullable = false,
            example = "0f1e2d3c/county.example/24-00017",
            description = "The way that a service request has come which another server forwards: server/jurisdiction_id/service_request_id of each, separated by commas, the origin first. One that was here before is refused."),
    ),
    request_body(description = "The standard's arguments; they may also stand in the query.", content(
        (ServiceRequestForm = "application/x-www-form-urlencoded",
            example = json!({
                "jurisdiction_id": "boston.demo", "service_code": "sidewalk-repair",
                "lat": 42.3601, "long": -71.0589, "description": "A slab is loose at the corner."
            })),
        (ServiceRequestParts = "multipart/form-data",
            encoding(
                ("media" = (content_type = "image/jpeg, image/png, image/webp")),
                ("media[]" = (content_type = "image/jpeg, image/png, image/webp"))),
            example = json!({
                "jurisdiction_id": "boston.demo", "service_code": "sidewalk-repair",
                "address_string": "1 City Hall Square, Boston", "description": "A slab is loose at the corner."
            })),
    )),
    responses(
        (status = 200, description = "It is filed and will not be lost.", content(
            (Created = "text/xml"), (Created = "application/json"))),
        (status = 400),
        (status = 403),
        (status = 404, description = "The jurisdiction or the service is not served here."),
        (status = 408),
        (status = 409),
        (status = 413),
        (status = 415, description = "The body is no form, or a file is no JPEG, PNG or WebP."),
        (status = 422),
        (status = 503),
    ),
    security(("bearer" = ["file-service-requests"]), ("api_key" = ["file-service-requests"])),
)]
pub async fn post_service_request(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let submitted = read(&http_request, payload, &state.shared).await?;
    let directory = &state.shared.directory;
    let scope = directory
        .scope(&http_request, &state.storage, &submitted.arguments)
        .await?;
    let key = submitted.api_key.as_deref();
    let file = Permission::FileServiceRequests;
    let draft = Draft::parse(&submitted.arguments, submitted.attributes.clone());
    let (storage, zone, now) = (
        scope.storage.clone(),
        scope.jurisdiction.time_zone,
        datetime::to_seconds(Utc::now()),
    );
    // Both are asked for at once; what is wrong with the key is told first.
    let terms = async {
        Ok(match &draft.service_code {
            Some(code) => storage.find_terms(code, draft.position, now, zone).await,
            None => Ok(None),
        })
    };
    let access = Access::require_key(&http_request, key, scope, &state, file);
    let (Access { scope, principal }, terms) = try_join(access, terms).await?;
    let idempotency = idempotency_key(&http_request, &principal, &submitted)?;
    if let Some(key) = &idempotency
        && let Some(earlier) = scope.storage.find_repeated(key).await?
    {
        return answer(&http_request, earlier);
    }
    let hops = way_here(&http_request, &state, scope.storage.jurisdiction_id()).await?;
    let submission = check(&scope, draft, terms?, now)?;
    let photos = state.shared.photos.prepare(&submitted.files).await?;
    let stored = store_photos(&state, &scope, &photos).await?;
    let random = || rand::random::<u64>();
    let draw = |_| {
        scope
            .jurisdiction
            .id_format
            .draw(Utc::now(), scope.jurisdiction.time_zone, random())
    };
    let candidates: Vec<ServiceRequestId> = (0..CANDIDATES).map(draw).collect::<Result<_, _>>()?;
    let outcome = scope
        .storage
        .file(&NewServiceRequest {
            submission: &submission,
            candidates: &candidates,
            token: &SubmissionToken::parse(&format!("{:032x}", rand::random::<u128>()))?,
            photos: &stored,
            idempotency: idempotency.as_ref(),
            author: principal.id(),
            now: Utc::now(),
            hops: &hops,
        })
        .await;
    // A failed commit may have succeeded: then the row needs its files.
    if matches!(outcome, Ok(ref outcome) if !matches!(outcome, Outcome::Filed(_))) {
        state.shared.photos.delete(&stored).await;
    }
    answer(&http_request, outcome?)
}

/// The submission, if it may be accepted.
fn check(
    scope: &Scope,
    draft: Draft,
    terms: Option<Terms>,
    now: DateTime<Utc>,
) -> Result<Submission, ApiError> {
    let Some(service_code) = &draft.service_code else {
        return Err(draft.violations.into());
    };
    let terms = terms.ok_or_else(|| {
        ApiError::not_found(format!(
            "service_code {service_code} is not known in this jurisdiction"
        ))
    })?;
    let submission = draft.submit(
        &scope.jurisdiction,
        terms.service,
        &terms.definition,
        terms.is_inside,
        now,
    )?;
    Ok(Submission {
        expected_datetime: terms.expected_datetime,
        ..submission
    })
}

/// Puts the photos where they will be served from, before any row speaks of them.
pub async fn store_photos(
    state: &State,
    scope: &Scope,
    photos: &[Picture],
) -> Result<Vec<NewPhoto>, ApiError> {
    let mut stored = Vec::with_capacity(photos.len());
    for photo in photos {
        let id = &scope.jurisdiction.jurisdiction_id;
        stored.push(state.shared.photos.put(id, photo).await?);
    }
    Ok(stored)
}

fn answer(http_request: &HttpRequest, outcome: Outcome) -> Result<HttpResponse, ApiError> {
    let Receipt {
        service_request_id,
        token,
        service_notice,
    } = match outcome {
        Outcome::Filed(receipt) | Outcome::Repeated(receipt) => receipt,
        Outcome::KeyReused => {
            return Err(ApiError::new(
                Kind::KeyReused,
                "Idempotency-Key was used before with another body; use a new key for a new service request",
            ));
        }
        Outcome::StillRunning => {
            return Err(ApiError::new(
                Kind::Conflict,
                "Idempotency-Key belongs to a POST that is still running; try again soon",
            ));
        }
        Outcome::NoIdFree => {
            return Err(ApiError::internal(
                Violation::new("id_format", "has too few free ids left").to_string(),
            ));
        }
    };
    let document = Created(vec![CreatedRequest {
        service_request_id: service_request_id.as_deref(),
        token: token.as_deref(),
        service_notice: service_notice.as_deref(),
        account_id: None,
    }]);
    reply(Format::of_path(http_request.path()), &document)
}
