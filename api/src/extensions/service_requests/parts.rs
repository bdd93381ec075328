//! What staff send: fields, as JSON or as a form, which may come with photos.

use crate::{
    access::Access,
    error::ApiError,
    extract::{JsonObject, Submitted, is_json, read, read_object},
    georeport::post_service_request::store_photos,
    state::State,
};
use actix_web::{HttpRequest, web};
use domain::{Fields, Sent};
use storage::NewPhoto;

/// What was sent.
pub struct Parts {
    /// Everything but the photos.
    pub fields: Fields,
    body: Body,
}

/// Kept, because the memory that it takes is counted as long.
enum Body {
    Json(#[expect(dead_code, reason = "holds its share of the memory")] JsonObject),
    Form(Submitted),
}

impl Parts {
    fn form(&self) -> Option<&Submitted> {
        match &self.body {
            Body::Json(_) => None,
            Body::Form(submitted) => Some(submitted),
        }
    }

    /// Whether there are photos.
    pub fn has_photos(&self) -> bool {
        self.form().is_some_and(|form| !form.files.is_empty())
    }

    /// The photos, which are in the object store when this is over.
    ///
    /// # Errors
    /// 400 and 415 for files that are no photos; 503 when they cannot be stored.
    pub async fn store_photos(
        &self,
        access: &Access,
        state: &State,
    ) -> Result<Vec<NewPhoto>, ApiError> {
        let Some(form) = self.form() else {
            return Ok(vec![]);
        };
        let pictures = state.shared.photos.prepare(&form.files).await?;
        store_photos(state, &access.scope, &pictures).await
    }
}

/// Reads the body.
///
/// # Errors
/// As every body: 400, 408, 413, 415, 503.
pub async fn read_parts(
    http_request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<Parts, ApiError> {
    if is_json(http_request.headers())? {
        let object = read_object(http_request, payload, &state.shared).await?;
        return Ok(Parts {
            fields: object.fields(),
            body: Body::Json(object),
        });
    }
    let submitted = read(http_request, payload, &state.shared).await?;
    Ok(Parts {
        fields: form_fields(&submitted.pairs),
        body: Body::Form(submitted),
    })
}

/// The arguments of a form as fields: what is sent twice is a list, what is sent empty counts as left
/// out.
fn form_fields(pairs: &[(String, String)]) -> Fields {
    let mut fields: Vec<(String, Sent)> = Vec::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let known = fields.iter_mut().find(|(known, _)| known == name);
        match known.map(|(_, sent)| sent) {
            None => fields.push((name.clone(), Sent::Text(value.clone()))),
            Some(Sent::List(values)) => values.push(value.clone()),
            Some(sent) => {
                if let Sent::Text(first) = sent {
                    *sent = Sent::List(vec![std::mem::take(first), value.clone()]);
                }
            }
        }
    }
    Fields::new(fields)
}
