//! Service requests that tell the same: linked, followed, let go; never in a circle.

use crate::{
    filing::{Filing, id},
    staff_changes::{acting, change, city, find, history, patch},
    time,
};
use domain::{DetailedStatus, NewUpdate};
use storage::{
    Acting, Append, Appended, Changed, JurisdictionStorage, Linking, MAX_DUPLICATES,
    testing::{TestDatabase, a_service},
};
use uuid::Uuid;

async fn link_as(city: &JurisdictionStorage, of: &str, to: &str, acting: Acting<'_>) -> Changed {
    let linking = Linking {
        service_request_id: &id(of),
        duplicate_of: &id(to),
        expected_version: None,
        acting,
    };
    city.link_duplicate(&linking).await.unwrap()
}

async fn link(city: &JurisdictionStorage, of: &str, to: &str) -> Changed {
    link_as(city, of, to, acting()).await
}

async fn unlink(city: &JurisdictionStorage, of: &str) -> Changed {
    let acting = acting();
    city.unlink_duplicate(&id(of), None, &acting).await.unwrap()
}

async fn status(city: &JurisdictionStorage, of: &str) -> DetailedStatus {
    find(city, of).await.service_request.detailed_status
}

/// Of whom each is a duplicate.
async fn links(city: &JurisdictionStorage, of: &[&str]) -> Vec<String> {
    let mut links = vec![];
    for one in of {
        let other = find(city, one).await.duplicate_of;
        links.push(other.map_or_else(|| "-".to_owned(), |id| id.to_string()));
    }
    links
}

#[tokio::test]
async fn a_duplicate_follows_when_the_other_is_closed_and_when_it_is_opened_again() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B", "C"]).await;
    patch(&city, "B", 1, &[("status", "planned")], acting()).await;
    assert_eq!(link(&city, "B", "A").await, Changed::Written { version: 3 });
    assert_eq!(link(&city, "C", "A").await, Changed::Written { version: 2 });
    assert_eq!(
        status(&city, "B").await,
        DetailedStatus::Planned,
        "it is not done yet"
    );
    let withdrawn = [("status", "cancelled")];
    patch(&city, "C", 2, &withdrawn, acting()).await;

    let fixed = [("status", "fixed"), ("description", "Laid anew.")];
    patch(&city, "A", 1, &fixed, acting()).await;
    let expected = [
        "opened open",
        "updated planned",
        "updated planned duplicate_of",
        "updated duplicate duplicate_of A: fixed Laid anew.",
    ];
    assert_eq!(history(&city, "B").await, expected);
    assert_eq!(
        status(&city, "C").await,
        DetailedStatus::Cancelled,
        "for a reason of its own"
    );
    let closed = find(&city, "B").await.service_request;
    assert_eq!(closed.status_notes.as_deref(), Some("Laid anew."));
    assert_eq!(closed.closed_datetime, Some(acting().now));

    patch(&city, "A", 2, &[("status", "open")], acting()).await;
    assert_eq!(
        status(&city, "B").await,
        DetailedStatus::Planned,
        "as it was"
    );
    assert_eq!(status(&city, "C").await, DetailedStatus::Cancelled);
}

#[tokio::test]
async fn a_duplicate_follows_whoever_closes_the_other() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B"]).await;
    link(&city, "B", "A").await;
    let update = NewUpdate {
        status: Some(DetailedStatus::Fixed),
        closing: change(&[("status", "fixed")]).closing,
        ..NewUpdate::by("key:crm", acting().now)
    };
    let append = |update| Append {
        service_request_id: Box::leak(Box::new(id("A"))),
        update,
        update_id: Uuid::now_v7(),
        operation: "post_service_request_update",
        photos: &[],
        expected_version: None,
        only_public: true,
        now: acting().now,
    };
    let appended = city.append_update(&append(&update)).await.unwrap();
    assert!(matches!(appended, Appended::Written { .. }));
    assert_eq!(status(&city, "B").await, DetailedStatus::Duplicate);
    // What comes late turns nothing, here or there.
    let late = NewUpdate {
        status: Some(DetailedStatus::InProgress),
        closing: None,
        ..NewUpdate::by("key:crm", time("2026-06-01T13:00:00Z"))
    };
    city.append_update(&append(&late)).await.unwrap();
    assert_eq!(status(&city, "A").await, DetailedStatus::Fixed);
    assert_eq!(status(&city, "B").await, DetailedStatus::Duplicate);
    let audit = city.list_audit_entries(None, 10).await.unwrap();
    let by_crm = |id: &str| {
        audit
            .iter()
            .filter(|one| one.object_id == id && one.actor == "key:crm")
            .count()
    };
    assert_eq!((by_crm("A"), by_crm("B")), (2, 1));
}

#[tokio::test]
async fn whoever_becomes_a_duplicate_of_what_is_closed_is_closed_with_it() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B"]).await;
    patch(&city, "A", 1, &[("status", "fixed")], acting()).await;
    link(&city, "B", "A").await;
    let expected = "updated duplicate duplicate_of A: fixed duplicate_of";
    assert_eq!(history(&city, "B").await, ["opened open", expected]);
}

#[tokio::test]
async fn what_is_let_go_is_what_it_was_before() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B", "C"]).await;
    patch(&city, "B", 1, &[("status", "investigating")], acting()).await;
    link(&city, "B", "A").await;
    link(&city, "C", "A").await;
    patch(&city, "C", 2, &[("status", "cancelled")], acting()).await;
    patch(&city, "A", 1, &[("status", "fixed")], acting()).await;
    assert_eq!(unlink(&city, "B").await, Changed::Written { version: 5 });
    assert_eq!(status(&city, "B").await, DetailedStatus::Investigating);
    assert_eq!(find(&city, "B").await.service_request.closed_datetime, None);
    unlink(&city, "C").await;
    assert_eq!(status(&city, "C").await, DetailedStatus::Cancelled);
    assert_eq!(links(&city, &["B", "C"]).await, ["-", "-"]);
    assert_eq!(unlink(&city, "B").await, Changed::Unchanged { version: 5 });
    patch(&city, "A", 2, &[("status", "open")], acting()).await;
    patch(&city, "A", 3, &[("status", "fixed")], acting()).await;
    assert_eq!(
        status(&city, "B").await,
        DetailedStatus::Investigating,
        "it follows no more"
    );
}

#[tokio::test]
async fn to_close_something_as_a_duplicate_links_it() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B", "C"]).await;
    link(&city, "C", "B").await;
    let sent = [("status", "duplicate"), ("duplicate_of", "A")];
    let changed = patch(&city, "B", 1, &sent, acting()).await;
    assert_eq!(changed, Changed::Written { version: 2 });
    assert_eq!(links(&city, &["A", "B", "C"]).await, ["-", "A", "A"]);
    assert_eq!(status(&city, "B").await, DetailedStatus::Duplicate);
    assert_eq!(
        status(&city, "C").await,
        DetailedStatus::Open,
        "the one that counts is open"
    );
}

#[tokio::test]
async fn the_duplicates_of_a_duplicate_become_those_of_the_other() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B", "C", "D"]).await;
    link(&city, "C", "B").await;
    link(&city, "D", "B").await;
    link(&city, "B", "A").await;
    assert_eq!(
        links(&city, &["A", "B", "C", "D"]).await,
        ["-", "A", "A", "A"]
    );
}

#[tokio::test]
async fn there_is_no_circle_and_no_chain() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B", "C"]).await;
    let conflict = |changed: Changed| matches!(changed, Changed::Conflict(_));
    assert!(conflict(link(&city, "A", "A").await));
    link(&city, "B", "A").await;
    assert!(conflict(link(&city, "A", "B").await));
    assert!(conflict(link(&city, "C", "B").await));
    let sent = [("status", "duplicate"), ("duplicate_of", "B")];
    assert!(conflict(patch(&city, "A", 1, &sent, acting()).await));
    assert_eq!(
        link(&city, "B", "A").await,
        Changed::Unchanged { version: 2 }
    );
    assert_eq!(links(&city, &["A", "B", "C"]).await, ["-", "A", "-"]);
}

/// Two at once, each the duplicate of the other: one of both is made.
#[tokio::test]
async fn opposite_links_at_the_same_moment_make_no_circle() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B"]).await;
    for round in 0..10 {
        let (one, other) = tokio::join!(link(&city, "A", "B"), link(&city, "B", "A"));
        let made = [&one, &other]
            .into_iter()
            .filter(|one| matches!(one, Changed::Written { .. }));
        assert_eq!(made.count(), 1, "{round}: {one:?} {other:?}");
        unlink(&city, "A").await;
        unlink(&city, "B").await;
    }
}

/// Eight that link each other as they like, for a while: whatever comes of it, nobody follows one
/// that follows another.
#[tokio::test]
async fn many_links_at_the_same_moment_make_no_chain() {
    let database = TestDatabase::new().await;
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let city = city(&database, &names).await;
    let worker = async |worker: usize| {
        let mut state = worker * 7 + 1;
        for _ in 0..10 {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) % 2_147_483_648;
            let (of, to) = (names[state / 64 % 8], names[state / 4096 % 8]);
            if (state / 16).is_multiple_of(4) {
                unlink(&city, of).await;
            } else {
                link(&city, of, to).await;
            }
        }
    };
    futures_util::future::join_all((0..8).map(worker)).await;
    let chains = "SELECT count(*) FROM service_request AS one JOIN service_request AS other
        ON other.service_request_id = one.duplicate_of WHERE other.duplicate_of IS NOT NULL";
    assert_eq!(database.number(chains).await, 0);
    let linked = "SELECT count(*) FROM service_request WHERE duplicate_of IS NOT NULL";
    assert!(database.number(linked).await > 0);
}

/// One is closed while another becomes its duplicate: the other is closed too, whichever is first.
#[tokio::test]
async fn a_duplicate_that_comes_while_the_other_is_closed_is_not_forgotten() {
    let database = TestDatabase::new().await;
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let city = city(&database, &names).await;
    for pair in names.chunks(2) {
        let (to, of) = (pair[0], pair[1]);
        let close = async {
            loop {
                let version = find(&city, to).await.version;
                let changed = patch(&city, to, version, &[("status", "fixed")], acting()).await;
                if matches!(changed, Changed::Written { .. }) {
                    break;
                }
            }
        };
        let (_, linked) = tokio::join!(close, link(&city, of, to));
        assert!(matches!(linked, Changed::Written { .. }), "{linked:?}");
        assert_eq!(status(&city, of).await, DetailedStatus::Duplicate);
    }
}

#[tokio::test]
async fn nobody_is_linked_to_what_he_may_not_see() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A"]).await;
    let complaint = a_service("COMPLAINT").blackbox().insert(&city).await;
    Filing::of(&complaint).candidates(&["X"]).filed(&city).await;
    let refused = |changed: &Changed| matches!(changed, Changed::Refused(_));
    let hidden = link(&city, "A", "X").await;
    assert!(
        refused(&hidden),
        "the public would be told the id: {hidden:?}"
    );
    assert!(refused(&link(&city, "A", "nothing").await));
    assert_eq!(link(&city, "nothing", "A").await, Changed::Unknown);
    assert_eq!(link(&city, "X", "A").await, Changed::Written { version: 2 });
    let sent = [("agency_responsible", "Works")];
    patch(&city, "A", 1, &sent, acting()).await;
    let agencies = ["Parks".to_owned()];
    let parks = Acting {
        agencies: Some(&agencies),
        ..acting()
    };
    assert_eq!(link_as(&city, "A", "X", parks).await, Changed::Unknown);
}

#[tokio::test]
async fn there_is_an_end_to_duplicates() {
    let database = TestDatabase::new().await;
    let city = city(&database, &["A", "B", "C"]).await;
    let many = format!(
        "INSERT INTO service_request (jurisdiction_id, service_request_id, status, service_name,
            service_code, requested_datetime, updated_datetime, is_public, duplicate_of)
        SELECT 'city', 'D' || n, 'open', 'x', 'POTHOLE', '2026-06-01Z', '2026-06-01Z', true, 'A'
        FROM generate_series(1, {}) AS n",
        MAX_DUPLICATES - 1
    );
    database.execute(&many).await;
    assert!(matches!(
        link(&city, "B", "A").await,
        Changed::Written { .. }
    ));
    assert!(matches!(link(&city, "C", "A").await, Changed::Conflict(_)));
    let closed = patch(&city, "A", 1, &[("status", "fixed")], acting()).await;
    assert_eq!(closed, Changed::Written { version: 2 });
    let open = "SELECT count(*) FROM service_request WHERE status = 'open'";
    assert_eq!(database.number(open).await, 1, "all but C");
}
