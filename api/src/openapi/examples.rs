//! An example of every document, written by the same code as the answers: XML and JSON are what the
//! server would send for the same values.

use crate::{
    error::{ApiError, Kind},
    extensions::{
        events::{EventDocument, Events},
        forward_rules::{ForwardRules, RuleDocument},
        forwards::{ForwardDocument, Forwards},
        mirrors::MirrorDocument,
        remotes::{RemoteDocument, Remotes},
        response_templates::{ResponseTemplates, TemplateDocument},
        service_levels::{HolidayDocument, Holidays, ServiceLevelDocument, WorkingHoursDocument},
        service_request_updates::{
            CreatedUpdate, CreatedUpdates, ServiceRequestUpdates, UpdateDocument,
        },
        service_requests::{
            BulkResult, BulkResults, StaffRequestDocument, StaffRequestUpdates, StaffRequests,
            StaffUpdateDocument,
        },
        webhooks::{
            AttemptDocument, Deliveries, DeliveryDocument, DeliveryWithAttempts, ReplayDocument,
            SecretDocument, WebhookDocument, WebhookWithSecret, Webhooks,
        },
    },
    format::{Document, Format},
    georeport::{
        documents::{
            Created, CreatedRequest, DefinitionDocument, RequestDocument, ServiceRequests,
            Services, TokenDocument, Tokens,
        },
        get_discovery::Discovery,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AttributeAnswer, AttributeDefinition, AttributeMap, AttributeValue, Closing, ClosingReason,
    Datatype, DetailedStatus, ForwardState, Holiday, LevelUnit, Mirror, Opening, Position,
    Priority, Progress, Remote, RemoteName, Reporter, ResponseTemplate, Service, ServiceCode,
    ServiceDefinition, ServiceLevel, ServiceLevels, ServiceRequest, ServiceRequestId,
    ServiceRequestUpdate, ServiceType, StaffServiceRequest, Status, TemplateName, TemplateText,
    UpdateKind, Violation, Violations, WebhookSettings, WebhookState, WorkingHours,
};
use serde_json::Value;
use storage::{
    AttemptRow, Delivery, DeliveryState, FeedEntry, Forward, ForwardRule, MirrorState, Total, View,
    Webhook,
};
use utoipa::openapi::{Content, RefOr, path::Operation};
use uuid::Uuid;

/// Where the examples' server is.
const PUBLIC_URL: &str = "https://311.example.org";

/// Adds an example to every document of the standard that the operation answers.
pub fn add(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else {
            continue;
        };
        for (media_type, content) in &mut response.content {
            let RefOr::T(content) = content else { continue };
            for format in [Format::Xml, Format::Json] {
                if format.media_type() == media_type
                    && let Some(example) = example_of(content, format)
                {
                    content.example = Some(example);
                }
            }
        }
    }
}

/// `None`: it is no document of the standard.
fn example_of(content: &Content, format: Format) -> Option<Value> {
    let Some(RefOr::Ref(reference)) = &content.schema else {
        return None;
    };
    match reference.ref_location.rsplit('/').next()? {
        "Discovery" => written(&Discovery::example(PUBLIC_URL), format),
        "Services" => written(&Services(vec![(&service().ok()?).into()]), format),
        "DefinitionDocument" => written(&DefinitionDocument::from(&definition().ok()?), format),
        "ServiceRequests" => {
            let request = service_request().ok()?;
            let document = RequestDocument::extended(&request, PUBLIC_URL);
            written(&ServiceRequests(vec![document]), format)
        }
        "Created" => {
            let created = CreatedRequest {
                service_request_id: Some("26-1234-5678"),
                token: None,
                service_notice: Some("A crew looks at it within two working days."),
                account_id: None,
            };
            written(&Created(vec![created]), format)
        }
        "Tokens" => {
            let token = TokenDocument {
                service_request_id: Some("26-1234-5678"),
                token: "0f7c2d1e4b5a69788796a5b4c3d2e1f0",
            };
            written(&Tokens(vec![token]), format)
        }
        "ServiceRequestUpdates" => {
            let update = update().ok()?;
            let document = UpdateDocument::extended(&update, PUBLIC_URL);
            written(&ServiceRequestUpdates(vec![document]), format)
        }
        "Events" => {
            let entry = FeedEntry {
                position: 4_712,
                update: update().ok()?,
                service_request: service_request().ok(),
            };
            let event = EventDocument::new("boston.demo", &entry, View::Public, PUBLIC_URL);
            let events = Events {
                events: vec![event],
                cursor: "4712".into(),
            };
            serde_json::to_value(events).ok()
        }
        "Forwards" => {
            let forward = forward().ok()?;
            let forwards = vec![ForwardDocument::from(&forward)];
            serde_json::to_value(Forwards { forwards }).ok()
        }
        name @ ("Webhooks"
        | "WebhookDocument"
        | "WebhookWithSecret"
        | "SecretDocument"
        | "Deliveries"
        | "DeliveryDocument"
        | "DeliveryWithAttempts"
        | "ReplayDocument") => webhook_example(name),
        "ForwardDocument" => serde_json::to_value(ForwardDocument::from(&forward().ok()?)).ok(),
        "Remotes" => {
            let remote = remote().ok()?;
            let remotes = vec![RemoteDocument::from(&remote)];
            serde_json::to_value(Remotes { remotes }).ok()
        }
        "RemoteDocument" => serde_json::to_value(RemoteDocument::from(&remote().ok()?)).ok(),
        "ForwardRules" => {
            let forward_rules = vec![RuleDocument::from(&rule().ok()?)];
            serde_json::to_value(ForwardRules { forward_rules }).ok()
        }
        "RuleDocument" => serde_json::to_value(RuleDocument::from(&rule().ok()?)).ok(),
        "MirrorDocument" => serde_json::to_value(MirrorDocument::from(&mirror().ok()?)).ok(),
        "StaffRequests" => {
            let found = [staff_service_request().ok()?];
            let total = Some(Total {
                count: 1,
                is_exact: true,
            });
            let page = StaffRequests::new(&found, false, total, PUBLIC_URL, at(1_795_507_200));
            serde_json::to_value(page).ok()
        }
        "StaffRequestDocument" => {
            let found = staff_service_request().ok()?;
            let document = StaffRequestDocument::new(&found, PUBLIC_URL, at(1_795_507_200));
            serde_json::to_value(document).ok()
        }
        "StaffRequestUpdates" => {
            let update = update().ok()?;
            let updates = vec![StaffUpdateDocument::new(&update, PUBLIC_URL)];
            serde_json::to_value(StaffRequestUpdates { updates }).ok()
        }
        "ServiceLevelDocument" => {
            let levels = service_levels().ok()?;
            serde_json::to_value(ServiceLevelDocument::from(&levels)).ok()
        }
        "WorkingHoursDocument" => {
            let hours = working_hours().ok()?;
            serde_json::to_value(WorkingHoursDocument::from(&hours)).ok()
        }
        "Holidays" => {
            let holiday = Holiday::parse("2026-12-25", "Christmas Day").ok()?;
            let holidays = vec![HolidayDocument::from(&holiday)];
            serde_json::to_value(Holidays { holidays }).ok()
        }
        "ResponseTemplates" => {
            let template = response_template().ok()?;
            let response_templates = vec![TemplateDocument::from(&template)];
            serde_json::to_value(ResponseTemplates { response_templates }).ok()
        }
        "TemplateDocument" => {
            let template = response_template().ok()?;
            serde_json::to_value(TemplateDocument::from(&template)).ok()
        }
        "BulkResults" => {
            let outdated = ApiError::new(
                Kind::Outdated,
                "If-Match names a version that is no longer the newest, which is 4",
            );
            let (status, problem) = outdated.to_problem();
            let results = vec![
                BulkResult {
                    service_request_id: "26-1234-5678",
                    status: 200,
                    version: Some(4),
                    problem: None,
                },
                BulkResult {
                    service_request_id: "26-8765-4321",
                    status,
                    version: None,
                    problem: Some(problem),
                },
            ];
            serde_json::to_value(BulkResults { results }).ok()
        }
        "CreatedUpdates" => {
            let created = CreatedUpdate {
                update_id: "0199b3a0-7c1e-7f00-8a00-000000000002",
            };
            written(&CreatedUpdates(vec![created]), format)
        }
        _ => None,
    }
}

/// Nobody signs with it.
const SECRET: &str = "whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZSE=";

/// What the methods of webhooks answer.
fn webhook_example(name: &str) -> Option<Value> {
    let (webhook, delivery) = (webhook().ok()?, delivery());
    let (webhook, delivery) = (
        WebhookDocument::from(&webhook),
        DeliveryDocument::from(&delivery),
    );
    let example = match name {
        "Webhooks" => serde_json::to_value(Webhooks {
            webhooks: vec![webhook],
        }),
        "WebhookDocument" => serde_json::to_value(webhook),
        "WebhookWithSecret" => serde_json::to_value(WebhookWithSecret {
            webhook,
            secret: SECRET,
        }),
        "SecretDocument" => serde_json::to_value(SecretDocument {
            secret: SECRET,
            previous_secret_until: at(1_795_694_400),
        }),
        "ReplayDocument" => serde_json::to_value(ReplayDocument {
            cursor: "4711".into(),
            until: "4720".into(),
        }),
        "Deliveries" => serde_json::to_value(Deliveries {
            deliveries: vec![delivery],
            before: None,
        }),
        "DeliveryWithAttempts" => {
            let attempt = AttemptRow {
                started_datetime: at(1_795_608_007),
                duration_ms: 41,
                status: Some(503),
                error: None,
                note: Some("down for maintenance".into()),
            };
            serde_json::to_value(DeliveryWithAttempts {
                delivery,
                attempts: vec![AttemptDocument::from(&attempt)],
            })
        }
        _ => serde_json::to_value(delivery),
    };
    example.ok()
}

fn webhook() -> Result<Webhook, Violations> {
    let filter = [("service_code", "sidewalk-repair"), ("status", "open")];
    let filter = filter.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let url = "https://crm.example.org/hooks/311";
    Ok(Webhook {
        webhook_id: "0199b3a0-7c1e-7f00-8a00-000000000004".into(),
        settings: WebhookSettings::new(url, "Our CRM", filter.to_vec(), false)?,
        state: WebhookState::Active,
        failing_since: None,
        paused_until: None,
        previous_secret_until: None,
        last_position: 4_711,
        replay: None,
        author: "key:grk_5f2c1b9e".into(),
        created_datetime: at(1_795_608_000),
        changed_datetime: at(1_795_608_000),
    })
}

fn delivery() -> Delivery {
    Delivery {
        position: 4_712,
        update_id: "0199b3a0-7c1e-7f00-8a00-000000000002".into(),
        service_request_id: "26-1234-5678".into(),
        state: DeliveryState::Pending.as_str().into(),
        attempts: 1,
        next_attempt_datetime: Some(at(1_795_608_013)),
        created_datetime: at(1_795_608_007),
        finished_datetime: None,
    }
}

fn written(document: &impl Document, format: Format) -> Option<Value> {
    let text = format.render(document).ok()?;
    match format {
        Format::Xml => String::from_utf8(text).ok().map(Value::String),
        Format::Json => serde_json::from_slice(&text).ok(),
    }
}

fn service() -> Result<Service, Violation> {
    Ok(Service {
        service_code: ServiceCode::parse("sidewalk-repair")?,
        service_name: "Sidewalk repair".into(),
        description: "A slab that is loose, broken or missing.".into(),
        has_definition: true,
        service_type: ServiceType::Realtime,
        keywords: "sidewalk, slab".into(),
        service_group: "Streets".into(),
        service_notice: String::new(),
    })
}

fn definition() -> Result<ServiceDefinition, Violation> {
    let value = |key: &str, name: &str| AttributeValue {
        key: key.into(),
        name: name.into(),
    };
    Ok(ServiceDefinition {
        service_code: ServiceCode::parse("sidewalk-repair")?,
        attributes: vec![AttributeDefinition {
            variable: true,
            code: "SIZE".into(),
            datatype: Datatype::SingleValueList,
            required: true,
            datatype_description: String::new(),
            position: 1,
            description: "How large is it?".into(),
            values: vec![value("S", "Smaller than a plate"), value("L", "Larger")],
        }],
    })
}

fn service_request() -> Result<ServiceRequest, Violation> {
    Ok(ServiceRequest {
        service_request_id: ServiceRequestId::parse("26-1234-5678")?,
        status: Status::Closed,
        status_notes: Some("Laid anew.".into()),
        service_name: "Sidewalk repair".into(),
        service_code: ServiceCode::parse("sidewalk-repair")?,
        description: Some("A slab is loose at the corner.".into()),
        agency_responsible: Some("Public Works".into()),
        service_notice: None,
        requested_datetime: at(1_795_248_000),
        updated_datetime: at(1_795_420_800),
        expected_datetime: Some(at(1_795_507_200)),
        address: Some("1 City Hall Square, Boston".into()),
        address_id: None,
        zipcode: Some("02201".into()),
        position: Position::new(42.3601, -71.0589),
        media_url: Some("/media/boston.demo/0199b3a0-7c1e-7f00-8a00-000000000001.jpg".into()),
        attributes: vec![AttributeAnswer {
            code: "SIZE".into(),
            label: "How large is it?".into(),
            values: vec!["L".into()],
            names: vec!["Larger".into()],
        }],
        extended_attributes: vec![("ward".into(), "3".into())],
        notes: vec![],
        detailed_status: DetailedStatus::Fixed,
        closing: Some(Closing::because(ClosingReason::Fixed)),
        closed_datetime: Some(at(1_795_420_800)),
        updates: vec![update()?],
    })
}

fn remote() -> Result<Remote, Violations> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let url = "https://roads.county.example/open311/v2";
    let dialect = [pair("format", "json"), pair("updates", "true")];
    Remote::parse("county-roads", url, None, Some("k"), &dialect, None)
}

fn rule() -> Result<ForwardRule, Violation> {
    Ok(ForwardRule {
        service_code: ServiceCode::parse("sidewalk-repair")?,
        remote_name: RemoteName::parse("county-roads")?,
        remote_service_code: ServiceCode::parse("SIDEWALK")?,
        attributes: AttributeMap {
            codes: vec![("POLE".into(), "LAMP_ID".into())],
            ..AttributeMap::default()
        },
        closes: false,
    })
}

fn mirror() -> Result<MirrorState, Violation> {
    let begun = at(1_795_334_400);
    let year = TimeDelta::days(365);
    Ok(MirrorState {
        remote_name: RemoteName::parse("county-roads")?,
        progress: Mirror {
            is_complete: true,
            read_back_to: Some(begun - year),
            last_sweep: Some(begun),
            ..Mirror::begin(Some(begun - year), TimeDelta::days(1), begun)
        },
        last_poll: Some(at(1_795_334_700)),
        last_answer: None,
    })
}

fn service_levels() -> Result<ServiceLevels, Violation> {
    Ok(ServiceLevels::new([
        (
            Priority::Normal,
            ServiceLevel::new(3, LevelUnit::WorkingDays)?,
        ),
        (Priority::Urgent, ServiceLevel::new(4, LevelUnit::Hours)?),
    ]))
}

fn working_hours() -> Result<WorkingHours, Violations> {
    let hours = ["08:00-12:00", "13:00-17:00"].map(Opening::parse);
    let [morning, afternoon] = hours;
    let (morning, afternoon) = (morning?, afternoon?);
    let days = WorkingHours::WEEKDAYS.into_iter().take(5);
    WorkingHours::new(days.flat_map(|(_, day)| [(day, morning), (day, afternoon)]))
}

fn response_template() -> Result<ResponseTemplate, Violation> {
    Ok(ResponseTemplate {
        name: TemplateName::parse("Laid anew")?,
        service_code: Some(ServiceCode::parse("sidewalk-repair")?),
        status: Some(DetailedStatus::Fixed),
        text: TemplateText::parse(
            "{service_name} ({service_request_id}): the slab was laid anew.",
        )?,
    })
}

fn staff_service_request() -> Result<StaffServiceRequest, Violation> {
    Ok(StaffServiceRequest {
        service_request: service_request()?,
        version: 2,
        is_public: true,
        priority: Some(Priority::High),
        assignee: Some("j.doe".into()),
        duplicate_of: None,
        reporter: Some(Reporter {
            email: Some("ada@example.org".into()),
            first_name: Some("Ada".into()),
            ..Reporter::default()
        }),
    })
}

fn forward() -> Result<Forward, Violation> {
    let filed = at(1_795_334_400);
    Ok(Forward {
        forward_id: Uuid::from_u128(0x0199_b3a0_7c1e_7f00_8a00_0000_0000_0003),
        service_request_id: ServiceRequestId::parse("26-1234-5678")?,
        remote_name: RemoteName::parse("county-roads")?,
        remote_service_code: ServiceCode::parse("POTHOLE")?,
        created_datetime: filed,
        progress: Progress {
            state: ForwardState::Confirmed,
            remote_id: Some(ServiceRequestId::parse("R-4711")?),
            next: Some(at(1_795_421_100)),
            ..Progress::begin(filed)
        },
        last_answer: None,
        seen_status: Some("open".into()),
        seen_datetime: Some(filed),
        claims: 1,
    })
}

fn update() -> Result<ServiceRequestUpdate, Violation> {
    Ok(ServiceRequestUpdate {
        service_request_id: ServiceRequestId::parse("26-1234-5678")?,
        version: 2,
        update_id: "0199b3a0-7c1e-7f00-8a00-000000000002".into(),
        kind: UpdateKind::Updated,
        is_public: true,
        recorded_datetime: at(1_795_420_860),
        updated_datetime: at(1_795_420_800),
        status: DetailedStatus::Fixed,
        closing: Some(Closing::because(ClosingReason::Fixed)),
        description: Some("Laid anew.".into()),
        media_urls: vec!["https://works.example.org/photos/4711.jpg".into()],
        changed: vec![],
        author: "client:works".into(),
        author_name: Some("Public Works".into()),
    })
}

/// A time of the example, seconds since 1970.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}
