//! The load: so many connections, each with one request in flight, on one thread.

use crate::{Failure, http::Connection, statistics::percentile};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::LocalSet;

/// What is asked, in which order is left to chance.
pub type Requests = Rc<Vec<Vec<u8>>>;

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Answers with the expected status.
    pub answered: u64,
    /// Answers with another status, and connections that broke.
    pub wrong: u64,
    /// Requests per second.
    pub rate: f64,
    /// Of each answer, in microseconds, sorted.
    latencies: Vec<u32>,
}

impl Outcome {
    /// What `part` of all answers took at most, in microseconds.
    pub fn percentile(&self, part: f64) -> u32 {
        percentile(&self.latencies, part)
    }
}

/// Asks for a while, over connections that are open before it begins.
///
/// # Errors
/// When nobody listens.
pub fn run(
    address: &str,
    requests: &Requests,
    expected: u16,
    connections: usize,
    duration: Duration,
) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await?);
        }
        let begin = Instant::now();
        let running: Vec<_> = open
            .into_iter()
            .zip(0..)
            .map(|(connection, seed)| {
                let requests = requests.clone();
                let asked = ask(connection, requests, expected, seed, begin + duration);
                tokio::task::spawn_local(asked)
            })
            .collect();
        let mut total = Outcome::default();
        for one in running {
            let one = one.await?;
            total.answered += one.answered;
            total.wrong += one.wrong;
            total.latencies.extend(one.latencies);
        }
        total.rate = total.answered as f64 / begin.elapsed().as_secs_f64();
        total.latencies.sort_unstable();
        Ok(total)
    })
}

async fn ask(
    mut connection: Connection,
    requests: Requests,
    expected: u16,
    seed: u64,
    end: Instant,
) -> Outcome {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut outcome = Outcome::default();
    let mut now = Instant::now();
    while now < end {
        let request = &requests[chance.random_range(0..requests.len())];
        let status = connection.exchange(request).await;
        let then = std::mem::replace(&mut now, Instant::now());
        match status {
            Ok(status) if status == expected => {
                outcome.answered += 1;
                let took = now.duration_since(then).as_micros();
                outcome
                    .latencies
                    .push(u32::try_from(took).unwrap_or(u32::MAX));
            }
            Ok(_) => outcome.wrong += 1,
            Err(_broken) => {
                outcome.wrong += 1;
                break;
            }
        }
    }
    outcome
}

/// Asks once and answers the whole answer as it came, and its status.
///
/// # Errors
/// When there is no answer.
pub fn once(address: &str, request: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut answer = Vec::new();
        let mut connection = Connection::open(address).await?;
        let status = connection.exchange_into(request, Some(&mut answer)).await?;
        Ok((status, answer))
    })
}
