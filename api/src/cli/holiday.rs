//! `georeport holiday …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::Holiday;
use storage::MAX_HOLIDAYS;

/// What can be done with holidays.
#[derive(Subcommand)]
pub enum HolidayCommand {
    /// Say that a jurisdiction does not work on a day
    Add(AddArgs),
    /// Tell on which days it does not work
    List(ListArgs),
}

/// Options of `holiday add`.
#[derive(Args)]
pub struct AddArgs {
    /// The day, such as 2026-12-25
    #[arg(value_name = "DAY")]
    day: String,
    /// What it is called
    #[arg(value_name = "NAME")]
    name: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `holiday list`.
#[derive(Args)]
pub struct ListArgs {
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &HolidayCommand) -> Result<(), Failure> {
    match command {
        HolidayCommand::Add(args) => {
            let holiday = Holiday::parse(&args.day, &args.name)?;
            with_storage(&args.database, async |storage| {
                let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
                let by = operator("holiday add");
                if !storage.insert_holiday(&holiday, by, Utc::now()).await? {
                    let id = &args.jurisdiction;
                    return Err(format!("{id} has {MAX_HOLIDAYS} holidays already").into());
                }
                println!("{}\t{}", holiday.day, holiday.name);
                Ok(())
            })
        }
        HolidayCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            for Holiday { day, name } in storage.list_holidays().await? {
                println!("{day}\t{name}");
            }
            Ok(())
        }),
    }
}
