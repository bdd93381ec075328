//! What staff change: once, by whoever has read what he changes, with everything that follows.

use crate::{
    filing::{Filing, id},
    time,
};
use domain::{
    DetailedStatus, Fields, LevelUnit, NoteDraft, Priority, ResponseTemplate, Sent, ServiceCode,
    ServiceLevel, ServiceLevels, ServiceRequestChange, StaffServiceRequest, TemplateName,
    TemplateText,
};
use storage::{
    Acting, By, Changed, Changing, JurisdictionStorage, Noting, StaffView, View,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};

const ZONE: chrono_tz::Tz = chrono_tz::America::New_York;

pub fn acting() -> Acting<'static> {
    Acting {
        author: "staff:jane",
        agencies: None,
        operation: "test",
        now: time("2026-06-02T12:00:00Z"),
    }
}

/// A city with these service requests of the service `POTHOLE`.
pub async fn city(database: &TestDatabase, ids: &[&str]) -> JurisdictionStorage {
    let city = a_jurisdiction("city").insert(database).await;
    let service = a_service("POTHOLE").insert(&city).await;
    for one in ids {
        Filing::of(&service).candidates(&[one]).filed(&city).await;
    }
    city
}

pub fn change(sent: &[(&str, &str)]) -> ServiceRequestChange {
    let fields = sent.iter().map(|(name, text)| {
        let sent = match *text {
            "null" => Sent::Null,
            text => Sent::Text(text.to_owned()),
        };
        ((*name).to_owned(), sent)
    });
    ServiceRequestChange::parse(&Fields::new(fields.collect()), ZONE).unwrap()
}

pub async fn patch(
    city: &JurisdictionStorage,
    of: &str,
    version: i32,
    sent: &[(&str, &str)],
    acting: Acting<'_>,
) -> Changed {
    let changing = Changing {
        service_request_id: &id(of),
        change: &change(sent),
        expected_version: version,
        photos: &[],
        source_update_id: None,
        time_zone: ZONE,
        acting,
    };
    city.change_service_request(&changing).await.unwrap()
}

pub async fn find(city: &JurisdictionStorage, of: &str) -> StaffServiceRequest {
    let view = StaffView {
        agencies: None,
        reporters: false,
    };
    let found = city.find_staff_service_request(&id(of), view).await;
    found.unwrap().unwrap()
}

/// Each entry: kind, status, closing reason and detail, text.
pub async fn history(city: &JurisdictionStorage, of: &str) -> Vec<String> {
    let entries = city.list_history(&[of], View::Internal).await.unwrap();
    entries
        .into_iter()
        .map(|one| {
            let closing = one.closing.map(|closing| {
                let detail = closing.detail.unwrap_or_default();
                format!(" {} {detail}", closing.reason.as_str())
            });
            let fields: Vec<&str> = one.changed.iter().map(|one| &one.field[..]).collect();
            let told = format!(
                "{} {}{} {} {}",
                one.kind.as_str(),
                one.status.as_str(),
                closing.unwrap_or_default(),
                one.description.unwrap_or_default(),
                fields.join(",")
            );
            told.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn violation(changed: &Changed) -> String {
    match changed {
        Changed::Refused(violations) => violations.to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_is_written_with_its_history_and_who_made_it() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let sent = [
        ("status", "in_progress"),
        ("description", "A crew is there."),
        ("agency_responsible", "Works"),
        ("assignee", "jane"),
        ("priority", "high"),
    ];
    let changed = patch(&city, "A", 1, &sent, acting()).await;
    assert_eq!(changed, Changed::Written { version: 2 });
    let found = find(&city, "A").await;
    assert_eq!(found.version, 2);
    assert_eq!(found.priority, Some(Priority::High));
    assert_eq!(found.assignee.as_deref(), Some("jane"));
    let public = found.service_request;
    assert_eq!(public.detailed_status, DetailedStatus::InProgress);
    assert_eq!(public.status_notes.as_deref(), Some("A crew is there."));
    assert_eq!(public.agency_responsible.as_deref(), Some("Works"));
    assert_eq!(public.updated_datetime, acting().now);
    let expected = "updated in_progress A crew is there. agency_responsible,priority,assignee";
    assert_eq!(history(&city, "A").await, ["opened open", expected]);
    let audit = city.list_audit_entries(None, 10).await.unwrap();
    let last = audit.last().unwrap();
    assert_eq!((&last.actor[..], &last.object_id[..]), ("staff:jane", "A"));
}

#[tokio::test]
async fn whoever_has_not_read_the_newest_version_changes_nothing() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let first = patch(&city, "A", 1, &[("assignee", "jane")], acting()).await;
    assert_eq!(first, Changed::Written { version: 2 });
    for outdated in [0, 1, 3] {
        let second = patch(&city, "A", outdated, &[("assignee", "joe")], acting()).await;
        assert_eq!(second, Changed::Outdated { version: 2 });
    }
    assert_eq!(find(&city, "A").await.assignee.as_deref(), Some("jane"));
}

#[tokio::test]
async fn of_many_who_have_read_the_same_version_one_changes_it() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let names: Vec<String> = (0..50).map(|number| format!("staff {number}")).collect();
    let all = futures_util::future::join_all(names.iter().map(async |name| {
        let sent = [("assignee", &name[..])];
        patch(&city, "A", 1, &sent, acting()).await
    }))
    .await;
    let won = |one: &&Changed| matches!(one, Changed::Written { version: 2 });
    assert_eq!(all.iter().filter(won).count(), 1);
    let lost = |one: &&Changed| matches!(one, Changed::Outdated { version: 2 });
    assert_eq!(all.iter().filter(lost).count(), 49, "{all:?}");
    assert_eq!(history(&city, "A").await.len(), 2);
}

#[tokio::test]
async fn what_is_so_already_is_not_written_again() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let sent = [("status", "open"), ("service_code", "POTHOLE")];
    let changed = patch(&city, "A", 1, &sent, acting()).await;
    assert_eq!(changed, Changed::Unchanged { version: 1 });
    assert_eq!(history(&city, "A").await.len(), 1);
}

#[tokio::test]
async fn what_was_imported_begins_its_history_with_the_first_change() {
    let database = TestDatabase::new().await;
    let city = city(&database, &[]).await;
    a_service_request().id("A").insert(&city).await;
    database
        .execute("DELETE FROM service_request_update; UPDATE service_request SET version = NULL")
        .await;
    assert_eq!(find(&city, "A").await.version, 0);
    let changed = patch(&city, "A", 0, &[("assignee", "jane")], acting()).await;
    assert_eq!(changed, Changed::Written { version: 2 });
}

#[tokio::test]
async fn another_service_or_priority_changes_what_is_expected_and_staff_may_say_otherwise() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let rats = a_service("RATS").named("Rats").insert(&city).await;
    let hours = |amount| ServiceLevel::new(amount, LevelUnit::Hours).unwrap();
    let levels = ServiceLevels::new([(Priority::Normal, hours(48)), (Priority::Urgent, hours(4))]);
    let by = By {
        actor: "operator",
        operation: "test",
    };
    city.replace_service_levels(&rats.service_code, &levels, by, acting().now)
        .await
        .unwrap();
    let expected = async |version, sent: &[(&str, &str)]| {
        let changed = patch(&city, "A", version, sent, acting()).await;
        assert!(matches!(changed, Changed::Written { .. }), "{changed:?}");
        find(&city, "A").await.service_request.expected_datetime
    };
    let at = |text: &str| Some(time(text));
    // Filed at noon of 1 June.
    let sent = [("service_code", "RATS")];
    assert_eq!(expected(1, &sent).await, at("2026-06-03T12:00:00Z"));
    let found = find(&city, "A").await.service_request;
    assert_eq!(found.service_name, "Rats");
    let sent = [("priority", "urgent")];
    assert_eq!(expected(2, &sent).await, at("2026-06-01T16:00:00Z"));
    let sent = [("expected_datetime", "2026-07-01T00:00:00Z")];
    assert_eq!(expected(3, &sent).await, at("2026-07-01T00:00:00Z"));
    let sent = [("assignee", "jane")];
    assert_eq!(expected(4, &sent).await, at("2026-07-01T00:00:00Z"));
    // Potholes have no level.
    let sent = [("service_code", "POTHOLE")];
    assert_eq!(expected(5, &sent).await, None);
}

#[tokio::test]
async fn what_a_change_names_and_is_not_there_is_refused() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    for (sent, named) in [
        (("service_code", "RATS"), "service_code"),
        (("response_template", "Thanks"), "response_template"),
    ] {
        let refused = patch(&city, "A", 1, &[sent], acting()).await;
        assert!(violation(&refused).starts_with(named), "{refused:?}");
    }
    let unknown = patch(&city, "B", 1, &[("assignee", "jane")], acting()).await;
    assert_eq!(unknown, Changed::Unknown);
    let sent = [("status", "duplicate"), ("duplicate_of", "B")];
    let refused = patch(&city, "A", 1, &sent, acting()).await;
    assert!(
        violation(&refused).starts_with("duplicate_of"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn people_are_told_the_text_that_was_named() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let template = ResponseTemplate {
        name: TemplateName::parse("Filled").unwrap(),
        service_code: Some(ServiceCode::parse("POTHOLE").unwrap()),
        status: Some(DetailedStatus::Fixed),
        text: TemplateText::parse("{service_name} {service_request_id} is filled.").unwrap(),
    };
    let by = By {
        actor: "operator",
        operation: "test",
    };
    city.save_response_template(&template, by, acting().now)
        .await
        .unwrap();
    let named = ("response_template", "Filled");
    let refused = patch(&city, "A", 1, &[named], acting()).await;
    assert!(violation(&refused).contains("meant for"), "{refused:?}");
    let sent = [("status", "fixed"), named];
    let changed = patch(&city, "A", 1, &sent, acting()).await;
    assert_eq!(changed, Changed::Written { version: 2 });
    let found = find(&city, "A").await.service_request;
    let notes = found.status_notes.as_deref();
    assert_eq!(notes, Some("Service POTHOLE A is filled."));
}

#[tokio::test]
async fn staff_of_an_agency_change_what_is_theirs_and_may_hand_it_on() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B"]).await;
    let sent = [("agency_responsible", "Works")];
    patch(&city, "A", 1, &sent, acting()).await;
    let agencies = ["Works".to_owned()];
    let works = Acting {
        agencies: Some(&agencies),
        ..acting()
    };
    let to_parks = [("agency_responsible", "Parks")];
    let other = patch(&city, "B", 1, &to_parks, works).await;
    assert_eq!(other, Changed::Unknown);
    let theirs = patch(&city, "A", 2, &to_parks, works).await;
    assert_eq!(theirs, Changed::Written { version: 3 });
    let gone = patch(&city, "A", 3, &sent, works).await;
    assert_eq!(gone, Changed::Unknown);
}

#[tokio::test]
async fn the_same_change_sent_again_is_made_once() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let change = change(&[("assignee", "jane")]);
    let changing = Changing {
        service_request_id: &id("A"),
        change: &change,
        expected_version: 1,
        photos: &[],
        source_update_id: Some("bulk 1"),
        time_zone: ZONE,
        acting: acting(),
    };
    let send = async || city.change_service_request(&changing).await.unwrap();
    assert_eq!(send().await, Changed::Written { version: 2 });
    patch(&city, "A", 2, &[("assignee", "joe")], acting()).await;
    assert_eq!(send().await, Changed::Unchanged { version: 2 });
    assert_eq!(find(&city, "A").await.assignee.as_deref(), Some("joe"));
}

#[tokio::test]
async fn a_note_is_public_or_not_and_written_once() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let note = async |text: &str, is_public, source| {
        let noting = Noting {
            service_request_id: &id("A"),
            note: &NoteDraft {
                description: Some(text.to_owned()),
                response_template: None,
                is_public,
                media_urls: vec![],
            },
            photos: &[],
            source_update_id: source,
            time_zone: ZONE,
            acting: acting(),
        };
        city.note_on_service_request(&noting).await.unwrap()
    };
    let first = note("He shouts", false, Some("n1")).await;
    assert_eq!(first, Changed::Written { version: 2 });
    let again = note("He shouts", false, Some("n1")).await;
    assert_eq!(again, Changed::Unchanged { version: 2 });
    note("We come on Monday", true, None).await;
    let public = city.list_history(&["A"], View::Public).await.unwrap();
    let told: Vec<_> = public
        .iter()
        .filter_map(|one| one.description.as_deref())
        .collect();
    assert_eq!(told, ["We come on Monday"]);
    let all = city.list_history(&["A"], View::Internal).await.unwrap();
    assert_eq!(all.len(), 3);
}

/// If anything fails half way, nothing is written of the act.
#[tokio::test]
async fn a_change_that_cannot_be_written_whole_leaves_nothing() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B"]).await;
    city.link_duplicate(&storage::Linking {
        service_request_id: &id("B"),
        duplicate_of: &id("A"),
        expected_version: None,
        acting: acting(),
    })
    .await
    .unwrap();
    let before = (history(&city, "A").await, history(&city, "B").await);
    // The entry of the duplicate, which comes last, cannot be written.
    database
        .execute(
            "ALTER TABLE service_request_update ADD CONSTRAINT service_request_update_x_check
             CHECK (service_request_id <> 'B' OR closing_reason IS NULL)",
        )
        .await;
    let changing = Changing {
        service_request_id: &id("A"),
        change: &change(&[("status", "fixed")]),
        expected_version: 1,
        photos: &[],
        source_update_id: None,
        time_zone: ZONE,
        acting: acting(),
    };
    assert!(city.change_service_request(&changing).await.is_err());
    assert_eq!(
        (history(&city, "A").await, history(&city, "B").await),
        before
    );
    assert_eq!(find(&city, "A").await.version, 1);
    let closed = "SELECT count(*) FROM service_request WHERE status = 'closed'";
    assert_eq!(database.number(closed).await, 0);
}
