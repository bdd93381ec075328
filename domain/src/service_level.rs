//! When a service request should be done: so many hours of the clock, or so many hours or days on
//! which a city works.
//!
//! A city works while its wall clock shows a time within its opening hours, except on holidays. So
//! nothing here adds a day or an hour to a wall clock: time is walked through in pieces in which
//! the clock runs evenly, and a change of the clocks begins a new piece.

use crate::{
    Violation, Violations,
    text::{MAX_LINE, line},
};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// Further ahead nothing is looked for: a calendar without a working day in ten years has none.
const HORIZON: TimeDelta = TimeDelta::days(3_660);
/// Minutes of a day.
const DAY_MINUTES: u32 = 24 * 60;

/// How soon a city means to have done what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLevel {
    unit: LevelUnit,
    amount: u32,
}

/// What a service level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelUnit {
    /// Hours of the clock, day and night.
    Hours,
    /// Hours in which the city works.
    WorkingHours,
    /// Days on which the city works: done when the last of them ends. The day of the filing does
    /// not count, as is usual for such periods
    /// ([Regulation 1182/71, article 3](https://eur-lex.europa.eu/eli/reg/1971/1182/oj)).
    WorkingDays,
}

impl LevelUnit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Hours, Self::WorkingHours, Self::WorkingDays];

    /// Our word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::WorkingHours => "working_hours",
            Self::WorkingDays => "working_days",
        }
    }

    /// The unit of a word.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == text.trim())
            .ok_or_else(|| Violation::new("unit", "is not hours, working_hours or working_days"))
    }

    /// More of it is no promise: a year, about.
    pub fn max_amount(self) -> u32 {
        match self {
            Self::Hours => 366 * 24,
            Self::WorkingHours => 2_000,
            Self::WorkingDays => 366,
        }
    }
}

impl ServiceLevel {
    /// So many of a unit.
    ///
    /// # Errors
    /// When it is none, or more than [`LevelUnit::max_amount`].
    pub fn new(amount: u32, unit: LevelUnit) -> Result<Self, Violation> {
        let max = unit.max_amount();
        if (1..=max).contains(&amount) {
            return Ok(Self { unit, amount });
        }
        let problem = format!("is not a whole number of {} from 1 to {max}", unit.as_str());
        Err(Violation::new("amount", problem))
    }

    /// How many.
    pub fn amount(self) -> u32 {
        self.amount
    }

    /// Of what.
    pub fn unit(self) -> LevelUnit {
        self.unit
    }

    /// When something should be done that was asked for at `from`, to the second. `None`: the
    /// calendar knows too few working days within ten years.
    ///
    /// Never earlier for a later `from`; by working hours or days always while the city works, the
    /// moment at which it closes included.
    pub fn expected_datetime(
        self,
        from: DateTime<Utc>,
        calendar: &Calendar,
    ) -> Option<DateTime<Utc>> {
        let from = crate::datetime::to_seconds(from);
        match self.unit {
            LevelUnit::Hours => from.checked_add_signed(TimeDelta::hours(self.amount.into())),
            LevelUnit::WorkingHours => {
                let mut left = TimeDelta::hours(self.amount.into());
                let reached = calendar.open_from(from).find(|open| {
                    let enough = left <= open.end - open.start;
                    if !enough {
                        left -= open.end - open.start;
                    }
                    enough
                })?;
                Some(reached.start + left)
            }
            LevelUnit::WorkingDays => {
                let filed = from.with_timezone(&calendar.zone).date_naive();
                let mut left = self.amount;
                let mut last: Option<Open> = None;
                for open in calendar.open_from(from).filter(|open| open.day > filed) {
                    if last.as_ref().is_none_or(|last| last.day != open.day) {
                        if left == 0 {
                            break;
                        }
                        left -= 1;
                    }
                    last = Some(open);
                }
                last.filter(|_| left == 0).map(|last| last.end)
            }
        }
    }
}

/// A time of day, twice: from the first minute to before the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    from_minute: u32,
    to_minute: u32,
}

impl Opening {
    /// From one minute of the day to before another, the last possible being 24:00.
    ///
    /// # Errors
    /// When the second is not later than the first, or there is no such minute.
    pub fn new(from_minute: u32, to_minute: u32) -> Result<Self, Violation> {
        if from_minute < to_minute && to_minute <= DAY_MINUTES {
            return Ok(Self {
                from_minute,
                to_minute,
            });
        }
        Err(Violation::new(
            "working_hours",
            "must end later than they begin, at 24:00 at the latest",
        ))
    }

    /// The opening of text such as `08:00-12:30`.
    ///
    /// # Errors
    /// When it is none; the problem names the text.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let minute = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            let number = |text: &str| {
                let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
                plain.then(|| text.parse::<u32>().ok()).flatten()
            };
            let (hour, minute) = (number(hour)?, number(minute)?);
            (minute < 60).then_some(hour * 60 + minute)
        };
        let parts = text.split_once('-');
        let minutes = parts.and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        let (from, to) = minutes.ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Violation::new(
                "working_hours",
                format!("hold {shown:?}, which is not two times such as 08:00-12:30"),
            )
        })?;
        Self::new(from, to)
    }

    /// The first minute of the day.
    pub fn from_minute(self) -> u32 {
        self.from_minute
    }

    /// The minute of the day before which it ends; 1440 is midnight.
    pub fn to_minute(self) -> u32 {
        self.to_minute
    }
}

impl std::fmt::Display for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [from, to] = [self.from_minute, self.to_minute].map(|at| (at / 60, at % 60));
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.0, from.1, to.0, to.1)
    }
}

/// When a city works in an ordinary week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkingHours {
    /// From Monday, each in order and without overlap.
    days: [Vec<Opening>; 7],
}

impl WorkingHours {
    /// The days of the week in the order in which they are told.
    pub const WEEKDAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    /// More pauses than that in one day are an accident.
    const MAX_OPENINGS: usize = 10;

    /// Hours from openings in any order.
    ///
    /// # Errors
    /// One violation for each day on which two openings overlap or that has more than ten.
    pub fn new(openings: impl IntoIterator<Item = (Weekday, Opening)>) -> Result<Self, Violations> {
        let mut days: [Vec<Opening>; 7] = Default::default();
        for (weekday, opening) in openings {
            days[weekday.num_days_from_monday() as usize].push(opening);
        }
        let mut violations = Violations::none();
        for (day, (name, _)) in days.iter_mut().zip(Self::WEEKDAYS) {
            day.sort_unstable();
            let overlap = |pair: &[Opening]| pair[1].from_minute < pair[0].to_minute;
            if day.windows(2).any(overlap) {
                violations.add(Violation::new(name, "has opening hours that overlap"));
            }
            if day.len() > Self::MAX_OPENINGS {
                let problem = format!("has more than {} opening hours", Self::MAX_OPENINGS);
                violations.add(Violation::new(name, problem));
            }
        }
        violations.check()?;
        Ok(Self { days })
    }

    /// When the city works on that day of the week, in order.
    pub fn on(&self, weekday: Weekday) -> &[Opening] {
        &self.days[weekday.num_days_from_monday() as usize]
    }

    /// Whether the city never works, as far as it has said.
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }
}

/// A day on which a city does not work although its week says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The day, on the city's calendar.
    pub day: NaiveDate,
    /// What it is called.
    pub name: String,
}

impl Holiday {
    /// A day such as `2026-12-25`, and what it is called.
    ///
    /// # Errors
    /// When it is no day from the year 1900 to 2999, or the name is empty or too long.
    pub fn parse(day: &str, name: &str) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let form = day.len() == 10 && day.is_ascii();
        let parsed = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
        let day = parsed.filter(|day| form && (1900..3000).contains(&day.year()));
        let day = day.ok_or_else(|| Violation::new("day", "is not a date such as 2026-12-25"));
        let day = violations.take(day);
        let name = match name.trim() {
            "" => Err(Violation::missing("name")),
            name => line("name", name, MAX_LINE),
        };
        let name = violations.take(name);
        match (day, name) {
            (Some(day), Some(name)) => Ok(Self { day, name }),
            _ => Err(violations),
        }
    }
}

/// When a city works, in its own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    hours: WorkingHours,
    holidays: BTreeSet<NaiveDate>,
}

/// A stretch of time in which the city works, on one day.
struct Open {
    day: NaiveDate,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// A stretch of time of one day in which the wall clock runs evenly.
struct Piece {
    day: NaiveDate,
    /// The instant at which the wall clock would show 00:00.
    midnight: DateTime<Utc>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Calendar {
    /// The calendar of a city in `zone`.
    pub fn new(
        zone: Tz,
        hours: WorkingHours,
        holidays: impl IntoIterator<Item = NaiveDate>,
    ) -> Self {
        Self {
            zone,
            hours,
            holidays: holidays.into_iter().collect(),
        }
    }

    /// Whether the city works at that moment: its wall clock shows a time within its hours.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let local = at.with_timezone(&self.zone).naive_local();
        let since = (local - local.date().and_time(NaiveTime::MIN)).num_minutes();
        let minute = u32::try_from(since).unwrap_or(0);
        self.openings(local.date())
            .iter()
            .any(|one| (one.from_minute..one.to_minute).contains(&minute))
    }

    /// When the city works on that day.
    fn openings(&self, day: NaiveDate) -> &[Opening] {
        if self.holidays.contains(&day) {
            return &[];
        }
        self.hours.on(day.weekday())
    }

    /// Every stretch in which the city works, from that moment on, in order.
    fn open_from(&self, from: DateTime<Utc>) -> impl Iterator<Item = Open> {
        self.pieces(from).flat_map(|piece| {
            let minutes = |minute: u32| TimeDelta::minutes(minute.into());
            self.openings(piece.day)
                .iter()
                .map(move |one| Open {
                    day: piece.day,
                    start: (piece.midnight + minutes(one.from_minute)).max(piece.start),
                    end: (piece.midnight + minutes(one.to_minute)).min(piece.end),
                })
                .filter(|open| open.start < open.end)
        })
    }

    /// The time from that moment on, piece by piece, as far as is looked.
    fn pieces(&self, from: DateTime<Utc>) -> impl Iterator<Item = Piece> {
        let horizon = from
            .checked_add_signed(HORIZON)
            .unwrap_or(DateTime::<Utc>::MAX_UTC - TimeDelta::days(2));
        let mut next = from;
        std::iter::from_fn(move || {
            (next < horizon).then(|| {
                let piece = self.piece(next);
                next = piece.end;
                piece
            })
        })
    }

    fn piece(&self, start: DateTime<Utc>) -> Piece {
        let offset = self.offset(start);
        let day = (start.naive_utc() + offset).date();
        let midnight = (day.and_time(NaiveTime::MIN) - offset).and_utc();
        let end = midnight + TimeDelta::days(1);
        Piece {
            day,
            midnight,
            start,
            end: self.change(start, end, offset).unwrap_or(end),
        }
    }

    /// The first second after `start` and before `end` at which the clock no longer differs from
    /// UTC by `offset`. Clocks are changed once a day at most.
    fn change(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        offset: TimeDelta,
    ) -> Option<DateTime<Utc>> {
        let second = TimeDelta::seconds(1);
        let (mut same, mut other) = (start, end - second);
        if other <= same || self.offset(other) == offset {
            return None;
        }
        while other - same > second {
            let middle = same + TimeDelta::seconds((other - same).num_seconds() / 2);
            if self.offset(middle) == offset {
                same = middle;
            } else {
                other = middle;
            }
        }
        Some(other)
    }

    /// How far the wall clock is ahead of UTC.
    fn offset(&self, at: DateTime<Utc>) -> TimeDelta {
        let offset = self.zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        TimeDelta::seconds(offset.local_minus_utc().into())
    }
}

#[cfg(test)]
mod tests;
