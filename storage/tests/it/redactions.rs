//! What is taken out is gone: from the service request, its history, and whatever else there is.

use crate::{
    filing::{Filing, id},
    staff_changes::{self, acting, find, history, patch},
    time,
};
use domain::{AttributeAnswer, Fields, NewUpdate, NoteDraft, Position, Redaction, Sent};
use storage::{
    Append, Appended, Changed, JurisdictionStorage, Linking, Noting, Outcome, View,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};
use uuid::Uuid;

/// The rows of all our tables in which `word` stands, in any column.
async fn rows_with(database: &TestDatabase, word: &str) -> Vec<String> {
    let client = database.client().await;
    let tables = "SELECT tablename::text FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'";
    let mut found = vec![];
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let sql = format!("SELECT t::text FROM {table} AS t WHERE t::text ILIKE $1");
        for row in client.query(&sql, &[&format!("%{word}%")]).await.unwrap() {
            found.push(format!("{table}: {}", row.get::<_, String>(0)));
        }
    }
    found
}

/// A service request `A` of which every text is a word of its own, with a photo, filed with a key.
async fn city(database: &TestDatabase) -> (JurisdictionStorage, Filing) {
    let city = a_jurisdiction("city").insert(database).await;
    let service = a_service("POTHOLE").insert(&city).await;
    let mut filing = Filing::of(&service)
        .candidates(&["A"])
        .email("canary-email@example.org")
        .key("k1", 7)
        .photo();
    let text = |text: &str| Some(text.to_owned());
    filing.submission.description = text("canary-description");
    filing.submission.address = text("canary-address");
    filing.submission.address_id = text("canary-address-id");
    filing.submission.position = Position::new(42.125, -71.0625);
    filing.submission.media_urls = vec!["https://example.org/canary-media".to_owned()];
    filing.submission.attributes = vec![AttributeAnswer {
        code: "WHO".to_owned(),
        label: "Who?".to_owned(),
        values: vec!["canary-attribute".to_owned()],
        names: vec![],
    }];
    filing.filed(&city).await;
    let sent = [
        ("status", "closed"),
        ("closing_reason", "handed_to"),
        ("closing_detail", "canary-detail"),
        ("description", "canary-update"),
        ("media_url", "https://example.org/canary-after"),
    ];
    patch(&city, "A", 1, &sent, acting()).await;
    note(&city, "canary-note").await;
    (city, filing)
}

/// Notes something on `A`, for the staff.
async fn note(city: &JurisdictionStorage, text: &str) -> Changed {
    let noting = Noting {
        service_request_id: &id("A"),
        note: &NoteDraft {
            description: Some(text.to_owned()),
            response_template: None,
            is_public: false,
            media_urls: vec![],
        },
        photos: &[],
        source_update_id: None,
        time_zone: chrono_tz::UTC,
        acting: acting(),
    };
    city.note_on_service_request(&noting).await.unwrap()
}

fn redaction(fields: &[&str], updates: &[&str]) -> Redaction {
    let list = |words: &[&str]| Sent::List(words.iter().map(|word| (*word).to_owned()).collect());
    Redaction::parse(&Fields::new(vec![
        ("fields".to_owned(), list(fields)),
        ("updates".to_owned(), list(updates)),
    ]))
    .unwrap()
}

async fn redact(city: &JurisdictionStorage, redaction: &Redaction) -> Changed {
    let acting = acting();
    city.redact_service_request(&id("A"), redaction, None, &acting)
        .await
        .unwrap()
}

#[tokio::test]
async fn each_part_is_gone_from_everywhere_and_the_others_stay() {
    let database = TestDatabase::new().await;
    let (city, _) = city(&database).await;
    let all = ["description", "address", "media", "attributes", "reporter"];
    for (part, words) in [
        ("description", &["canary-description"][..]),
        ("address", &["canary-address"]),
        ("media", &["canary-media", "canary-after"]),
        ("attributes", &["canary-attribute"]),
        ("reporter", &["canary-email"]),
    ] {
        for word in words {
            assert!(!rows_with(&database, word).await.is_empty(), "{word}");
        }
        let redacted = redact(&city, &redaction(&[part], &[])).await;
        assert!(matches!(redacted, Changed::Written { .. }), "{redacted:?}");
        for word in words {
            assert_eq!(rows_with(&database, word).await, Vec::<String>::new());
        }
    }
    assert!(find(&city, "A").await.service_request.position.is_some());
    redact(&city, &redaction(&["location"], &[])).await;
    assert_eq!(find(&city, "A").await.service_request.position, None);
    let entries = history(&city, "A").await;
    let redactions = entries.iter().filter(|one| one.starts_with("redacted"));
    assert_eq!(redactions.count(), all.len() + 1);
    for word in ["canary-update", "canary-note", "canary-detail"] {
        assert!(!rows_with(&database, word).await.is_empty(), "{word}");
    }
}

#[tokio::test]
async fn the_text_of_an_update_is_gone_from_the_service_request_too() {
    let database = TestDatabase::new().await;
    let (city, _) = city(&database).await;
    let entries = city.list_history(&["A"], View::Internal).await.unwrap();
    let ids: Vec<&str> = entries[1..].iter().map(|one| &one.update_id[..]).collect();
    let refused = redact(&city, &redaction(&[], &[ids[0], "no-such"])).await;
    assert!(matches!(refused, Changed::Refused(_)), "{refused:?}");
    assert!(!rows_with(&database, "canary-update").await.is_empty());
    redact(&city, &redaction(&[], &ids)).await;
    for word in ["canary-update", "canary-note"] {
        assert_eq!(rows_with(&database, word).await, Vec::<String>::new());
    }
    let found = find(&city, "A").await.service_request;
    assert_eq!(found.status_notes, None);
    assert_eq!(found.description.as_deref(), Some("canary-description"));
}

#[tokio::test]
async fn what_the_status_says_is_gone_from_the_history_too() {
    let database = TestDatabase::new().await;
    let (city, _) = city(&database).await;
    for word in ["canary-update", "canary-detail"] {
        assert!(!rows_with(&database, word).await.is_empty(), "{word}");
    }
    redact(&city, &redaction(&["status_notes"], &[])).await;
    for word in ["canary-update", "canary-detail"] {
        assert_eq!(rows_with(&database, word).await, Vec::<String>::new());
    }
    assert!(!rows_with(&database, "canary-note").await.is_empty());
}

#[tokio::test]
async fn what_duplicates_were_told_is_taken_out_of_them_too() {
    let database = TestDatabase::new().await;
    let city = staff_changes::city(&database, &["A", "B", "C"]).await;
    for duplicate in ["B", "C"] {
        let linking = Linking {
            service_request_id: &id(duplicate),
            duplicate_of: &id("A"),
            expected_version: None,
            acting: acting(),
        };
        city.link_duplicate(&linking).await.unwrap();
    }
    let closing = |text| [("status", "fixed"), ("description", text)];
    patch(&city, "A", 1, &closing("canary-closing"), acting()).await;
    patch(&city, "B", 3, &[("description", "own")], acting()).await;
    assert_eq!(rows_with(&database, "canary-closing").await.len(), 6);
    redact(&city, &redaction(&["status_notes"], &[])).await;
    assert_eq!(rows_with(&database, "canary-closing").await, [""; 0]);
    assert_eq!(
        history(&city, "C").await.last().unwrap(),
        "redacted duplicate"
    );
    assert!(!rows_with(&database, "own").await.is_empty());
    // And those of a service request that is removed, whatever it told last.
    let open = [("status", "open"), ("description", "canary-opened")];
    patch(&city, "A", 3, &open, acting()).await;
    patch(&city, "A", 4, &closing("canary-again"), acting()).await;
    assert!(rows_with(&database, "canary").await.len() > 6);
    let acting = acting();
    let removed = city.remove_service_request(&id("A"), None, &acting).await;
    assert_eq!(removed.unwrap(), Changed::Written { version: 6 });
    assert_eq!(rows_with(&database, "canary").await, [""; 0]);
    assert_eq!(
        find(&city, "C")
            .await
            .service_request
            .detailed_status
            .as_str(),
        "duplicate"
    );
}

#[tokio::test]
async fn nothing_comes_into_what_was_removed_any_more() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    let service = a_service("RATS").batch().insert(&city).await;
    let filing = Filing::of(&service).candidates(&["A"]);
    filing.filed(&city).await;
    let acting = acting();
    let removed = city.remove_service_request(&id("A"), None, &acting).await;
    assert_eq!(removed.unwrap(), Changed::Written { version: 2 });
    // Its token was pending; nobody is told an id that is not there.
    let later = time("2026-06-03T12:00:00Z");
    assert_eq!(city.resolve_tokens(later, later).await.unwrap(), 0);
    assert!(!find(&city, "A").await.is_public);
    let removed = Changed::Conflict("it was removed".to_owned());
    let told = patch(&city, "A", 2, &[("description", "canary")], acting).await;
    assert_eq!(told, removed);
    assert_eq!(note(&city, "canary").await, removed);
    let update = NewUpdate {
        description: Some("canary".to_owned()),
        ..NewUpdate::by("remote:salem", later)
    };
    let append = Append {
        service_request_id: &id("A"),
        update: &update,
        update_id: Uuid::now_v7(),
        operation: "forward",
        photos: &[],
        expected_version: None,
        only_public: false,
        now: later,
    };
    assert_eq!(
        city.append_update(&append).await.unwrap(),
        Appended::Removed
    );
    assert_eq!(history(&city, "A").await, ["opened open", "removed open"]);
}

#[tokio::test]
async fn what_others_answered_is_forgotten_and_what_waits_is_ended() {
    let database = TestDatabase::new().await;
    let city = staff_changes::city(&database, &["A", "B"]).await;
    let client = database.client().await;
    while city.sequence_feed(100).await.unwrap() > 0 {}
    // Neither the remote nor the delivery matters here.
    let without_keys = "SET session_replication_role = replica;
        INSERT INTO webhook (jurisdiction_id, webhook_id, url, label, filter, is_internal, secret, state,
            last_position, author, created_datetime, changed_datetime)
        VALUES ('city', 'w', 'https://crm.example', '', '{}', false, 's', 'active', 0, 'a', now(), now())";
    client.batch_execute(without_keys).await.unwrap();
    for (number, of) in ["A", "B"].into_iter().enumerate() {
        let sql = format!(
            "INSERT INTO forward (jurisdiction_id, forward_id, service_request_id, remote_name,
                remote_service_code, state, created_datetime, begun_datetime, attempts, searches,
                next_datetime, claims, last_answer)
            VALUES ('city', gen_random_uuid(), '{of}', 'salem', 'X', 'pending', now(), now(), 1, 0,
                now(), 3, 'canary {of}')"
        );
        client.batch_execute(&sql).await.unwrap();
        let sql = format!(
            "INSERT INTO webhook_attempt (jurisdiction_id, webhook_id, position, attempt_id,
                started_datetime, duration_ms, status, note)
            VALUES ('city', 'w', {}, 'a', now(), 1, 400, 'canary {of}')",
            number + 1
        );
        client.batch_execute(&sql).await.unwrap();
    }
    assert_eq!(rows_with(&database, "canary").await.len(), 4);
    redact(&city, &redaction(&["description"], &[])).await;
    let left = rows_with(&database, "canary").await;
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().all(|row| row.contains("canary B")), "{left:?}");
    let waiting = "SELECT count(*) FROM forward WHERE next_datetime IS NOT NULL";
    assert_eq!(database.number(waiting).await, 2);
    let acting = acting();
    city.remove_service_request(&id("A"), None, &acting)
        .await
        .unwrap();
    assert_eq!(database.number(waiting).await, 1);
    let held = "SELECT count(*) FROM forward WHERE claims = 4 AND service_request_id = 'A'";
    assert_eq!(
        database.number(held).await,
        1,
        "whoever holds it comes too late"
    );
}

#[tokio::test]
async fn what_is_removed_is_not_public_and_says_nothing_any_more() {
    let database = TestDatabase::new().await;
    let (city, _) = city(&database).await;
    let acting = acting();
    let remove = async || {
        let removed = city.remove_service_request(&id("A"), None, &acting).await;
        removed.unwrap()
    };
    assert_eq!(remove().await, Changed::Written { version: 4 });
    assert_eq!(remove().await, Changed::Unchanged { version: 4 });
    assert_eq!(rows_with(&database, "canary").await, Vec::<String>::new());
    assert_eq!(city.find_service_request(&id("A")).await.unwrap(), None);
    let left = find(&city, "A").await;
    assert!(!left.is_public);
    assert_eq!(left.service_request.position, None);
    assert_eq!(left.service_request.service_code.as_str(), "POTHOLE");
    assert_eq!(history(&city, "A").await[3], "removed closed");
    let audit = city.list_audit_entries(None, 20).await.unwrap();
    let told = audit.last().unwrap().after.as_ref().unwrap().to_string();
    assert!(
        told.contains("reporter") && told.contains("removed"),
        "{told}"
    );
}

#[tokio::test]
async fn whoever_sends_again_what_was_taken_out_is_refused() {
    let database = TestDatabase::new().await;
    let (city, filing) = city(&database).await;
    let key = filing.idempotency.as_ref().unwrap();
    let known = city.find_repeated(key).await.unwrap();
    assert!(matches!(known, Some(Outcome::Repeated(_))), "{known:?}");
    let acting = acting();
    city.remove_service_request(&id("A"), None, &acting)
        .await
        .unwrap();
    let known = city.find_repeated(key).await.unwrap();
    assert_eq!(known, Some(Outcome::KeyReused));
    let empty = "SELECT count(*) FROM idempotency_key WHERE length(fingerprint) = 0";
    assert_eq!(database.number(empty).await, 1);
}

#[tokio::test]
async fn the_key_of_a_token_is_forgotten_too() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    let service = a_service("RATS").batch().insert(&city).await;
    let filing = Filing::of(&service).candidates(&["A"]).key("k1", 7);
    filing.filed(&city).await;
    let acting = acting();
    city.remove_service_request(&id("A"), None, &acting)
        .await
        .unwrap();
    let known = city
        .find_repeated(filing.idempotency.as_ref().unwrap())
        .await;
    assert_eq!(known.unwrap(), Some(Outcome::KeyReused));
}

#[tokio::test]
async fn a_photo_is_shown_no_more_and_waits_for_its_file_to_be_deleted() {
    let database = TestDatabase::new().await;
    let (city, filing) = city(&database).await;
    let photo = filing.photos[0].media_id;
    assert!(city.find_photo(photo).await.unwrap().is_some());
    redact(&city, &redaction(&["media"], &[])).await;
    assert_eq!(city.find_photo(photo).await.unwrap(), None);
    let removed = city.list_removed_photos().await.unwrap();
    let ids: Vec<_> = removed.iter().map(|one| one.media_id).collect();
    assert_eq!(ids, [photo]);
    assert_eq!(city.forget_removed_photos(&removed).await.unwrap(), 1);
    assert!(city.list_removed_photos().await.unwrap().is_empty());
    assert_eq!(database.number("SELECT count(*) FROM media").await, 0);
}

#[tokio::test]
async fn an_import_does_not_bring_back_what_was_taken_out() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    a_service("POTHOLE").insert(&city).await;
    let builder = a_service_request().id("A").saying("canary");
    builder.clone().insert(&city).await;
    redact(&city, &redaction(&["description"], &[])).await;
    let mut import = city
        .import(None, time("2026-06-03T12:00:00Z"))
        .await
        .unwrap();
    import.add(&builder.closed().imported(1)).await.unwrap();
    let summary = import.finish().await.unwrap();
    assert_eq!((summary.taken, summary.unchanged), (0, 1));
    assert_eq!(rows_with(&database, "canary").await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_taken_out_by_whoever_has_not_read_the_newest_version() {
    let database = TestDatabase::new().await;
    let (city, _) = city(&database).await;
    let acting = acting();
    let removed = city
        .remove_service_request(&id("A"), Some(1), &acting)
        .await;
    assert_eq!(removed.unwrap(), Changed::Outdated { version: 3 });
    let unknown = city.remove_service_request(&id("B"), None, &acting).await;
    assert_eq!(unknown.unwrap(), Changed::Unknown);
    assert!(!rows_with(&database, "canary").await.is_empty());
}
