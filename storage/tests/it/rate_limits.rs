//! Rates are kept for all servers together.

use crate::time;
use chrono::{DateTime, TimeDelta, Utc};
use storage::{
    JurisdictionStorage, Taken,
    testing::{TestDatabase, a_jurisdiction},
};

fn noon() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

async fn take(of: &JurisdictionStorage, wanted: u32, seconds: i64) -> Taken {
    let now = noon() + TimeDelta::seconds(seconds);
    of.take_of_rate("k1", wanted, 60, now).await.unwrap()
}

#[tokio::test]
async fn a_minutes_requests_may_come_at_once_and_then_one_a_second() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    assert_eq!(take(&boston, 50, 0).await.granted, 50);
    assert_eq!(take(&boston, 50, 0).await.granted, 10);
    let none = take(&boston, 50, 0).await;
    assert_eq!((none.granted, none.wait_us), (0, 1_000_000));
    assert_eq!(take(&salem, 50, 0).await.granted, 50, "another city");
    assert_eq!(take(&boston, 50, 3).await.granted, 3);
    assert_eq!(take(&boston, 50, 3).await.granted, 0);
    assert_eq!(take(&boston, 100, 600).await.granted, 60, "one minute's");
}

#[tokio::test]
async fn a_clock_that_is_behind_gives_nothing_away() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    assert_eq!(take(&boston, 60, 0).await.granted, 60);
    assert_eq!(take(&boston, 1, -10).await.granted, 0);
    assert_eq!(take(&boston, 10, 1).await.granted, 1);
}

#[tokio::test]
async fn servers_that_ask_at_once_get_no_more_than_one_would() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let servers = (0..20).map(|_| async { take(&boston, 7, 0).await.granted });
    let granted: u32 = futures_util::future::join_all(servers).await.iter().sum();
    assert_eq!(granted, 60);
}

#[tokio::test]
async fn who_has_been_idle_is_forgotten() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    take(&boston, 30, 0).await;
    let after = |seconds| noon() + TimeDelta::seconds(seconds);
    assert_eq!(boston.delete_idle_rates(after(29)).await.unwrap(), 0);
    assert_eq!(boston.delete_idle_rates(after(31)).await.unwrap(), 1);
}
