//! Whether answers stay as fast as the table grows: two servers, the small table and the large one,
//! are asked in turn over one connection.

use crate::{Failure, load, measure::Pace, scenario::Scenario, server::Server, statistics::Spread};

/// The median answer of the large one by that of the small one.
///
/// # Errors
/// When an answer has not the expected status.
pub fn measure(
    small: (&Server, &Scenario),
    large: (&Server, &Scenario),
    pace: Pace,
) -> Result<Spread, Failure> {
    let p50 = |(server, scenario): (&Server, &Scenario), duration| {
        let asked = load::run(
            &server.address,
            &scenario.requests,
            scenario.expected,
            1,
            duration,
        )?;
        server.empty_log()?;
        match asked.wrong {
            0 => Ok(f64::from(asked.percentile(0.5))),
            wrong => Err(Failure::from(format!("{wrong} answers were wrong"))),
        }
    };
    // The large one's pages do not all fit the database's memory: those that are asked for have to be
    // there, as they are in a city that is asked all day.
    let warm = 2 * pace.duration;
    p50(small, warm)?;
    p50(large, warm)?;
    let mut ratios = Vec::new();
    for _ in 0..pace.rounds.max(1) {
        ratios.push(1.0 / p50(small, pace.duration)? * p50(large, pace.duration)?);
    }
    Ok(Spread::of(&ratios).ok_or("nothing was measured")?)
}
