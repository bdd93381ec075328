use super::*;
use crate::{DetailedStatus, Position, ServiceCode, ServiceRequest, Status};

fn noon() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn id(text: &str) -> ServiceRequestId {
    ServiceRequestId::parse(text).unwrap()
}

fn plain() -> Dialect {
    Dialect::default()
}

fn idempotent() -> Dialect {
    Dialect {
        idempotency: true,
        ..Dialect::default()
    }
}

/// Posted at noon, with an answer that was lost.
fn lost() -> Progress {
    let lost = Posting::Unknown { wait: None };
    Progress::begin(noon()).after_post(lost, noon(), noon(), 200)
}

#[test]
fn every_state_is_found_by_its_word() {
    for state in ForwardState::ALL {
        assert_eq!(ForwardState::parse(state.as_str()), Ok(state));
    }
    assert!(ForwardState::parse("posting").is_err());
}

#[test]
fn what_was_certainly_not_carried_out_is_posted_again_for_a_week_and_then_dead() {
    let mut progress = Progress::begin(noon());
    let mut now = noon();
    let mut tries = 0;
    while let Some(next) = progress.next {
        assert_eq!(progress.turn(&plain(), next), Some(Turn::Post));
        now = next;
        progress = progress.after_post(Posting::NotCarriedOut { wait: None }, now, now, 400);
        tries += 1;
    }
    assert_eq!(progress.state, ForwardState::Dead);
    assert!(now - noon() >= PATIENCE && now - noon() < PATIENCE + TimeDelta::hours(2));
    assert!((100..200).contains(&tries), "{tries}");
}

/// F7.
#[test]
fn an_endpoint_that_is_back_after_a_day_is_tried_within_the_hour() {
    let mut progress = Progress::begin(noon());
    let mut now = noon();
    while now < noon() + TimeDelta::hours(24) {
        now = progress.next.unwrap();
        progress = progress.after_post(Posting::NotCarriedOut { wait: None }, now, now, 400);
    }
    assert_eq!(progress.state, ForwardState::Pending);
    assert!(progress.next.unwrap() - now <= TimeDelta::minutes(72));
}

#[test]
fn a_lost_answer_is_repeated_only_where_a_post_is_carried_out_once() {
    let soon = noon() + TimeDelta::minutes(1);
    assert_eq!(lost().turn(&idempotent(), soon), Some(Turn::Post));
    assert_eq!(lost().turn(&plain(), soon), Some(Turn::Search));
    // The key may be forgotten there by now.
    let late = noon() + TimeDelta::hours(21);
    assert_eq!(lost().turn(&idempotent(), late), Some(Turn::Search));
}

#[test]
fn a_worker_that_dies_while_a_post_is_under_way_leaves_it_to_be_looked_for() {
    let lease = noon() + TimeDelta::minutes(2);
    let left = Progress::begin(noon()).leaving(noon(), lease);
    assert_eq!(left.next, Some(lease));
    assert_eq!(left.turn(&plain(), lease), Some(Turn::Search));
    assert_eq!(left.turn(&idempotent(), lease), Some(Turn::Post));
}

#[test]
fn what_is_found_is_confirmed_and_what_may_be_several_is_left_to_people() {
    let found = Some(Found::One(id("17")));
    let confirmed = lost().after_search(found, &plain(), noon(), 0);
    assert_eq!(confirmed.state, ForwardState::Confirmed);
    assert_eq!(confirmed.remote_id, Some(id("17")));
    let several = lost().after_search(Some(Found::Several), &plain(), noon(), 0);
    assert_eq!(
        (several.state, several.next),
        (ForwardState::Uncertain, None)
    );
}

#[test]
fn what_is_not_found_is_never_posted_blindly() {
    let mut progress = lost();
    for _ in 0..SEARCHES {
        let now = progress.next.unwrap();
        assert_eq!(progress.turn(&plain(), now), Some(Turn::Search));
        progress = progress.after_search(Some(Found::Nothing), &plain(), now, 0);
    }
    assert_eq!(progress.state, ForwardState::Uncertain);
    assert_eq!(progress.turn(&plain(), noon()), None);
}

#[test]
fn where_everything_is_listed_at_once_what_is_not_listed_twice_is_posted_again() {
    let dialect = Dialect {
        lists_at_once: true,
        ..plain()
    };
    let once = lost().after_search(Some(Found::Nothing), &dialect, noon(), 0);
    assert_eq!(once.state, ForwardState::Posted);
    let twice = once.after_search(Some(Found::Nothing), &dialect, noon(), 0);
    assert_eq!(twice.state, ForwardState::Pending);
    assert_eq!(twice.begun, noon());
}

#[test]
fn an_endpoint_that_does_not_answer_the_search_decides_nothing_for_a_week() {
    let mut progress = lost();
    let mut now = noon();
    while let Some(next) = progress.next {
        now = next;
        progress = progress.after_search(None, &plain(), now, 0);
    }
    assert_eq!(progress.state, ForwardState::Uncertain);
    assert!(now - noon() >= PATIENCE);
}

#[test]
fn a_refusal_ends_it_and_after_a_lost_answer_it_decides_nothing() {
    let dead = Progress::begin(noon()).after_post(Posting::Refused, noon(), noon(), 0);
    assert_eq!((dead.state, dead.next), (ForwardState::Dead, None));
    let refused = lost().after_post(Posting::Refused, noon(), noon(), 0);
    assert_eq!(refused.state, ForwardState::Uncertain);
}

#[test]
fn a_failure_before_anything_left_does_not_make_a_lost_answer_known() {
    let again = lost().after_post(Posting::NotCarriedOut { wait: None }, noon(), noon(), 0);
    assert_eq!(again.state, ForwardState::Posted);
    assert_eq!(again.posted, Some(noon()));
}

#[test]
fn an_endpoint_may_ask_to_wait_for_at_most_a_day() {
    let wait = |wait| {
        let posting = Posting::NotCarriedOut { wait: Some(wait) };
        let next = Progress::begin(noon()).after_post(posting, noon(), noon(), 200);
        next.next.unwrap() - noon()
    };
    assert_eq!(wait(TimeDelta::hours(2)), TimeDelta::hours(2));
    assert_eq!(wait(TimeDelta::days(400)), TimeDelta::days(1));
    assert_eq!(wait(TimeDelta::seconds(-5)), TimeDelta::seconds(5));
}

fn token() -> Progress {
    let filed = Posting::Filed {
        remote_id: None,
        token: Some("t1".into()),
    };
    Progress::begin(noon()).after_post(filed, noon(), noon(), 0)
}

/// F4.
#[test]
fn a_token_that_becomes_an_id_after_a_day_is_asked_for_ever_less_often() {
    let mut progress = token();
    let (mut now, mut asked) = (noon(), 0);
    while now < noon() + TimeDelta::hours(25) {
        now = progress.next.unwrap();
        assert_eq!(progress.turn(&plain(), now), Some(Turn::AskToken));
        progress = progress.after_token(TokenAnswer::Pending, &plain(), now, 200);
        asked += 1;
    }
    assert!((20..60).contains(&asked), "{asked}");
    let resolved = progress.after_token(TokenAnswer::Resolved(id("9")), &plain(), now, 0);
    assert_eq!(resolved.state, ForwardState::Confirmed);
    assert_eq!(resolved.remote_id, Some(id("9")));
}

/// F4.
#[test]
fn a_token_that_never_becomes_an_id_is_given_up_and_never_posted_again() {
    let mut progress = token();
    while let Some(next) = progress.next {
        progress = progress.after_token(TokenAnswer::Pending, &plain(), next, 0);
    }
    assert_eq!(progress.state, ForwardState::Dead);
    let replayed = progress.replayed(noon());
    assert_eq!(replayed.turn(&plain(), noon()), Some(Turn::AskToken));
}

#[test]
fn what_has_neither_id_nor_token_is_confirmed_and_not_looked_at() {
    let filed = Posting::Filed {
        remote_id: None,
        token: None,
    };
    let done = Progress::begin(noon()).after_post(filed, noon(), noon(), 0);
    assert_eq!((done.state, done.next), (ForwardState::Confirmed, None));
    assert_eq!(done.turn(&plain(), noon()), None);
}

#[test]
fn people_may_take_up_again_what_was_given_up() {
    let dead = Progress::begin(noon()).after_post(Posting::Refused, noon(), noon(), 0);
    let later = noon() + TimeDelta::days(9);
    assert_eq!(dead.replayed(later), Progress::begin(later));
}

#[test]
fn what_does_not_change_is_looked_at_less_often_and_what_is_closed_not_for_ever() {
    let confirmed = lost().after_search(Some(Found::One(id("1"))), &plain(), noon(), 0);
    let wait = |is_open, age: TimeDelta| {
        let looked = confirmed
            .clone()
            .after_look(is_open, noon() - age, &plain(), noon());
        looked.next.map(|next| next - noon())
    };
    assert_eq!(
        wait(true, TimeDelta::minutes(1)),
        Some(TimeDelta::minutes(5))
    );
    assert_eq!(wait(true, TimeDelta::hours(20)), Some(TimeDelta::hours(1)));
    assert_eq!(wait(true, TimeDelta::days(900)), Some(TimeDelta::hours(6)));
    assert_eq!(wait(false, TimeDelta::days(20)), Some(TimeDelta::hours(6)));
    assert_eq!(wait(false, TimeDelta::days(31)), None);
}

fn sought() -> Sought {
    Sought {
        service_code: ServiceCode::parse("LAMP").unwrap(),
        description: Some("Two lamps\r\nare dark".into()),
        position: Position::new(42.36, -71.05),
        posted: noon(),
    }
}

fn listed(service_request_id: &str) -> ServiceRequest {
    let sought = sought();
    ServiceRequest {
        service_request_id: id(service_request_id),
        status: Status::Open,
        status_notes: None,
        service_name: "Lamp".into(),
        service_code: sought.service_code,
        description: Some("Two lamps are  dark".into()),
        agency_responsible: None,
        service_notice: None,
        requested_datetime: noon() + TimeDelta::seconds(2),
        updated_datetime: noon() + TimeDelta::seconds(2),
        expected_datetime: None,
        address: None,
        address_id: None,
        zipcode: None,
        position: Position::new(42.360_04, -71.05),
        media_url: None,
        attributes: vec![],
        extended_attributes: vec![],
        notes: vec![],
        detailed_status: DetailedStatus::Open,
        closing: None,
        closed_datetime: None,
        updates: vec![],
    }
}

#[test]
fn what_was_posted_is_recognised_by_service_words_place_and_time() {
    let one = listed("1");
    assert_eq!(sought().find([&one], |_| false), Found::One(id("1")));
    let elsewhere = ServiceRequest {
        position: Position::new(42.37, -71.05),
        ..listed("2")
    };
    let earlier = ServiceRequest {
        requested_datetime: noon() - TimeDelta::hours(2),
        ..listed("3")
    };
    let other_words = ServiceRequest {
        description: Some("A lamp".into()),
        ..listed("4")
    };
    let other_service = ServiceRequest {
        service_code: ServiceCode::parse("RATS").unwrap(),
        ..listed("5")
    };
    for other in [elsewhere, earlier, other_words, other_service] {
        assert_eq!(sought().find([&other], |_| false), Found::Nothing);
    }
    let placeless = ServiceRequest {
        position: None,
        ..listed("6")
    };
    assert_eq!(sought().find([&placeless], |_| false), Found::One(id("6")));
}

#[test]
fn two_that_may_be_it_are_not_chosen_from_unless_one_is_known_to_be_another() {
    let (one, two) = (listed("1"), listed("2"));
    assert_eq!(sought().find([&one, &two], |_| false), Found::Several);
    assert_eq!(sought().find([&one, &one], |_| false), Found::One(id("1")));
    let taken = |known: &ServiceRequestId| known.as_str() == "1";
    assert_eq!(sought().find([&one, &two], taken), Found::One(id("2")));
}

#[test]
fn without_words_nothing_can_be_told_from_another() {
    let mut sought = sought();
    sought.description = None;
    let silent = ServiceRequest {
        description: None,
        ..listed("1")
    };
    assert_eq!(sought.find([&silent], |_| false), Found::Several);
    assert_eq!(sought.find([], |_| false), Found::Nothing);
}
