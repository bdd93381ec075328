use super::*;
use crate::{Sent, TemplateText};

const ZONE: Tz = chrono_tz::America::New_York;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn fields(sent: &[(&str, &str)]) -> Fields {
    let fields = sent.iter().map(|(name, text)| {
        let sent = match *text {
            "null" => Sent::Null,
            text => Sent::Text(text.to_owned()),
        };
        ((*name).to_owned(), sent)
    });
    Fields::new(fields.collect())
}

fn parse(sent: &[(&str, &str)]) -> Result<ServiceRequestChange, Violations> {
    ServiceRequestChange::parse(&fields(sent), ZONE)
}

fn named(sent: &[(&str, &str)]) -> Vec<String> {
    let faults = parse(sent).unwrap_err().0;
    faults.into_iter().map(|fault| fault.argument).collect()
}

fn pothole() -> ChangedServiceRequest {
    ChangedServiceRequest {
        service_request_id: ServiceRequestId::parse("26-1").unwrap(),
        version: 3,
        is_public: true,
        status: DetailedStatus::Open,
        closing: None,
        service_code: ServiceCode::parse("POTHOLE").unwrap(),
        service_name: "Pothole".into(),
        agency_responsible: Some("Works".into()),
        requested_datetime: at("2026-06-01T12:00:00Z"),
        expected_datetime: Some(at("2026-06-10T12:00:00Z")),
        priority: None,
        assignee: None,
        duplicate_of: None,
    }
}

fn update(sent: &[(&str, &str)], looked: Looked) -> Option<NewUpdate> {
    let now = at("2026-06-02T12:00:00Z");
    let change = parse(sent).unwrap();
    change
        .to_update(&pothole(), looked, "key:a", ZONE, now)
        .unwrap()
}

#[test]
fn a_closing_always_says_why() {
    assert!(parse(&[("status", "fixed")]).is_ok(), "the word says it");
    assert!(parse(&[("status", "closed"), ("closing_reason", "cannot_be_found")]).is_ok());
    assert_eq!(named(&[("status", "closed")]), ["closing_reason"]);
    let not_told = [("status", "closed"), ("closing_reason", "not_told")];
    assert_eq!(named(&not_told), ["closing_reason"]);
    let contradiction = [("status", "fixed"), ("closing_reason", "invalid")];
    assert_eq!(named(&contradiction), ["closing_reason"]);
}

#[test]
fn what_is_handed_on_says_to_whom_and_a_duplicate_of_what() {
    assert_eq!(
        named(&[("status", "not_councils_responsibility")]),
        ["closing_detail"]
    );
    let handed = [
        ("status", "closed"),
        ("closing_reason", "handed_to"),
        ("closing_detail", "The state"),
    ];
    let closing = parse(&handed).unwrap().closing.unwrap();
    assert_eq!(closing.detail.as_deref(), Some("The state"));
    assert_eq!(named(&[("status", "duplicate")]), ["duplicate_of"]);
    let change = parse(&[("status", "duplicate"), ("duplicate_of", "26-2")]).unwrap();
    assert_eq!(change.closing.unwrap().detail.as_deref(), Some("26-2"));
    assert_eq!(change.duplicate_of.unwrap().as_str(), "26-2");
    assert_eq!(
        named(&[("status", "fixed"), ("duplicate_of", "26-2")]),
        ["duplicate_of"]
    );
}

#[test]
fn what_is_open_has_no_reason_to_be_closed() {
    for status in [None, Some("in_progress")] {
        let status = status.map(|word| ("status", word));
        let sent = [
            ("closing_reason", "fixed"),
            ("closing_detail", "x"),
            ("duplicate_of", "26-2"),
        ];
        let sent: Vec<_> = status.into_iter().chain(sent).collect();
        assert_eq!(
            named(&sent),
            ["closing_reason", "closing_detail", "duplicate_of"]
        );
    }
}

#[test]
fn every_fault_is_told_and_so_is_a_field_that_cannot_be_set() {
    let sent = [
        ("version", "1"),
        ("service_request_id", "26-2"),
        ("status", "null"),
        ("priority", "asap"),
        ("expected_datetime", "soon"),
        ("media_url", "javascript:alert(1)"),
        ("service_code", "null"),
        ("assignee", "a\nb"),
        ("description", "x"),
        ("response_template", "y"),
    ];
    let mut named = named(&sent);
    named.sort_unstable();
    let expected = [
        "assignee",
        "expected_datetime",
        "media_url",
        "priority",
        "response_template",
        "service_code",
        "service_request_id",
        "status",
        "version",
    ];
    assert_eq!(named, expected);
    assert_eq!(parse(&[]).unwrap_err().0.len(), 1, "nothing is no change");
}

#[test]
fn a_change_tells_what_differs_and_nothing_else() {
    let sent = [
        ("agency_responsible", "Works"),
        ("assignee", "jane"),
        ("priority", "null"),
    ];
    let update = update(&sent, Looked::default()).unwrap();
    let expected = NewFields {
        assignee: Some(Some("jane".into())),
        ..NewFields::default()
    };
    assert_eq!(update.fields, expected);
    assert!(
        !update.is_public,
        "who works on it is the staff's own affair"
    );
    assert_eq!(update.status, None);
}

#[test]
fn what_is_as_it_was_is_no_change() {
    let sent = [("status", "open"), ("agency_responsible", "Works")];
    assert_eq!(update(&sent, Looked::default()), None);
}

#[test]
fn the_public_is_told_what_it_may_know() {
    for sent in [
        ("status", "in_progress"),
        ("agency_responsible", "Parks"),
        ("description", "Soon"),
        ("expected_datetime", "null"),
    ] {
        assert!(
            update(&[sent], Looked::default()).unwrap().is_public,
            "{sent:?}"
        );
    }
}

#[test]
fn another_service_or_priority_moves_what_is_expected_unless_staff_say_when() {
    let moves = |sent: &[(&str, &str)]| parse(sent).unwrap().moves_expectation(&pothole());
    assert!(moves(&[("service_code", "RATS")]));
    assert!(moves(&[("priority", "urgent")]));
    assert!(!moves(&[("service_code", "POTHOLE"), ("priority", "null")]));
    assert!(!moves(&[
        ("priority", "urgent"),
        ("expected_datetime", "2026-06-03")
    ]));
    let level = Looked {
        expected_datetime: Some(Some(at("2026-06-01T16:00:00Z"))),
        ..Looked::default()
    };
    let moved = update(&[("priority", "urgent")], level.clone()).unwrap();
    assert_eq!(moved.fields.expected_datetime, level.expected_datetime);
    let said = update(&[("expected_datetime", "2026-06-03")], level).unwrap();
    let end_of_day = at("2026-06-04T03:59:59Z");
    assert_eq!(said.fields.expected_datetime, Some(Some(end_of_day)));
}

#[test]
fn a_named_text_is_filled_with_what_the_service_request_is_after_the_change() {
    let template = |status| ResponseTemplate {
        name: TemplateName::parse("Passed on").unwrap(),
        service_code: None,
        status,
        text: TemplateText::parse("{service_request_id} is with {agency_responsible}.").unwrap(),
    };
    let looked = |status| Looked {
        template: Some(template(status)),
        ..Looked::default()
    };
    let sent = [
        ("response_template", "Passed on"),
        ("agency_responsible", "Parks"),
    ];
    let told = update(&sent, looked(None)).unwrap();
    assert_eq!(told.description.as_deref(), Some("26-1 is with Parks."));
    let change = parse(&sent).unwrap();
    let now = at("2026-06-02T12:00:00Z");
    let fixed = looked(Some(DetailedStatus::Fixed));
    let refused = change.to_update(&pothole(), fixed, "key:a", ZONE, now);
    assert_eq!(refused.unwrap_err().argument, "response_template");
}

#[test]
fn another_reason_or_detail_is_a_change_of_what_is_closed() {
    let handed = |to: &str| Closing {
        reason: ClosingReason::HandedTo,
        detail: Some(to.into()),
    };
    let closed = ChangedServiceRequest {
        status: DetailedStatus::Closed,
        closing: Some(handed("The state")),
        ..pothole()
    };
    let update = |to: &str| {
        let sent = [
            ("status", "closed"),
            ("closing_reason", "handed_to"),
            ("closing_detail", to),
        ];
        let change = parse(&sent).unwrap();
        let now = at("2026-06-02T12:00:00Z");
        change
            .to_update(&closed, Looked::default(), "key:a", ZONE, now)
            .unwrap()
    };
    assert_eq!(update("The state"), None);
    assert_eq!(
        update("The county").unwrap().closing,
        Some(handed("The county"))
    );
}

#[test]
fn a_duplicate_follows_and_says_why() {
    let parent = ServiceRequestId::parse("26-2").unwrap();
    let fixed = Closing::because(ClosingReason::Fixed);
    let follow = |status, closing, duplicate: &ChangedServiceRequest| {
        let followed = Followed {
            service_request_id: &parent,
            status,
            closing,
            description: Some("Laid anew."),
        };
        let now = at("2026-06-02T12:00:00Z");
        followed.to_update(duplicate, DetailedStatus::Planned, "key:a", now)
    };
    let open = pothole();
    let update = follow(DetailedStatus::Fixed, Some(&fixed), &open).unwrap();
    assert_eq!(update.status, Some(DetailedStatus::Duplicate));
    let closing = update.closing.unwrap();
    assert_eq!(closing.reason, ClosingReason::DuplicateOf);
    assert_eq!(closing.detail.as_deref(), Some("26-2: fixed"));
    assert_eq!(update.description.as_deref(), Some("Laid anew."));
    let closed = |reason| ChangedServiceRequest {
        status: DetailedStatus::Closed,
        closing: Some(Closing::because(reason)),
        ..pothole()
    };
    let as_duplicate = closed(ClosingReason::DuplicateOf);
    let reopened = follow(DetailedStatus::Open, None, &as_duplicate).unwrap();
    assert_eq!(reopened.status, Some(DetailedStatus::Planned));
    let withdrawn = closed(ClosingReason::Withdrawn);
    assert_eq!(follow(DetailedStatus::Open, None, &withdrawn), None);
    assert_eq!(
        follow(DetailedStatus::Fixed, Some(&fixed), &withdrawn),
        None
    );
    assert_eq!(follow(DetailedStatus::Planned, None, &open), None);
}
