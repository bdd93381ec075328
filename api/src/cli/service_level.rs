//! `georeport service-level …`.

use super::{
    Failure,
    database::{jurisdiction, operator, with_storage},
};
use crate::config::DatabaseArgs;
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::{LevelUnit, Priority, ServiceCode, ServiceLevel, ServiceLevels, Violations};

/// What can be done with service levels.
#[derive(Subcommand)]
pub enum ServiceLevelCommand {
    /// Say how soon what a service is asked for should be done; expected_datetime comes from it
    Set(SetArgs),
    /// Tell what is promised for a service
    List(ListArgs),
}

/// Options of `service-level set`.
#[derive(Args)]
pub struct SetArgs {
    /// The service
    #[arg(value_name = "SERVICE_CODE")]
    service_code: String,
    /// How many
    #[arg(value_name = "AMOUNT")]
    amount: u32,
    /// Of what: hours, working_hours or working_days
    #[arg(value_name = "UNIT")]
    unit: String,
    /// For service requests of this priority: low, normal, high or urgent. normal is also for those
    /// that have none
    #[arg(
        long,
        env = "GEOREPORT_PRIORITY",
        value_name = "PRIORITY",
        default_value = "normal"
    )]
    priority: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `service-level list`.
#[derive(Args)]
pub struct ListArgs {
    /// The service
    #[arg(value_name = "SERVICE_CODE")]
    service_code: String,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &ServiceLevelCommand) -> Result<(), Failure> {
    match command {
        ServiceLevelCommand::Set(args) => {
            let (service_code, priority, level) = parse(args)?;
            with_storage(&args.database, async |storage| {
                let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
                let found = storage.find_service_levels(&service_code).await?;
                let others = found.ok_or_else(|| unknown(&service_code, &args.jurisdiction))?;
                let levels = ServiceLevels::new(others.iter().chain([(priority, level)]));
                let by = operator("service-level set");
                storage
                    .replace_service_levels(&service_code, &levels, by, Utc::now())
                    .await?;
                println!("{service_code}\t{}", told(priority, level));
                if level.unit() != LevelUnit::Hours
                    && storage.find_working_hours().await?.is_empty()
                {
                    eprintln!(
                        "georeport: {} has no working hours yet, so nothing is promised; \
                         next: georeport working-hours set monday-friday 08:00-17:00",
                        args.jurisdiction
                    );
                }
                Ok(())
            })
        }
        ServiceLevelCommand::List(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let service_code = ServiceCode::parse(&args.service_code)?;
            let found = storage.find_service_levels(&service_code).await?;
            let levels = found.ok_or_else(|| unknown(&service_code, &args.jurisdiction))?;
            for (priority, level) in levels.iter() {
                println!("{service_code}\t{}", told(priority, level));
            }
            Ok(())
        }),
    }
}

fn parse(args: &SetArgs) -> Result<(ServiceCode, Priority, ServiceLevel), Violations> {
    let mut violations = Violations::none();
    let service_code = violations.take(ServiceCode::parse(&args.service_code));
    let priority = violations.take(Priority::parse(&args.priority));
    let unit = violations.take(LevelUnit::parse(&args.unit));
    let level = unit.and_then(|unit| violations.take(ServiceLevel::new(args.amount, unit)));
    match (service_code, priority, level) {
        (Some(service_code), Some(priority), Some(level)) => Ok((service_code, priority, level)),
        _ => Err(violations),
    }
}

fn told(priority: Priority, level: ServiceLevel) -> String {
    let (amount, unit) = (level.amount(), level.unit().as_str());
    format!("{}\t{amount} {unit}", priority.as_str())
}

fn unknown(service_code: &ServiceCode, jurisdiction: &str) -> Failure {
    format!("there is no service {service_code} in {jurisdiction}").into()
}
