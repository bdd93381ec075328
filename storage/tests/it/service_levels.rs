//! What is promised, and when a jurisdiction works.

use crate::{
    filing::{Filing, id},
    time,
};
use domain::{Holiday, LevelUnit, Opening, Priority, ServiceLevel, ServiceLevels, WorkingHours};
use storage::{
    By, JurisdictionStorage, MAX_HOLIDAYS,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const BY: By<'_> = By {
    actor: "operator",
    operation: "test",
};

fn now() -> chrono::DateTime<chrono::Utc> {
    time("2026-06-01T12:00:00Z")
}

/// Monday to Friday, 09:00-17:00.
fn office() -> WorkingHours {
    let opening = Opening::parse("09:00-17:00").unwrap();
    let days = WorkingHours::WEEKDAYS.into_iter().take(5);
    WorkingHours::new(days.map(|(_, day)| (day, opening))).unwrap()
}

fn level(amount: u32, unit: LevelUnit) -> ServiceLevel {
    ServiceLevel::new(amount, unit).unwrap()
}

fn day(day: &str) -> Holiday {
    Holiday::parse(day, "A holiday").unwrap()
}

/// A city in which potholes take two working days, and four hours when they are urgent.
async fn city(database: &TestDatabase) -> JurisdictionStorage {
    let city = a_jurisdiction("city").insert(database).await;
    let service = a_service("POTHOLE").insert(&city).await;
    let levels = ServiceLevels::new([
        (Priority::Normal, level(2, LevelUnit::WorkingDays)),
        (Priority::Urgent, level(4, LevelUnit::Hours)),
    ]);
    assert!(
        city.replace_service_levels(&service.service_code, &levels, BY, now())
            .await
            .unwrap()
    );
    city.replace_working_hours(&office(), BY, now())
        .await
        .unwrap();
    city
}

/// Of something that is filed.
async fn expected(city: &JurisdictionStorage, service: &str) -> String {
    let code = service.parse_code();
    // Thursday, 08:00 in New York.
    let from = time("2026-06-04T12:00:00Z");
    let zone = chrono_tz::America::New_York;
    let terms = city.find_terms(&code, None, from, zone).await.unwrap();
    let at = terms.unwrap().expected_datetime;
    at.map_or("never".to_owned(), |at| at.to_rfc3339())
}

trait ParseCode {
    fn parse_code(&self) -> domain::ServiceCode;
}

impl ParseCode for str {
    fn parse_code(&self) -> domain::ServiceCode {
        domain::ServiceCode::parse(self).unwrap()
    }
}

#[tokio::test]
async fn what_is_expected_comes_from_the_level_the_hours_and_the_holidays() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let monday = "2026-06-08T21:00:00+00:00";
    assert_eq!(expected(&city, "POTHOLE").await, monday);
    let code = "POTHOLE".parse_code();
    let levels = city.find_service_levels(&code).await.unwrap().unwrap();
    let urgent = level(4, LevelUnit::Hours);
    assert_eq!(levels.of(Some(Priority::Urgent)), Some(urgent));
    assert_eq!(levels.of(Some(Priority::Low)), levels.of(None));
    assert!(
        city.insert_holiday(&day("2026-06-05"), BY, now())
            .await
            .unwrap()
    );
    assert_eq!(
        expected(&city, "POTHOLE").await,
        "2026-06-09T21:00:00+00:00"
    );
    a_service("RATS").insert(&city).await;
    assert_eq!(expected(&city, "RATS").await, "never");
}

#[tokio::test]
async fn levels_are_replaced_as_a_whole_and_read_back() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let code = "POTHOLE".parse_code();
    let before = city.find_service_levels(&code).await.unwrap().unwrap();
    assert_eq!(before.iter().count(), 2);
    let none = ServiceLevels::default();
    assert!(
        city.replace_service_levels(&code, &none, BY, now())
            .await
            .unwrap()
    );
    assert_eq!(city.find_service_levels(&code).await.unwrap(), Some(none));
    assert_eq!(expected(&city, "POTHOLE").await, "never");
}

#[tokio::test]
async fn a_service_that_is_not_there_has_no_levels_and_takes_none() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let code = "RATS".parse_code();
    assert_eq!(city.find_service_levels(&code).await.unwrap(), None);
    let levels = ServiceLevels::default();
    assert!(
        !city
            .replace_service_levels(&code, &levels, BY, now())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn working_hours_and_holidays_are_replaced_as_a_whole_and_read_back() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    assert_eq!(city.find_working_hours().await.unwrap(), office());
    let days = [day("2026-12-25"), day("2026-01-01")];
    city.replace_holidays(&days, BY, now()).await.unwrap();
    let listed = city.list_holidays().await.unwrap();
    assert_eq!(listed, [day("2026-01-01"), day("2026-12-25")]);
    let renamed = Holiday::parse("2026-12-25", "Christmas").unwrap();
    assert!(city.insert_holiday(&renamed, BY, now()).await.unwrap());
    assert_eq!(city.list_holidays().await.unwrap()[1].name, "Christmas");
    city.replace_holidays(&[], BY, now()).await.unwrap();
    city.replace_working_hours(&WorkingHours::default(), BY, now())
        .await
        .unwrap();
    assert!(city.list_holidays().await.unwrap().is_empty());
    assert!(city.find_working_hours().await.unwrap().is_empty());
}

#[tokio::test]
async fn there_is_an_end_to_holidays() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let first = time("2026-01-01T00:00:00Z").date_naive();
    let days: Vec<Holiday> = (0..MAX_HOLIDAYS)
        .map(|number| Holiday {
            day: first + chrono::Days::new(number as u64),
            name: "A holiday".to_owned(),
        })
        .collect();
    city.replace_holidays(&days, BY, now()).await.unwrap();
    assert!(
        !city
            .insert_holiday(&day("2050-01-01"), BY, now())
            .await
            .unwrap()
    );
    assert!(
        city.insert_holiday(&day("2026-01-01"), BY, now())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn one_city_does_not_see_the_calendar_of_another() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let other = a_jurisdiction("other").insert(&database).await;
    city.replace_holidays(&[day("2026-12-25")], BY, now())
        .await
        .unwrap();
    assert!(other.find_working_hours().await.unwrap().is_empty());
    assert!(other.list_holidays().await.unwrap().is_empty());
    a_service("POTHOLE").insert(&other).await;
    assert_eq!(expected(&other, "POTHOLE").await, "never");
}

#[tokio::test]
async fn what_is_filed_keeps_what_was_promised() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let service = a_service("POTHOLE").insert(&city).await;
    let mut filing = Filing::of(&service).candidates(&["26-1"]);
    filing.submission.expected_datetime = Some(time("2026-06-03T21:00:00Z"));
    filing.filed(&city).await;
    let found = city.find_service_request(&id("26-1")).await.unwrap();
    let promised = found.unwrap().expected_datetime;
    assert_eq!(promised, filing.submission.expected_datetime);
}

#[tokio::test]
async fn who_changed_what_is_promised_is_written_down() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let days = [day("2026-12-25")];
    city.replace_holidays(&days, BY, now()).await.unwrap();
    let entries = city.list_audit_entries(None, 10).await.unwrap();
    let told: Vec<String> = entries
        .iter()
        .map(|one| {
            let after = one.after.as_ref().map(ToString::to_string);
            format!("{} {}", one.object_kind, after.unwrap_or_default())
        })
        .collect();
    let hours = ["monday", "tuesday", "wednesday", "thursday", "friday"]
        .map(|day| format!("\"{day} 09:00-17:00\""))
        .join(",");
    assert_eq!(
        told,
        [
            r#"service_level {"levels":["normal 2 working_days","urgent 4 hours"]}"#.to_owned(),
            format!(r#"working_hours {{"working_hours":[{hours}]}}"#),
            r#"holiday {"days":["2026-12-25"]}"#.to_owned(),
        ]
    );
}
