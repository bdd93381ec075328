//! What is taken out is gone: from the service request, its history, and whatever else there is.

use crate::{
    filing::{Filing, id},
    staff_changes::{acting, find, history, patch},
    time,
};
use domain::{AttributeAnswer, Fields, Position, Redaction, Sent};
use storage::{
    Changed, JurisdictionStorage, Noting, Outcome, View,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};

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
    let noting = Noting {
        service_request_id: &id("A"),
        description: "canary-note",
        is_public: false,
        media_urls: &[],
        source_update_id: None,
        acting: acting(),
    };
    city.note_on_service_request(&noting).await.unwrap();
    (city, filing)
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
    let mut import = city.import().await.unwrap();
    import.add(&builder.closed().imported(1)).await.unwrap();
    let summary = import
        .finish(None, time("2026-06-03T12:00:00Z"))
        .await
        .unwrap();
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
