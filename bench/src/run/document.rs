//! The report as it is committed.

use crate::{
    options::Options,
    report::{Line, markdown},
};
use std::fmt::Write;

const HOW: &str = "\
Written by `make bench`; do not edit it. `make bench-large` does the same with ten million rows and writes \
`benchmarks-large.md`. [Where the time goes](performance.md) tells what limits what. Single \
scenarios: `target/dist/georeport-bench run --rows 50000 --only single,list50`; `--only ?` names them \
all, `run --help` tells the other options, which `make bench BENCH='--rounds 9'` takes too. The databases stay under `target/bench` for the next run.

## How it is measured

Everything runs on one machine: the load (one thread, keep-alive connections over TCP loopback, one \
request in flight on each, every status checked), the server (as containers ship it: `--profile dist`; \
`--log-level info`, `--write-rate none`) and its private PostgreSQL (fsync on). In each round the server is measured and then \
its yardstick, for the same time and over as many connections; *reached* is the median of the rounds' \
ratios of requests per second, *spread* the least and the greatest. Rates, times and processor time are \
medians of the rounds; processor time is that of the process of the server, and of all processes of \
PostgreSQL, for each request.

The yardsticks:

- Lists and single ones that are made anew (`--answer-cache none`): `pgbench --protocol prepared` with the \
SQL of `bench/sql`, over the same socket, drawing the same kind of ids and areas. It reads every column of \
the answer and writes no JSON. Areas and words have the adaptive form, planned each time.
- The same as XML: the same list as JSON from the same server.
- What is asked again: a static reply of the same bytes and headers from actix-web with as many threads.
- POST: pgbench inserting the rows that one POST writes, in one transaction.
- The import: `psql \\copy` of the same columns of the same rows into the same table with its indexes.
- Growth: the same question to a server with the small table, in turn, over one connection.

The rows are Boston's of late 2011, as the demo ships them, multiplied: each is a real one, moved by whole \
weeks in time and by some metres in place. Five cities of 60, 25, 10, 4 and 1 per cent file 548 a day \
together; a million rows are five years. Ten million are ten such regions, each in another place. The \
largest city is the one that is asked.
";

/// The whole text.
pub fn write(options: &Options, machine: &[(&str, String)], lines: &[Line]) -> String {
    let mut text = format!("# Benchmarks\n\n{HOW}\n## Machine\n\n");
    for (name, value) in machine {
        let _ = writeln!(text, "- {name}: {value}");
    }
    let Options {
        rounds, seconds, ..
    } = options;
    let _ = writeln!(text, "- rounds: {rounds} of {seconds} s each\n");
    let _ = writeln!(text, "## Results\n\n{}", markdown(lines));
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
