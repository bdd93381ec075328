//! What the kernel tells of processes.

use std::fs;

/// A tick of `/proc/PID/stat`: Linux shows times in hundredths of a second.
const TICK_US: u64 = 10_000;

/// The processor time of a process and its threads, in microseconds.
pub fn cpu_us(pid: u32) -> u64 {
    Stat::of(&pid.to_string()).map_or(0, |stat| stat.own * TICK_US)
}

/// The processor time of all processes of a PostgreSQL whose first process is `postmaster`, those
/// that have ended included, in microseconds.
pub fn cluster_cpu_us(postmaster: u32) -> u64 {
    let first = Stat::of(&postmaster.to_string()).map_or(0, |stat| stat.own + stat.ended);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let running: u64 = processes
        .filter_map(|entry| Stat::of(entry.file_name().to_str()?))
        .filter(|stat| stat.parent == u64::from(postmaster))
        .map(|stat| stat.own + stat.ended)
        .sum();
    (first + running) * TICK_US
}

/// Resident memory now and at its highest, in MiB.
pub fn memory_mib(pid: u32) -> (f64, f64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        kib.unwrap_or(0.0) / 1024.0
    };
    (of("VmRSS:"), of("VmHWM:"))
}

/// Times in ticks.
struct Stat {
    parent: u64,
    own: u64,
    /// Of children that have ended.
    ended: u64,
}

impl Stat {
    /// `None`: there is no such process.
    fn of(pid: &str) -> Option<Self> {
        pid.parse::<u32>().ok()?;
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(line: &str) -> Option<Self> {
        // The name in brackets may hold anything.
        let (_, rest) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            parent: number(1)?,
            own: number(11)? + number(12)?,
            ended: number(13)? + number(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_any_name() {
        let line = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.parent, stat.own, stat.ended), (7, 120, 7));
    }

    #[test]
    fn this_process_has_memory() {
        let (now, highest) = memory_mib(std::process::id());
        assert!(now > 0.0 && highest >= now);
    }
}
