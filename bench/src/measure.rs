//! Rounds: the server, then its yardstick, again and again, so that what else the machine does falls
//! on both.

use crate::{
    Failure,
    load::{self, Outcome},
    pgbench,
    scenario::{Scenario, Yardstick},
    server::Server,
    static_reply::StaticReply,
    statistics::{Spread, median},
};
use std::{path::Path, time::Duration};

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Rounds.
    pub rounds: usize,
    /// Of each half of a round.
    pub duration: Duration,
}

/// A scenario as it was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The server's rate by the yardstick's.
    pub ratio: Spread,
    /// Requests per second.
    pub rate: f64,
    /// The same of the yardstick.
    pub yardstick_rate: f64,
    /// Microseconds.
    pub p50: f64,
    /// Microseconds.
    pub p99: f64,
    /// Processor time of the server for each request, in microseconds.
    pub server_cpu: f64,
    /// The same of the database.
    pub database_cpu: f64,
    /// Resident memory of the server afterwards, in MiB.
    pub memory: f64,
}

/// One half of a round.
struct Half {
    outcome: Outcome,
    server_cpu: f64,
    database_cpu: f64,
}

/// Measures one scenario over so many connections.
///
/// # Errors
/// When an answer has not the expected status, or the yardstick fails.
pub fn measure(
    server: &Server,
    scenario: &Scenario,
    connections: usize,
    pace: Pace,
    folder: &Path,
) -> Result<Measured, Failure> {
    let (status, answer) = load::once(&server.address, &scenario.requests[0])?;
    if status != scenario.expected {
        let expected = scenario.expected;
        return Err(format!("answered {status} where {expected} is expected").into());
    }
    let fixed = match scenario.yardstick {
        Yardstick::Static => Some(StaticReply::start(&answer, &folder.join("reply"))?),
        _ => None,
    };
    let yardstick = |duration| match (&scenario.yardstick, &fixed) {
        (Yardstick::Sql(sql), _) => {
            pgbench::run(&server.cluster, sql, connections, duration, folder)
        }
        (Yardstick::Other(requests), _) => rate(load::run(
            &server.address,
            requests,
            200,
            connections,
            duration,
        )?),
        (Yardstick::Static, fixed) => {
            let address = fixed.as_ref().map_or("", |reply| &reply.address);
            let requests = &scenario.requests;
            rate(load::run(
                address,
                requests,
                scenario.expected,
                connections,
                duration,
            )?)
        }
    };
    let warm = Duration::from_millis(500).min(pace.duration);
    half(server, scenario, connections, warm)?;
    yardstick(warm)?;
    let (mut halves, mut yardsticks) = (Vec::new(), Vec::new());
    for _ in 0..pace.rounds.max(1) {
        halves.push(half(server, scenario, connections, pace.duration)?);
        yardsticks.push(yardstick(pace.duration)?);
        server.empty_log()?;
    }
    let memory = server.memory_mib().0;
    let ratios: Vec<f64> = halves
        .iter()
        .zip(&yardsticks)
        .map(|(half, yardstick)| half.outcome.rate / yardstick)
        .collect();
    let of = |value: fn(&Half) -> f64| median(&halves.iter().map(value).collect::<Vec<_>>());
    Ok(Measured {
        ratio: Spread::of(&ratios).ok_or("nothing was measured")?,
        rate: of(|half| half.outcome.rate),
        yardstick_rate: median(&yardsticks),
        p50: of(|half| half.outcome.percentile(0.5).into()),
        p99: of(|half| half.outcome.percentile(0.99).into()),
        server_cpu: of(|half| half.server_cpu),
        database_cpu: of(|half| half.database_cpu),
        memory,
    })
}

fn half(
    server: &Server,
    scenario: &Scenario,
    connections: usize,
    duration: Duration,
) -> Result<Half, Failure> {
    let before = (server.cpu_us(), server.cluster.cpu_us());
    let requests = &scenario.requests;
    let outcome = load::run(
        &server.address,
        requests,
        scenario.expected,
        connections,
        duration,
    )?;
    let after = (server.cpu_us(), server.cluster.cpu_us());
    if outcome.wrong > 0 || outcome.answered == 0 {
        let Outcome {
            wrong, answered, ..
        } = outcome;
        return Err(format!("{wrong} answers were wrong, {answered} right").into());
    }
    let each = |before: u64, after: u64| (after - before) as f64 / outcome.answered as f64;
    Ok(Half {
        server_cpu: each(before.0, after.0),
        database_cpu: each(before.1, after.1),
        outcome,
    })
}

fn rate(outcome: Outcome) -> Result<f64, Failure> {
    match outcome.wrong {
        0 => Ok(outcome.rate),
        wrong => Err(format!("the yardstick answered {wrong} times wrong").into()),
    }
}
