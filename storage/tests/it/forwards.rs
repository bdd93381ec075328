//! Service requests on their way to other endpoints.

use crate::{
    filing::{Filing, id},
    time,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AttributeMap, ForwardState, Hops, News, Posting, Progress, Remote, RemoteName, Service,
    ServiceCode, Status, Turn,
};
use futures_util::future::join_all;
use storage::{
    By, ClaimedForward, Forward, ForwardRule, JurisdictionStorage, KeyChange, Outcome,
    RemoteChange, Removal, Replayed, Routed, RuleChange, TurnEnd, View,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const BY: By = By {
    actor: "staff:jane",
    operation: "test",
};

fn now() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

fn later(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

fn remote(name: &str, fields: &[&str]) -> Remote {
    let fields: Vec<String> = fields.iter().map(|word| (*word).to_owned()).collect();
    let dialect = [("updates".to_owned(), "true".to_owned())];
    let url = "https://salem.example/open311/v2";
    Remote::parse(name, url, None, Some("canary-key"), &dialect, Some(&fields)).unwrap()
}

fn rule(service: &Service, remote: &Remote) -> ForwardRule {
    ForwardRule {
        service_code: service.service_code.clone(),
        remote_name: remote.name.clone(),
        remote_service_code: ServiceCode::parse("LAMP").unwrap(),
        attributes: AttributeMap::default(),
        closes: false,
    }
}

/// A city that forwards everything of one service.
struct City {
    storage: JurisdictionStorage,
    service: Service,
    remote: Remote,
}

async fn city(database: &TestDatabase) -> City {
    let storage = a_jurisdiction("boston.gov").insert(database).await;
    let service = a_service("POTHOLE").insert(&storage).await;
    let remote = remote("salem", &["description", "position"]);
    let put = storage.put_remote(&remote, KeyChange::Set, BY, now()).await;
    assert_eq!(put.unwrap(), RemoteChange::Added);
    let rule = rule(&service, &remote);
    let added = storage.put_forward_rule(&rule, BY, now()).await.unwrap();
    assert_eq!(added, RuleChange::Added);
    City {
        storage,
        service,
        remote,
    }
}

impl City {
    async fn file(&self, service_request_id: &str) {
        let filing = Filing::of(&self.service).candidates(&[service_request_id]);
        filing.filed(&self.storage).await;
    }

    async fn claim(&self, at: DateTime<Utc>) -> Option<ClaimedForward> {
        let lease = at + TimeDelta::minutes(2);
        self.storage
            .claim_forward(&self.remote, at, lease)
            .await
            .unwrap()
    }

    async fn forwards(&self, service_request_id: &str) -> Vec<Forward> {
        self.storage
            .list_forwards_of(&[service_request_id])
            .await
            .unwrap()
    }

    /// Forwards a service request to the end: the remote calls it `remote_id`.
    async fn confirm(&self, service_request_id: &str, remote_id: &str) {
        self.file(service_request_id).await;
        let claimed = self.claim(now()).await.unwrap().forward;
        let filed = Posting::Filed {
            remote_id: Some(id(remote_id)),
            token: None,
        };
        let progress = claimed.progress.clone().after_post(filed, now(), now(), 0);
        assert!(save(&self.storage, &claimed, &progress, None).await);
    }

    async fn news(&self, remote: &str, remote_id: &str, news: &News) -> usize {
        let (name, remote_id) = (RemoteName::parse(remote).unwrap(), id(remote_id));
        let told = self.storage.apply_news(&name, &remote_id, news, later(600));
        told.await.unwrap()
    }

    async fn status(&self, service_request_id: &str) -> Status {
        let found = self
            .storage
            .find_service_request(&id(service_request_id))
            .await;
        found.unwrap().unwrap().status
    }
}

async fn save(
    storage: &JurisdictionStorage,
    claimed: &Forward,
    progress: &Progress,
    note: Option<&str>,
) -> bool {
    let end = TurnEnd {
        progress,
        note,
        seen: None,
        update: None,
        now: now(),
    };
    storage.save_forward(claimed, end).await.unwrap()
}

fn fixed(update_id: &str) -> News {
    News {
        status: "fixed".into(),
        updated_datetime: Some(later(300)),
        description: Some("Filled".into()),
        media_urls: vec![],
        source_update_id: Some(update_id.into()),
    }
}

#[tokio::test]
async fn what_is_filed_of_a_service_with_a_rule_is_to_be_forwarded() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.file("26-1").await;
    let [forward] = &city.forwards("26-1").await[..] else {
        panic!("one forward");
    };
    assert_eq!(forward.progress, Progress::begin(now()));
    assert_eq!(forward.remote_service_code.as_str(), "LAMP");
    let due = database.storage().list_remotes_due(now()).await.unwrap();
    let due: Vec<&str> = due.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(due, ["salem"]);

    let other = a_service("RATS").insert(&city.storage).await;
    Filing::of(&other)
        .candidates(&["26-2"])
        .filed(&city.storage)
        .await;
    assert_eq!(city.forwards("26-2").await, []);
}

#[tokio::test]
async fn a_post_that_is_undone_forwards_nothing() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let filing = Filing::of(&city.service).candidates(&["26-1"]).key("k", 1);
    filing.filed(&city.storage).await;
    let again = filing
        .candidates(&["26-2"])
        .send(&city.storage)
        .await
        .unwrap();
    assert!(matches!(again, Outcome::Repeated(_)));
    assert_eq!(city.forwards("26-2").await, []);
    assert_eq!(database.number("SELECT count(*) FROM forward").await, 1);
}

#[tokio::test]
async fn two_workers_never_hold_one_forward() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    for number in 0..20 {
        city.file(&format!("26-{number}")).await;
    }
    let claims = join_all((0..4).map(|_| async {
        let mut held = Vec::new();
        while let Some(claimed) = city.claim(now()).await {
            held.push(claimed.forward.forward_id);
        }
        held
    }));
    let mut held: Vec<_> = claims.await.concat();
    held.sort();
    held.dedup();
    assert_eq!(held.len(), 20);
    assert_eq!(city.claim(later(119)).await, None);
}

#[tokio::test]
async fn a_worker_that_dies_leaves_a_post_that_may_have_been_carried_out() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.file("26-1").await;
    let first = city.claim(now()).await.unwrap();
    assert_eq!(first.turn, Turn::Post);
    let second = city.claim(later(120)).await.unwrap();
    assert_eq!(second.turn, Turn::Search);
    assert_eq!(second.forward.progress.posted, Some(now()));

    // Who was thought dead comes late, and may not write any more.
    let dead = first
        .forward
        .progress
        .clone()
        .after_post(Posting::Refused, now(), now(), 0);
    assert!(!save(&city.storage, &first.forward, &dead, None).await);
    let [forward] = &city.forwards("26-1").await[..] else {
        panic!("one forward");
    };
    assert_eq!(forward.progress.state, ForwardState::Posted);
}

/// F5.
#[tokio::test]
async fn a_remote_changes_only_what_was_forwarded_to_it() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let other = remote("lynn", &[]);
    city.storage
        .put_remote(&other, KeyChange::Set, BY, now())
        .await
        .unwrap();
    city.confirm("26-1", "S-1").await;
    let local = a_service("RATS").insert(&city.storage).await;
    Filing::of(&local)
        .candidates(&["26-2"])
        .filed(&city.storage)
        .await;

    for (remote, remote_id) in [
        ("lynn", "S-1"),
        ("lynn", "26-1"),
        ("salem", "26-1"),
        ("salem", "26-2"),
        ("salem", "S-2"),
    ] {
        let touched = city.news(remote, remote_id, &fixed("forged")).await;
        assert_eq!(touched, 0, "{remote} {remote_id}");
    }
    assert_eq!(city.status("26-1").await, Status::Open);
    assert_eq!(city.status("26-2").await, Status::Open);
    assert_eq!(city.news("salem", "S-1", &fixed("1")).await, 1);
    assert_eq!(city.status("26-1").await, Status::Closed);
    assert_eq!(city.status("26-2").await, Status::Open);
}

#[tokio::test]
async fn an_update_that_is_told_twice_is_written_once() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.confirm("26-1", "S-1").await;
    for _ in 0..3 {
        assert_eq!(city.news("salem", "S-1", &fixed("1")).await, 1);
    }
    let history = city
        .storage
        .list_history(&["26-1"], View::Public)
        .await
        .unwrap();
    let told: Vec<_> = history
        .iter()
        .filter(|one| one.author == "remote:salem")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].author_name.as_deref(), Some("salem"));
    let seen = &city.forwards("26-1").await[0];
    assert_eq!(seen.seen_status.as_deref(), Some("fixed"));
}

/// F3: an id that is given twice.
#[tokio::test]
async fn one_update_about_an_id_that_stands_for_two_of_ours_is_told_of_both() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.confirm("26-1", "S-1").await;
    city.confirm("26-2", "S-1").await;
    assert_eq!(city.news("salem", "S-1", &fixed("1")).await, 2);
    assert_eq!(city.status("26-1").await, Status::Closed);
    assert_eq!(city.status("26-2").await, Status::Closed);
}

#[tokio::test]
async fn who_filed_is_read_only_as_far_as_the_remote_may_know() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let filing = Filing::of(&city.service)
        .candidates(&["26-1"])
        .email("canary@a.example");
    filing.filed(&city.storage).await;
    let forward = city.forwards("26-1").await.remove(0);
    let content = |remote: Remote| {
        let (storage, forward) = (city.storage.clone(), forward.clone());
        async move {
            storage
                .find_forward_content(&forward, &remote)
                .await
                .unwrap()
                .unwrap()
        }
    };
    let silent = content(city.remote.clone()).await;
    assert!(silent.reporter.is_unknown());
    assert!(silent.rule.is_some() && silent.hops.is_empty());
    let with_phone = content(remote("salem", &["phone"])).await;
    assert!(with_phone.reporter.is_unknown());
    let told = content(remote("salem", &["email"])).await;
    assert_eq!(told.reporter.email.as_deref(), Some("canary@a.example"));
}

#[tokio::test]
async fn the_way_that_a_service_request_came_is_kept_to_be_passed_on() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mut filing = Filing::of(&city.service).candidates(&["26-1"]);
    filing.hops = Hops::parse("a1/county/7").unwrap();
    filing.filed(&city.storage).await;
    let forward = city.forwards("26-1").await.remove(0);
    let content = city
        .storage
        .find_forward_content(&forward, &city.remote)
        .await;
    assert_eq!(content.unwrap().unwrap().hops, filing.hops);
}

#[tokio::test]
async fn what_was_given_up_is_listed_and_taken_up_again_once() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.file("26-1").await;
    let claimed = city.claim(now()).await.unwrap().forward;
    let dead = claimed
        .progress
        .clone()
        .after_post(Posting::Refused, now(), now(), 0);
    assert!(save(&city.storage, &claimed, &dead, Some("it answered 400")).await);
    let listed = city
        .storage
        .list_forwards(ForwardState::Dead, None, 10)
        .await
        .unwrap();
    let [forward] = &listed[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(forward.last_answer.as_deref(), Some("it answered 400"));
    assert_eq!(city.claim(later(1_000_000)).await, None);

    let replay = async || {
        let replayed = city
            .storage
            .replay_forward(forward.forward_id, None, BY, later(60));
        replayed.await.unwrap()
    };
    assert_eq!(replay().await, Replayed::Begun);
    assert_eq!(replay().await, Replayed::NotGivenUp);
    let claimed = city.claim(later(60)).await.unwrap();
    assert_eq!(claimed.turn, Turn::Post);
    assert_eq!(claimed.forward.forward_id, forward.forward_id);
    let after = Some(forward.forward_id);
    let next = city
        .storage
        .list_forwards(ForwardState::Dead, after, 10)
        .await
        .unwrap();
    assert_eq!(next, []);
}

#[tokio::test]
async fn what_people_found_out_there_is_looked_at_and_not_posted() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.file("26-1").await;
    let claimed = city.claim(now()).await.unwrap().forward;
    let lost = Progress {
        state: ForwardState::Uncertain,
        next: None,
        ..claimed.progress.clone()
    };
    assert!(save(&city.storage, &claimed, &lost, None).await);
    let found = Some(id("S-9"));
    let replayed = city
        .storage
        .replay_forward(claimed.forward_id, found, BY, later(60));
    assert_eq!(replayed.await.unwrap(), Replayed::Begun);
    assert_eq!(city.claim(later(60)).await, None);
    let looks = city
        .storage
        .claim_looks(&city.remote, 10, later(60), later(180))
        .await
        .unwrap();
    assert_eq!(looks[0].progress.remote_id, Some(id("S-9")));
    let again = city
        .storage
        .claim_looks(&city.remote, 10, later(61), later(180))
        .await;
    assert_eq!(again.unwrap(), []);
}

#[tokio::test]
async fn people_may_forward_what_no_rule_does_but_not_twice() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let local = a_service("RATS").insert(&city.storage).await;
    Filing::of(&local)
        .candidates(&["26-2"])
        .filed(&city.storage)
        .await;
    let route = async |id_there: &str, remote: &str| {
        let name = RemoteName::parse(remote).unwrap();
        let code = ServiceCode::parse("LAMP").unwrap();
        city.storage
            .begin_forward(&id(id_there), &name, &code, BY, now())
            .await
            .unwrap()
    };
    assert!(matches!(route("26-2", "salem").await, Routed::Begun(_)));
    assert_eq!(route("26-2", "salem").await, Routed::Already);
    assert_eq!(route("26-3", "salem").await, Routed::UnknownServiceRequest);
    assert_eq!(route("26-2", "lynn").await, Routed::UnknownRemote);
}

#[tokio::test]
async fn a_remote_that_is_needed_is_not_removed_and_its_key_is_told_nobody() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let delete = async || {
        city.storage
            .delete_remote(&city.remote.name, BY, now())
            .await
            .unwrap()
    };
    assert_eq!(delete().await, Removal::InUse);
    let code = &city.service.service_code;
    assert!(
        city.storage
            .delete_forward_rule(code, BY, now())
            .await
            .unwrap()
    );
    assert!(
        !city
            .storage
            .delete_forward_rule(code, BY, now())
            .await
            .unwrap()
    );
    assert_eq!(delete().await, Removal::Removed);
    assert_eq!(delete().await, Removal::Unknown);
    let entries = city.storage.list_audit_entries(None, 100).await.unwrap();
    assert_eq!(entries.len(), 4);
    assert!(!format!("{entries:?}").contains("canary"));
}

#[tokio::test]
async fn a_remote_that_is_described_anew_keeps_its_key_unless_another_is_given() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mut anew = city.remote.clone();
    anew.api_key = None;
    anew.base_url.push_str("/other");
    let put = async |key| {
        city.storage
            .put_remote(&anew, key, BY, now())
            .await
            .unwrap()
    };
    assert_eq!(put(KeyChange::Keep).await, RemoteChange::Changed);
    let kept = city.storage.find_remote(&anew.name).await.unwrap().unwrap();
    assert_eq!(kept.api_key, city.remote.api_key);
    assert_eq!(kept.base_url, anew.base_url);
    put(KeyChange::Set).await;
    let without = city.storage.list_remotes().await.unwrap().remove(0);
    assert_eq!(without.api_key, None);
}

#[tokio::test]
async fn the_key_of_a_remote_is_kept_for_no_other_host() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mut anew = city.remote.clone();
    anew.base_url = "https://other.example".into();
    let put = async |key| {
        let put = city.storage.put_remote(&anew, key, BY, now()).await;
        put.unwrap()
    };
    let find = async || city.storage.find_remote(&anew.name).await.unwrap();
    assert_eq!(put(KeyChange::Keep).await, RemoteChange::KeyOfAnother);
    assert_eq!(find().await.as_ref(), Some(&city.remote));
    assert_eq!(put(KeyChange::Set).await, RemoteChange::Changed);
    assert_eq!(find().await.unwrap().base_url, anew.base_url);
    // Without a key there is nothing to protect.
    let mut without = anew.clone();
    without.api_key = None;
    let set = city.storage.put_remote(&without, KeyChange::Set, BY, now());
    assert_eq!(set.await.unwrap(), RemoteChange::Changed);
    let kept = city
        .storage
        .put_remote(&city.remote, KeyChange::Keep, BY, now());
    assert_eq!(kept.await.unwrap(), RemoteChange::Changed);
}

#[tokio::test]
async fn the_updates_of_a_remote_are_read_by_one_worker_at_a_time() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let name = &city.remote.name;
    let claim = async |at| {
        let lease = at + TimeDelta::minutes(2);
        city.storage
            .claim_updates_poll(name, at, lease)
            .await
            .unwrap()
    };
    let first = claim(now()).await.unwrap();
    assert_eq!(first.until, None);
    assert_eq!(claim(later(60)).await, None);
    let mut second = claim(later(120)).await.unwrap();
    second.until = Some(later(120));
    let next = later(400);
    assert!(
        !city
            .storage
            .save_updates_poll(name, first, next, None)
            .await
            .unwrap()
    );
    assert!(
        city.storage
            .save_updates_poll(name, second, next, None)
            .await
            .unwrap()
    );
    assert_eq!(claim(later(399)).await, None);
    assert_eq!(claim(next).await.unwrap().until, Some(later(120)));
}

#[tokio::test]
async fn every_process_on_a_database_is_the_same_server() {
    let database = TestDatabase::new().await;
    let storage = database.storage();
    assert_eq!(storage.server_id("a", now()).await.unwrap(), "a");
    assert_eq!(storage.server_id("b", later(1)).await.unwrap(), "a");
}

#[tokio::test]
async fn what_waits_is_tried_at_once_when_the_remote_is_back() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.file("26-1").await;
    let claimed = city.claim(now()).await.unwrap().forward;
    let away = Posting::NotCarriedOut {
        wait: Some(TimeDelta::hours(1)),
    };
    let waiting = claimed.progress.clone().after_post(away, now(), now(), 0);
    assert!(save(&city.storage, &claimed, &waiting, None).await);
    assert_eq!(city.claim(later(60)).await, None);
    assert_eq!(
        city.storage
            .hasten_forwards(&city.remote, later(60))
            .await
            .unwrap(),
        1
    );
    assert!(city.claim(later(60)).await.is_some());
}
