//! How long a server with an existing private database takes from its start until it is ready.

use crate::{Failure, http, load, server::Installation, statistics::Spread};
use std::time::Instant;

/// Starts it so often, and answers the seconds.
///
/// # Errors
/// When it does not start, or is not ready.
pub fn measure(installation: &Installation, rounds: usize) -> Result<Spread, Failure> {
    let mut seconds = Vec::new();
    for _ in 0..rounds.max(1) {
        let begin = Instant::now();
        // It says where it listens when it does: asking sooner would change nothing.
        let server = installation.serve(&[])?;
        let ready = http::get(&server.address, "/health/ready", "");
        let (status, _) = load::once(&server.address, &ready)?;
        if status != 200 {
            return Err(format!("not ready: {status}").into());
        }
        seconds.push(begin.elapsed().as_secs_f64());
    }
    Ok(Spread::of(&seconds).ok_or("nothing was measured")?)
}
