//! What a POST may hold, for the OpenAPI document: the body itself is read argument by argument
//! (`domain::Draft`), so that every fault can be told at once.
//! <https://wiki.open311.org/GeoReport_v2/#post-service-request>

use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A new service request: its service, one of the three locations (`lat` and `long`,
/// `address_string`, `address_id`), and what the service's definition asks for.
#[derive(ToSchema)]
pub struct ServiceRequestForm {
    /// The API key, unless it stands in `Authorization: Bearer`, where it is in nobody's log.
    #[schema(nullable = false, example = "the key that the city gave you")]
    pub api_key: Option<String>,
    /// The jurisdiction; required when several are served and none stands in the path.
    #[schema(nullable = false, max_length = 100, example = "boston.demo")]
    pub jurisdiction_id: Option<String>,
    /// The service, as the service list names it.
    #[schema(min_length = 1, max_length = 100, example = "sidewalk-repair")]
    pub service_code: String,
    /// Where, with `long`: degrees WGS84, within the jurisdiction.
    #[schema(nullable = false, minimum = -90, maximum = 90, example = 42.3601)]
    pub lat: Option<f64>,
    /// Where, with `lat`: degrees WGS84, within the jurisdiction.
    #[schema(nullable = false, minimum = -180, maximum = 180, example = -71.0589)]
    pub long: Option<f64>,
    /// Where, in words, on one line.
    #[schema(
        nullable = false,
        max_length = 500,
        example = "1 City Hall Square, Boston"
    )]
    pub address_string: Option<String>,
    /// Where, in the jurisdiction's own register.
    #[schema(nullable = false, max_length = 500, example = "1234")]
    pub address_id: Option<String>,
    /// What is wrong, for whoever acts; it is published.
    #[schema(
        nullable = false,
        max_length = 4000,
        example = "A slab is loose at the corner."
    )]
    pub description: Option<String>,
    /// Answers to the service's definition, each as `attribute[code]=value`; several choices as
    /// `attribute[code]=a&attribute[code]=b` or with `attribute[code][]`.
    #[schema(nullable = false, example = json!({"SIZE": "L"}))]
    pub attribute: Option<BTreeMap<String, String>>,
    /// A picture or a page elsewhere, `http` or `https`; it is never fetched.
    #[schema(
        nullable = false,
        max_length = 2000,
        format = "uri",
        example = "https://example.org/slab.jpg"
    )]
    pub media_url: Option<String>,
    /// The reporter's e-mail address; never published, like all that follows.
    #[schema(nullable = false, max_length = 500, example = "ada@example.org")]
    pub email: Option<String>,
    /// The reporter's telephone number.
    #[schema(nullable = false, max_length = 500, example = "+1 617 555 0100")]
    pub phone: Option<String>,
    /// The reporter's given name.
    #[schema(nullable = false, max_length = 500, example = "Ada")]
    pub first_name: Option<String>,
    /// The reporter's family name.
    #[schema(nullable = false, max_length = 500, example = "Lovelace")]
    pub last_name: Option<String>,
    /// The device that sends it.
    #[schema(nullable = false, max_length = 500, example = "a9d1c7")]
    pub device_id: Option<String>,
    /// The reporter's account with the app that sends it.
    #[schema(nullable = false, max_length = 500, example = "ada")]
    pub account_id: Option<String>,
}

/// The same with photos.
#[derive(ToSchema)]
pub struct ServiceRequestParts {
    /// Everything but the photos.
    #[serde(flatten)]
    pub form: ServiceRequestForm,
    /// A photo: JPEG, PNG or WebP, at most 10 MiB. It is written anew, without what it tells of
    /// camera and place, and becomes `media_url`.
    #[schema(nullable = false, value_type = Option<String>, format = Binary)]
    pub media: Option<Vec<u8>>,
    /// Further photos.
    #[serde(rename = "media[]")]
    #[schema(nullable = false, value_type = Option<Vec<String>>, format = Binary)]
    pub further_media: Option<Vec<Vec<u8>>>,
}
