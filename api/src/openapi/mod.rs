//! The OpenAPI document, put together from the operations that are served.

mod examples;
mod failures;
pub mod parameters;
pub mod words;
mod xml;

use crate::{
    app::{self, FIXED, STANDARD},
    error::{ErrorDocument, Errors, Problem, ProblemError},
    extensions::{
        audit_entries::{AuditEntries, AuditEntryDocument},
        events::Events,
        forward_rules::{ForwardRules, RuleDocument, RuleForm},
        forwards::{ForwardDocument, ForwardReplayForm, Forwards, RouteForm},
        keys::{KeyDocument, KeyForm, KeyWithSecret, Keys},
        mirrors::{MirrorDocument, MirrorForm},
        oauth::post_token::{Token, TokenFailure, TokenForm},
        remotes::{RemoteDocument, RemoteForm, Remotes},
        response_templates::{ResponseTemplates, TemplateDocument, TemplateForm},
        service_levels::{
            HolidayDocument, Holidays, LevelDocument, ServiceLevelDocument, WorkingHoursDocument,
        },
        service_request_updates::{CreatedUpdates, ServiceRequestUpdates, UpdateForm, UpdateParts},
        service_requests::{
            BulkForm, BulkResults, ChangeForm, ChangeParts, DuplicateForm, NoteForm, NoteParts,
            RedactionForm, StaffRequestDocument, StaffRequestUpdates, StaffRequests,
        },
        webhooks::{
            AttemptDocument, Deliveries, DeliveryDocument, DeliveryWithAttempts, FilterDocument,
            ReplayDocument, ReplayForm, RotationForm, SecretDocument, WebhookDocument, WebhookForm,
            WebhookPatch, WebhookWithSecret, Webhooks,
        },
    },
    georeport::{
        documents::{Created, DefinitionDocument, ServiceRequests, Services, Tokens},
        get_discovery::Discovery,
        service_request_form::{ServiceRequestForm, ServiceRequestParts},
    },
    operation::Operation,
};
use utoipa::{
    OpenApi,
    openapi::{
        RefOr, Required,
        encoding::EncodingBuilder,
        path::{self, ParameterBuilder, ParameterIn, ParameterStyle},
        schema::{ObjectBuilder, Schema, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        server::Server,
    },
};

/// What holds for the whole; the operations come from [`app::operations`].
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Open311 GeoReport v2",
        description = "An Open311 GeoReport v2 endpoint: <https://wiki.open311.org/GeoReport_v2/>. \
            Each method of the standard answers XML and JSON, as the suffix of its path says, \
            under two base paths: `/open311/v2`, where `jurisdiction_id` is an argument, and \
            `/jurisdictions/{jurisdiction_id}/open311/v2`, where it is fixed.\n\n\
            Wherever GET is answered, HEAD is answered with the same status and headers and no \
            body. OPTIONS is answered with 204 and the methods in `Allow`, any other method with \
            405, the methods in `Allow` and an errors document, and a path that is not listed here \
            with 404 and an errors document. An argument that is sent empty counts as left out.",
    ),
    tags(
        (name = "GeoReport v2", description = "The standard; the jurisdiction is an argument"),
        (name = "GeoReport v2 of one jurisdiction", description = "The standard; the jurisdiction stands in the path"),
        (name = "Server", description = "Beside the standard"),
    ),
    components(schemas(
        Errors<'static>, ErrorDocument<'static>, Problem<'static>, ProblemError<'static>,
        Discovery, Services<'static>, DefinitionDocument<'static>, ServiceRequests<'static>,
        Created<'static>, Tokens<'static>, ServiceRequestForm, ServiceRequestParts, words::Sort,
        ServiceRequestUpdates<'static>, CreatedUpdates<'static>, UpdateForm, UpdateParts,
        Events<'static>, words::EventType, words::DetailedStatus, words::ClosingReason,
        Token<'static>, TokenFailure<'static>, TokenForm,
        AuditEntries<'static>, AuditEntryDocument<'static>,
        Keys<'static>, KeyDocument<'static>, KeyWithSecret, KeyForm,
        Webhooks<'static>, WebhookDocument<'static>, WebhookWithSecret<'static>, SecretDocument<'static>,
        FilterDocument<'static>, ReplayDocument, Deliveries<'static>, DeliveryDocument<'static>,
        DeliveryWithAttempts<'static>, AttemptDocument<'static>, WebhookForm, WebhookPatch, RotationForm,
        ReplayForm, words::EventKind, words::WebhookState, words::DisabledReason, words::DeliveryState,
        words::AttemptError,
        Forwards<'static>, ForwardDocument<'static>, words::ForwardState, RouteForm, ForwardReplayForm,
        ForwardRules, RuleDocument, RuleForm, MirrorDocument<'static>, MirrorForm,
        Remotes<'static>, RemoteDocument<'static>, RemoteForm,
        StaffRequests<'static>, StaffRequestDocument<'static>, StaffRequestUpdates<'static>,
        BulkResults<'static>, ChangeForm, ChangeParts, NoteParts, BulkForm, NoteForm, DuplicateForm,
        ServiceLevelDocument, LevelDocument, WorkingHoursDocument, Holidays<'static>,
        HolidayDocument<'static>, ResponseTemplates<'static>, TemplateDocument<'static>, TemplateForm,
        words::LevelUnit, RedactionForm, words::Priority, words::RedactedPart,
    )),
)]
struct Document;

/// The document, for a server that is reached at `server`: an absolute URL, or one relative to where
/// the document is served.
pub fn document(server: &str) -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.servers = Some(vec![Server::new(server)]);
    for (base_path, operations) in app::operations() {
        for operation in operations {
            let path = format!("{base_path}{}", operation.path);
            let method = vec![operation.method.clone()];
            let described = described(base_path, &path, operation);
            document.paths.add_path_operation(path, method, described);
        }
    }
    if let Some(components) = &mut document.components {
        components.responses.extend(failures::components());
        for (name, scheme) in security_schemes() {
            components.add_security_scheme(name, scheme);
        }
        xml::name_elements(&mut components.schemas);
        components.schemas.values_mut().for_each(describe_nullable);
    }
    document
}

/// What is said of a field that may be null belongs to the field; utoipa says it of what the field
/// holds when it is not null.
fn describe_nullable(schema: &mut RefOr<Schema>) {
    let object = match schema {
        RefOr::T(Schema::Object(object)) => object,
        RefOr::T(Schema::AllOf(parts)) => {
            return parts.items.iter_mut().for_each(describe_nullable);
        }
        _ => return,
    };
    for property in object.properties.values_mut() {
        if let RefOr::T(Schema::OneOf(either)) = property
            && let Some(RefOr::Ref(reference)) = either.items.first_mut()
            && either.description.is_none()
        {
            either.description = Some(std::mem::take(&mut reference.description));
        }
    }
}

/// What the handler says, with what follows from where it is served.
fn described(base_path: &str, path: &str, operation: Operation) -> path::Operation {
    let mut described = operation.description;
    let id = described.operation_id.take().unwrap_or_default();
    let (tag, id) = match base_path {
        STANDARD => ("GeoReport v2", id),
        FIXED => {
            fix_jurisdiction(&mut described);
            let id = format!("{id}_of_jurisdiction");
            ("GeoReport v2 of one jurisdiction", id)
        }
        _ if id == "get_discovery" => ("GeoReport v2", format!("{id}_at_root")),
        _ => ("Server", id),
    };
    described.tags = Some(vec![tag.to_owned()]);
    described.operation_id = Some(id);
    failures::complete(path, &mut described);
    examples::add(&mut described);
    allow_empty_values(&mut described);
    bracket_attributes(&mut described);
    described
}

/// `jurisdiction_id` stands in the path and need not be sent again.
fn fix_jurisdiction(described: &mut path::Operation) {
    let parameters = described.parameters.get_or_insert_default();
    parameters.retain(|parameter| {
        !matches!(parameter, RefOr::T(parameter) if parameter.name == "jurisdiction_id")
    });
    let text = ObjectBuilder::new().schema_type(Type::String);
    let fixed = ParameterBuilder::new()
        .name("jurisdiction_id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The jurisdiction, as discovery names it."))
        .schema(Some(text.min_length(Some(1))))
        .example(Some("boston.demo".into()));
    parameters.insert(0, fixed.build().into());
}

/// An argument that is sent empty counts as left out. utoipa has no word for that.
fn allow_empty_values(described: &mut path::Operation) {
    for parameter in described.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Query
        {
            parameter.extensions = Some([("allowEmptyValue", true)].into_iter().collect());
        }
    }
}

/// Answers to a service's definition are sent as `attribute[code]=value`.
fn bracket_attributes(described: &mut path::Operation) {
    let Some(RefOr::T(body)) = &mut described.request_body else {
        return;
    };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content {
            let brackets = EncodingBuilder::new().style(Some(ParameterStyle::DeepObject));
            let encoding = brackets.explode(Some(true)).build();
            content.encoding.insert("attribute".to_owned(), encoding);
        }
    }
}

/// Where a credential may stand. A form field `api_key` is a third place, which OpenAPI cannot say.
fn security_schemes() -> [(&'static str, SecurityScheme); 2] {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An API key, or a token that `POST /api/v1/oauth/token` or the city's own identity \
             provider issued.",
        ));
    let query = ApiKeyValue::with_description(
        "api_key",
        "The API key as an argument of the query; it may also be a field of the form.",
    );
    [
        ("bearer", SecurityScheme::Http(bearer.build())),
        ("api_key", SecurityScheme::ApiKey(ApiKey::Query(query))),
    ]
}
