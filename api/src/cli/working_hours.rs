//! `georeport working-hours …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::{Utc, Weekday};
use clap::{Args, Subcommand};
use domain::{Opening, Violation, Violations, WorkingHours};

/// What can be done with working hours.
#[derive(Subcommand)]
pub enum WorkingHoursCommand {
    /// Say when a jurisdiction works on some days of the week, in place of what was said of them
    Set(SetArgs),
    /// Tell when it works
    List(ListArgs),
}

/// Options of `working-hours set`.
#[derive(Args)]
pub struct SetArgs {
    /// A day of the week, or several in a row: monday or monday-friday
    #[arg(value_name = "DAYS")]
    days: String,
    /// From when to when, on the jurisdiction's clock, such as 08:00-12:00 13:00-17:00; none: it
    /// does not work on these days
    #[arg(value_name = "HOURS")]
    hours: Vec<String>,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `working-hours list`.
#[derive(Args)]
pub struct ListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &WorkingHoursCommand) -> Result<(), Failure> {
    match command {
        WorkingHoursCommand::Set(args) => {
            let (days, openings) = parse(args)?;
            with_storage(&args.database, async |storage| {
                let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
                let hours = storage.find_working_hours().await?;
                let hours = replaced(&hours, &days, &openings)?;
                let by = operator("working-hours set");
                storage
                    .replace_working_hours(&hours, by, Utc::now())
                    .await?;
                print(&hours);
                Ok(())
            })
        }
        WorkingHoursCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            print(&storage.find_working_hours().await?);
            Ok(())
        }),
    }
}

fn parse(args: &SetArgs) -> Result<(Vec<Weekday>, Vec<Opening>), Violations> {
    let mut violations = Violations::none();
    let days = violations.take(parse_days(&args.days));
    let openings: Vec<Opening> = args
        .hours
        .iter()
        .filter_map(|text| violations.take(Opening::parse(text)))
        .collect();
    violations.check()?;
    Ok((days.unwrap_or_default(), openings))
}

/// One day, or from one to another, over the weekend if need be.
fn parse_days(text: &str) -> Result<Vec<Weekday>, Violation> {
    let day = |name: &str| {
        let mut known = WorkingHours::WEEKDAYS.into_iter();
        let found = known.find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(_, day)| day).ok_or_else(|| {
            let problem = format!("hold {name:?}, which is no day of the week such as monday");
            Violation::new("DAYS", problem)
        })
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    let mut days = vec![first];
    let mut next = first;
    while next != last {
        next = next.succ();
        days.push(next);
    }
    Ok(days)
}

/// The hours with others on these days.
fn replaced(
    hours: &WorkingHours,
    days: &[Weekday],
    openings: &[Opening],
) -> Result<WorkingHours, Violations> {
    let each = WorkingHours::WEEKDAYS.into_iter().flat_map(|(_, day)| {
        let of_day = if days.contains(&day) {
            openings
        } else {
            hours.on(day)
        };
        of_day.iter().map(move |opening| (day, *opening))
    });
    WorkingHours::new(each)
}

fn print(hours: &WorkingHours) {
    for (name, day) in WorkingHours::WEEKDAYS {
        let told: Vec<String> = hours.on(day).iter().map(ToString::to_string).collect();
        println!("{name}\t{}", told.join(" "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_one_or_several_in_a_row() {
        let days = |text| parse_days(text).map(|days| days.len());
        assert_eq!(days("monday"), Ok(1));
        assert_eq!(days("Monday-Friday"), Ok(5));
        assert_eq!(days("saturday-monday"), Ok(3));
        for odd in ["", "mon", "monday-", "monday-friday-sunday"] {
            assert!(parse_days(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_other_days_stay_as_they_are() {
        let opening = |text| Opening::parse(text).unwrap();
        let hours = WorkingHours::new([
            (Weekday::Mon, opening("08:00-17:00")),
            (Weekday::Tue, opening("08:00-17:00")),
        ]);
        let hours = replaced(&hours.unwrap(), &[Weekday::Tue], &[opening("10:00-12:00")]);
        let hours = hours.unwrap();
        assert_eq!(hours.on(Weekday::Mon), [opening("08:00-17:00")]);
        assert_eq!(hours.on(Weekday::Tue), [opening("10:00-12:00")]);
    }
}
