//! Service levels, working hours and holidays, as they are answered and sent.

use crate::openapi::words;
use domain::{Holiday, Priority, ServiceLevels, WorkingHours};
use serde::Serialize;
use utoipa::ToSchema;

/// What is promised for a service, by priority.
#[derive(Serialize, ToSchema)]
pub struct ServiceLevelDocument {
    /// For what has the priority low; null: as for normal.
    low: Option<LevelDocument>,
    /// For what has the priority normal, or none; null: nothing is promised.
    normal: Option<LevelDocument>,
    /// For what has the priority high; null: as for normal.
    high: Option<LevelDocument>,
    /// For what has the priority urgent; null: as for normal.
    urgent: Option<LevelDocument>,
}

/// So many of a unit.
#[derive(Serialize, ToSchema)]
pub struct LevelDocument {
    /// How many; at most about a year.
    #[schema(minimum = 1, maximum = 8784)]
    amount: u32,
    /// Of what.
    #[schema(value_type = words::LevelUnit)]
    unit: &'static str,
}

impl From<&ServiceLevels> for ServiceLevelDocument {
    fn from(levels: &ServiceLevels) -> Self {
        let of = |priority: Priority| {
            let mut told = levels.iter().filter(|(of, _)| *of == priority);
            told.next().map(|(_, level)| LevelDocument {
                amount: level.amount(),
                unit: level.unit().as_str(),
            })
        };
        Self {
            low: of(Priority::Low),
            normal: of(Priority::Normal),
            high: of(Priority::High),
            urgent: of(Priority::Urgent),
        }
    }
}

/// When a jurisdiction works in an ordinary week, on its own clock. A day without hours is a day off.
#[derive(Serialize, ToSchema)]
pub struct WorkingHoursDocument {
    /// From when to when, such as `08:00-12:00`; up to ten.
    monday: Vec<String>,
    /// As on Monday.
    tuesday: Vec<String>,
    /// As on Monday.
    wednesday: Vec<String>,
    /// As on Monday.
    thursday: Vec<String>,
    /// As on Monday.
    friday: Vec<String>,
    /// As on Monday.
    saturday: Vec<String>,
    /// As on Monday.
    sunday: Vec<String>,
}

impl From<&WorkingHours> for WorkingHoursDocument {
    fn from(hours: &WorkingHours) -> Self {
        let [
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        ] = WorkingHours::WEEKDAYS.map(|(_, day)| {
            let openings = hours.on(day).iter();
            openings.map(ToString::to_string).collect()
        });
        Self {
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        }
    }
}

/// The days on which a jurisdiction does not work although its week says so.
#[derive(Serialize, ToSchema)]
pub struct Holidays<'a> {
    /// In order.
    #[schema(max_items = 1000)]
    pub holidays: Vec<HolidayDocument<'a>>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
pub struct HolidayDocument<'a> {
    /// The day.
    #[schema(format = Date, example = "2026-12-25")]
    day: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 500)]
    name: &'a str,
}

impl<'a> From<&'a Holiday> for HolidayDocument<'a> {
    fn from(holiday: &'a Holiday) -> Self {
        let Holiday { day, name } = holiday;
        Self {
            day: day.to_string(),
            name,
        }
    }
}
