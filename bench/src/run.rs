//! A whole run: the data, the scenarios at each size, and what only a whole run can tell.

mod document;

use crate::{
    Failure,
    data::{self, Layout},
    growth, import, machine,
    measure::{Pace, measure},
    options::Options,
    report::{Line, Target, text},
    scenario::{Caching, Scenario},
    scenarios::{self, Setting},
    server::{Installation, Server},
    start,
    statistics::Spread,
};
use std::{collections::BTreeSet, fs, time::Duration};

/// Imports and starts are slow or steady: so many rounds are enough.
const FEW_ROUNDS: usize = 3;
/// The rows of the import that is measured.
const IMPORTED: u64 = 1_000_000;
/// What is measured beside the scenarios.
const OTHERS: [&str; 4] = ["memory", "start", "import", "growth"];

/// Carries it out.
///
/// # Errors
/// When the data cannot be made, or a scenario failed; what was measured is printed before.
pub fn run(options: &Options) -> Result<(), Failure> {
    let mut run = Run {
        options,
        pace: Pace {
            rounds: options.rounds,
            duration: Duration::try_from_secs_f64(options.seconds)?,
        },
        lines: Vec::new(),
        names: OTHERS.into(),
        machine: Vec::new(),
    };
    if options.database_url.is_some() && options.rows.len() > 1 {
        return Err("a database holds one size: give one number of --rows".into());
    }
    let sizes: Vec<Size> = options
        .rows
        .iter()
        .map(|rows| Size::of(options, *rows))
        .collect();
    for size in &sizes {
        run.size(size)?;
    }
    if let [small, larger @ ..] = &sizes[..]
        && options.wants("growth")
    {
        for large in larger {
            run.growth(small, large)?;
        }
    }
    run.finish()
}

/// A database of one size.
struct Size {
    layout: Layout,
    installation: Installation,
}

impl Size {
    fn of(options: &Options, rows: u64) -> Self {
        let layout = Layout::of(rows);
        Self {
            layout,
            installation: Installation {
                binary: options.server.clone(),
                data_dir: options.data.join(layout.rows.to_string()),
                database_url: options.database_url.clone(),
                serve_options: options
                    .serve_options
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
            },
        }
    }

    fn build(&self) -> Result<(), Failure> {
        let folder = &self.installation.data_dir;
        data::remove_unfinished(folder)?;
        let server = self.installation.serve(&["--no-work"])?;
        data::build(&self.installation, &server.cluster, self.layout)?;
        data::clear_left_over(&server.cluster)?;
        data::warm_up(&server.cluster)?;
        Ok(fs::write(folder.join("complete"), "")?)
    }

    fn serve(&self, caching: Caching) -> Result<Server, Failure> {
        let off = caching == Caching::Off && self.installation.knows("--answer-cache");
        let options: &[&str] = if off {
            &["--answer-cache", "none"]
        } else {
            &[]
        };
        self.installation.serve(options)
    }

    fn scenarios(&self, server: &Server, caching: Caching) -> Result<Vec<Scenario>, Failure> {
        let setting = Setting {
            installation: &self.installation,
            server,
            layout: self.layout,
        };
        scenarios::all(&setting, caching)
    }
}

struct Run<'a> {
    options: &'a Options,
    pace: Pace,
    lines: Vec<Line>,
    names: BTreeSet<&'static str>,
    machine: Vec<(&'static str, String)>,
}

impl Run<'_> {
    fn size(&mut self, size: &Size) -> Result<(), Failure> {
        size.build()?;
        for caching in [Caching::Off, Caching::On] {
            let server = size.serve(caching)?;
            for scenario in size.scenarios(&server, caching)? {
                self.names.insert(scenario.name);
                if self.options.wants(scenario.name) {
                    self.scenario(size, &server, &scenario);
                    if scenario.writes {
                        data::clear(&server.cluster)?;
                    }
                }
            }
            if self.options.wants("memory") {
                self.memory(size, &server, caching);
            }
            self.machine = machine::describe(&server.cluster)?;
        }
        if self.options.wants("start") && self.options.database_url.is_none() {
            let reached = start::measure(&size.installation, self.pace.rounds);
            self.add(
                size,
                "from start to ready, private cluster there",
                Target::AtMost(0.3, " s"),
                reached,
            );
        }
        if self.options.wants("import")
            && (size.layout.rows >= IMPORTED || !self.options.only.is_empty())
        {
            self.import(size);
        }
        Ok(())
    }

    fn scenario(&mut self, size: &Size, server: &Server, scenario: &Scenario) {
        let chosen = &self.options.connections[..];
        let all = if chosen.is_empty() {
            scenario.connections
        } else {
            chosen
        };
        for &connections in all {
            let folder = &size.installation.data_dir;
            let measured = measure(server, scenario, connections, self.pace, folder);
            let (reached, measured) = match measured {
                Ok(measured) => (Ok(measured.ratio), Some(measured)),
                Err(failure) => (Err(failure.to_string()), None),
            };
            self.push(Line {
                rows: size.layout.rows,
                what: scenario.what.to_owned(),
                connections: Some(connections),
                target: Target::AtLeast((scenario.target)(connections)),
                reached,
                measured,
                note: String::new(),
            });
        }
    }

    fn memory(&mut self, size: &Size, server: &Server, caching: Caching) {
        let what = match caching {
            Caching::Off => "resident memory of the server at most, answers not cached",
            Caching::On => "resident memory of the server at most, as it comes",
        };
        let highest = Spread::of(&[server.memory_mib().1]).ok_or_else(|| "unknown".into());
        self.add(size, what, Target::AtMost(150.0, " MiB"), highest);
    }

    fn import(&mut self, size: &Size) {
        let rounds = self.pace.rounds.min(FEW_ROUNDS);
        let rows = size.layout.rows.min(IMPORTED);
        let measured = import::measure(&size.installation, rows, rounds);
        let note = measured.as_ref().map_or_else(|_| String::new(), |one| {
            format!(
                "{} rows in {:.1} s, \\copy in {:.1} s; an import also writes the first entry of each \
                 history: held against \\copy into both tables it is {:.2} ({:.2}–{:.2})",
                one.rows, one.import.median, one.copy.median, one.ratio_with_history.median,
                one.ratio_with_history.least, one.ratio_with_history.greatest,
            )
        });
        self.push(Line {
            rows: size.layout.rows,
            what: "time of `georeport import` by that of `\\copy`".to_owned(),
            connections: None,
            target: Target::AtMost(1.5, ""),
            reached: measured
                .map(|one| one.ratio)
                .map_err(|failure| failure.to_string()),
            measured: None,
            note,
        });
    }

    fn growth(&mut self, small: &Size, large: &Size) -> Result<(), Failure> {
        let servers = [small.serve(Caching::Off)?, large.serve(Caching::Off)?];
        let few = small.scenarios(&servers[0], Caching::Off)?;
        let many = large.scenarios(&servers[1], Caching::Off)?;
        for (few, many) in few.iter().zip(&many) {
            let reached = growth::measure((&servers[0], few), (&servers[1], many), self.pace);
            let what = format!("p50 by that of {} rows: {}", small.layout.rows, few.what);
            self.add(large, &what, Target::AtMost(1.3, ""), reached);
        }
        Ok(())
    }

    fn add(&mut self, size: &Size, what: &str, target: Target, reached: Result<Spread, Failure>) {
        self.push(Line {
            rows: size.layout.rows,
            what: what.to_owned(),
            connections: None,
            target,
            reached: reached.map_err(|failure| failure.to_string()),
            measured: None,
            note: String::new(),
        });
    }

    /// Told at once: the whole table is long in coming.
    fn push(&mut self, line: Line) {
        let told = text(std::slice::from_ref(&line));
        for row in told.lines().skip(1).filter(|row| !row.is_empty()) {
            eprintln!("{row}");
        }
        self.lines.push(line);
    }

    fn finish(self) -> Result<(), Failure> {
        if self.lines.is_empty() {
            let names: Vec<&str> = self.names.into_iter().collect();
            return Err(format!("nothing was asked for; there are {}", names.join(", ")).into());
        }
        for (name, value) in &self.machine {
            println!("{name}: {value}");
        }
        println!("\n{}", text(&self.lines));
        if let Some(file) = &self.options.report {
            fs::write(
                file,
                document::write(self.options, &self.machine, &self.lines),
            )?;
        }
        match self
            .lines
            .iter()
            .filter(|line| line.reached.is_err())
            .count()
        {
            0 => Ok(()),
            failed => Err(format!("{failed} of {} measurements failed", self.lines.len()).into()),
        }
    }
}
