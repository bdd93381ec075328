//! Keeping a read-only copy of a jurisdiction at another endpoint: what is to be read next.
//!
//! First everything, in windows of 90 days going back (the standard answers no longer ones), and all
//! the while what is new. Then what changes: by `updated_after` where the endpoint knows that; else
//! what was filed lately is read again, and those that are open and older are asked for by their ids.
//! Now and then everything is compared, to find what has vanished there.

use crate::{DEFAULT_WINDOW_DAYS, Dialect, ServiceRequestId, forward::later};
use chrono::{DateTime, TimeDelta, Utc};

/// Services change seldom.
const SERVICES_EVERY: TimeDelta = TimeDelta::days(1);
/// Where there is no `updated_after`, what was filed within this time is read with each poll, and the
/// rest of the last 90 days and those that are open and older with one of so many.
const LATELY: TimeDelta = TimeDelta::days(2);
const WIDE_EVERY: i32 = 12;
const OPEN_EVERY: i32 = 72;
/// Answers overlap by this much: clocks differ, and an endpoint may commit late what it dates early.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// Seconds until the next try after a failure; the last one is for all that follow.
const RETRIES: [i64; 6] = [10, 30, 120, 600, 1_800, 3_600];
/// Windows are halved no further because an answer is too long: what holds so much is no city.
const SMALLEST_PIECE: TimeDelta = TimeDelta::hours(1);
/// So often 90 days can be halved before they are less than that.
const MOST_HALVINGS: u32 = 12;
/// How far back a copy goes unless somebody says otherwise: no endpoint is older than GeoReport.
const DEFAULT_YEARS: i64 = 20;

/// How far a copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// What was filed before is not copied.
    pub back_to: DateTime<Utc>,
    /// How often everything is compared.
    pub sweep_every: TimeDelta,
    /// When the services were last copied.
    pub services: Option<DateTime<Utc>>,
    /// How far back the first copy is.
    pub read_back_to: Option<DateTime<Utc>>,
    /// Whether it is done.
    pub is_complete: bool,
    /// The newest `updated_datetime` that was seen.
    pub changes_until: Option<DateTime<Utc>>,
    /// When it was last asked for what is new.
    pub recent: Option<DateTime<Utc>>,
    /// When the last 90 days were last read.
    pub wide: Option<DateTime<Utc>>,
    /// When those that are open and old were last all read.
    pub open: Option<DateTime<Utc>>,
    /// The last id of the round through them that is under way.
    pub open_after: Option<ServiceRequestId>,
    /// When the comparison began that is under way.
    pub sweep: Option<DateTime<Utc>>,
    /// How far back it is.
    pub swept_back_to: Option<DateTime<Utc>>,
    /// When the last one ended.
    pub last_sweep: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: u32,
    /// How often windows are halved, because answers were too long.
    pub halvings: u32,
    /// When something is to be done.
    pub next: DateTime<Utc>,
}

/// A stretch of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The earlier end.
    pub start: DateTime<Utc>,
    /// The later end.
    pub end: DateTime<Utc>,
}

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The services.
    Services,
    /// What has changed since.
    Changes(DateTime<Utc>),
    /// What was filed lately.
    Recent(Window),
    /// What was filed earlier than what is known.
    Backfill(Window),
    /// Those that are open here and were filed before the last 90 days, after this id.
    Open(Option<ServiceRequestId>),
    /// What was filed in this window, compared with what is here.
    Sweep(Window),
    /// Nothing before then.
    Wait(DateTime<Utc>),
}

impl Window {
    /// The stretch of at most 90 days that ends then.
    fn before(end: DateTime<Utc>, not_before: DateTime<Utc>) -> Self {
        let start = (end - TimeDelta::days(DEFAULT_WINDOW_DAYS))
            .max(not_before)
            .min(end);
        Self { start, end }
    }

    /// The two halves, the later one first; `None`: it is a second.
    pub fn halves(self) -> Option<[Self; 2]> {
        let half = TimeDelta::seconds((self.end - self.start).num_seconds() / 2);
        let middle = self.start + half;
        let earlier = Self {
            start: self.start,
            end: middle,
        };
        let later = Self {
            start: middle + TimeDelta::seconds(1),
            end: self.end,
        };
        (middle < self.end && later.start <= later.end).then_some([later, earlier])
    }
}

/// The longest stretch that is asked for at once.
fn length(halvings: u32) -> TimeDelta {
    let parts = 1_i32 << halvings.min(MOST_HALVINGS);
    (TimeDelta::days(DEFAULT_WINDOW_DAYS) / parts).max(SMALLEST_PIECE)
}

impl Mirror {
    /// A copy that begins now. `back_to`: what was filed before is not copied.
    pub fn begin(
        back_to: Option<DateTime<Utc>>,
        sweep_every: TimeDelta,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            back_to: back_to.unwrap_or(now - TimeDelta::days(365 * DEFAULT_YEARS)),
            sweep_every,
            services: None,
            read_back_to: None,
            is_complete: false,
            changes_until: None,
            recent: None,
            wide: None,
            open: None,
            open_after: None,
            sweep: None,
            swept_back_to: None,
            last_sweep: None,
            failures: 0,
            halvings: 0,
            next: now,
        }
    }

    /// The stretch of at most 90 days that ends then and holds nothing that is not copied.
    pub fn window(&self, end: DateTime<Utc>) -> Window {
        Window::before(end, self.back_to)
    }

    /// What is to be read now.
    pub fn step(&self, dialect: &Dialect, now: DateTime<Utc>) -> Step {
        let poll = dialect.poll_every;
        let due = |last: Option<DateTime<Utc>>, every: TimeDelta| {
            last.is_none_or(|last| now - last >= every)
        };
        let days = TimeDelta::days(DEFAULT_WINDOW_DAYS);
        if due(self.services, SERVICES_EVERY) {
            return Step::Services;
        }
        if due(self.recent, poll) {
            return match (dialect.updated_after, self.changes_until) {
                (true, Some(until)) => Step::Changes(until - OVERLAP),
                _ if due(self.wide, poll * WIDE_EVERY) => Step::Recent(self.window(now)),
                _ => {
                    let lately = (now - LATELY).max(self.back_to);
                    Step::Recent(Window::before(now, lately))
                }
            };
        }
        if !self.is_complete {
            let end = self.read_back_to.unwrap_or(now - days);
            return Step::Backfill(self.window(end));
        }
        if !dialect.updated_after
            && (self.open_after.is_some() || due(self.open, poll * OPEN_EVERY))
        {
            return Step::Open(self.open_after.clone());
        }
        if self.sweep.is_some() || due(self.last_sweep, self.sweep_every) {
            let end = self.swept_back_to.unwrap_or(now);
            return Step::Sweep(self.window(end));
        }
        let polled = self.recent.map_or(now, |last| last + poll);
        let swept = self.last_sweep.map_or(now, |last| last + self.sweep_every);
        Step::Wait(polled.min(swept))
    }

    /// How far it is once a step was done. `newest`: the newest `updated_datetime` that was seen;
    /// `last_open`: the last id of a round through those that are open, `None` when the round is over.
    #[must_use]
    pub fn after(
        mut self,
        step: &Step,
        newest: Option<DateTime<Utc>>,
        last_open: Option<ServiceRequestId>,
        now: DateTime<Utc>,
    ) -> Self {
        self.failures = 0;
        // What an endpoint dates into the future must not hide what comes before it.
        self.changes_until = self.changes_until.max(newest.map(|at| at.min(now)));
        self.next = now;
        match step {
            Step::Services => self.services = Some(now),
            Step::Changes(_) => self.recent = Some(now),
            Step::Recent(window) => {
                self.recent = Some(now);
                if now - window.start > LATELY * 2 || window.start <= self.back_to {
                    self.wide = Some(now);
                }
                if window.start <= self.back_to {
                    self.is_complete = true;
                }
            }
            Step::Backfill(window) => {
                self.read_back_to = Some(window.start);
                self.is_complete = window.start <= self.back_to;
            }
            Step::Open(_) => {
                if last_open.is_none() {
                    self.open = Some(now);
                }
                self.open_after = last_open;
            }
            Step::Sweep(window) => {
                self.sweep = self.sweep.or(Some(now));
                self.swept_back_to = Some(window.start);
                if window.start <= self.back_to {
                    self.last_sweep = self.sweep;
                    self.sweep = None;
                    self.swept_back_to = None;
                    // Whether longer stretches can be read again is found out little by little.
                    self.halvings = self.halvings.saturating_sub(1);
                }
            }
            Step::Wait(until) => self.next = *until,
        }
        self
    }

    /// A window in the pieces in which it can be read, the latest one last.
    pub fn pieces(&self, window: Window) -> Vec<Window> {
        let length = length(self.halvings);
        let mut pieces = Vec::new();
        let mut start = window.start;
        while window.end - start > length {
            let end = start + length;
            pieces.push(Window { start, end });
            start = end + TimeDelta::seconds(1);
        }
        pieces.push(Window {
            start,
            end: window.end,
        });
        pieces
    }

    /// How far it is when an answer was longer than is read: a failure like others, after which
    /// shorter stretches are asked for. Because others may succeed in between, the time until then
    /// grows with their number too.
    #[must_use]
    pub fn too_long(self, step: &Step, now: DateTime<Utc>, chance: u64) -> Self {
        let window = match step {
            Step::Recent(window) | Step::Backfill(window) | Step::Sweep(window) => Some(*window),
            // Where the changes cannot be told at once, the last 90 days are read.
            Step::Changes(_) => Some(self.window(now)),
            Step::Services | Step::Open(_) | Step::Wait(_) => None,
        };
        let mut mirror = self;
        if let Some(window) = window {
            let asked = length(mirror.halvings).min(window.end - window.start);
            while mirror.can_halve() && length(mirror.halvings) >= asked {
                mirror.halvings += 1;
            }
        }
        mirror.failures = mirror.failures.saturating_add(1);
        let attempts = mirror.failures.max(mirror.halvings);
        mirror.next = later(&RETRIES, attempts, None, now, chance);
        mirror
    }

    /// Whether shorter stretches could be asked for.
    pub fn can_halve(&self) -> bool {
        self.halvings < MOST_HALVINGS
    }

    /// When the comparison began that a step belongs to.
    pub fn sweep_begun(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.sweep.unwrap_or(now)
    }

    /// How far it is when the endpoint did not answer as it should.
    #[must_use]
    pub fn failed(mut self, wait: Option<TimeDelta>, now: DateTime<Utc>, chance: u64) -> Self {
        self.failures = self.failures.saturating_add(1);
        self.next = later(&RETRIES, self.failures, wait, now, chance);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-06-01T12:00:00Z".parse().unwrap()
    }

    fn days(number: i64) -> TimeDelta {
        TimeDelta::days(number)
    }

    fn knows_changes() -> Dialect {
        Dialect {
            updated_after: true,
            ..Dialect::default()
        }
    }

    /// Carries out every step until nothing is to be done for a while; answers the steps.
    fn run(mirror: Mirror, dialect: &Dialect, now: DateTime<Utc>) -> (Mirror, Vec<Step>) {
        let mut mirror = mirror;
        let mut steps = Vec::new();
        loop {
            let step = mirror.step(dialect, now);
            mirror = mirror.after(&step, Some(now - days(1)), None, now);
            if matches!(step, Step::Wait(_)) {
                return (mirror, steps);
            }
            steps.push(step);
            assert!(steps.len() < 1_000);
        }
    }

    fn begun() -> Mirror {
        Mirror::begin(Some(noon() - days(400)), days(1), noon())
    }

    #[test]
    fn everything_is_read_in_windows_without_gaps_that_the_standard_answers() {
        let (mirror, steps) = run(begun(), &Dialect::default(), noon());
        assert!(mirror.is_complete);
        assert_eq!(steps[0], Step::Services);
        let mut known = noon();
        for step in &steps {
            let (Step::Recent(window) | Step::Backfill(window)) = step else {
                continue;
            };
            assert!(window.end - window.start <= days(90));
            assert_eq!(window.end, known);
            known = window.start;
        }
        assert_eq!(known, noon() - days(400));
        assert!(steps.iter().any(|step| matches!(step, Step::Sweep(_))));
    }

    #[test]
    fn no_window_begins_before_what_is_to_be_copied() {
        let now = noon();
        let known = Dialect::default();
        for hours in [1, 30, 24 * 10, 24 * 89, 24 * 90, 24 * 91, 24 * 400] {
            let since = now - TimeDelta::hours(hours);
            let (mirror, mut steps) = run(Mirror::begin(Some(since), days(1), now), &known, now);
            assert!(mirror.is_complete);
            let (_, later) = run(mirror, &known, now + TimeDelta::minutes(5));
            steps.extend(later);
            let starts = steps.iter().filter_map(|step| match step {
                Step::Recent(window) | Step::Backfill(window) | Step::Sweep(window) => {
                    Some(window.start)
                }
                _ => None,
            });
            assert_eq!(starts.min(), Some(since), "{hours} hours");
        }
    }

    #[test]
    fn what_is_new_is_read_before_the_past_goes_on() {
        let mut mirror = begun();
        for _ in 0..3 {
            let step = mirror.step(&knows_changes(), noon());
            mirror = mirror.after(&step, Some(noon() - days(1)), None, noon());
        }
        assert!(!mirror.is_complete);
        let later = noon() + TimeDelta::minutes(5);
        let step = mirror.step(&knows_changes(), later);
        assert_eq!(step, Step::Changes(noon() - days(1) - OVERLAP));
        let mirror = mirror.after(&step, None, None, later);
        assert!(matches!(
            mirror.step(&knows_changes(), later),
            Step::Backfill(_)
        ));
    }

    #[test]
    fn without_updated_after_the_recent_are_read_often_and_the_others_in_turns() {
        let plain = Dialect::default();
        let (mut mirror, _) = run(begun(), &plain, noon());
        let mut seen = [0, 0, 0];
        for minutes in (5..=6 * 60).step_by(5) {
            let now = noon() + TimeDelta::minutes(minutes);
            let (after, steps) = run(mirror, &plain, now);
            for step in steps {
                match step {
                    Step::Recent(window) if window.end - window.start > days(80) => seen[0] += 1,
                    Step::Recent(_) => seen[1] += 1,
                    Step::Open(None) => seen[2] += 1,
                    other => panic!("{other:?}"),
                }
            }
            mirror = after;
        }
        assert_eq!(seen, [6, 66, 1]);
    }

    #[test]
    fn a_time_to_come_hides_no_change() {
        let far = noon() + days(1_000);
        let mirror = begun().after(&Step::Services, Some(far), None, noon());
        assert_eq!(mirror.changes_until, Some(noon()));
    }

    #[test]
    fn a_round_through_those_that_are_open_is_over_when_no_id_is_left() {
        let (mut mirror, _) = run(begun(), &Dialect::default(), noon());
        mirror.open = None;
        let id = ServiceRequestId::parse("17").unwrap();
        let step = mirror.step(&Dialect::default(), noon());
        let mirror = mirror.after(&step, None, Some(id.clone()), noon());
        let step = mirror.step(&Dialect::default(), noon());
        assert_eq!(step, Step::Open(Some(id)));
        let mirror = mirror.after(&step, None, None, noon());
        assert_eq!(mirror.open, Some(noon()));
    }

    #[test]
    fn a_comparison_goes_through_everything_once_and_comes_again() {
        let dialect = knows_changes();
        let (mirror, _) = run(begun(), &dialect, noon());
        assert_eq!(mirror.last_sweep, Some(noon()));
        let next = noon() + days(1);
        let (mirror, steps) = run(mirror, &dialect, next);
        let windows = steps.iter().filter(|step| matches!(step, Step::Sweep(_)));
        assert_eq!(windows.count(), 5);
        assert_eq!(mirror.last_sweep, Some(next));
    }

    #[test]
    fn an_endpoint_that_does_not_answer_is_asked_ever_less_often() {
        let mut mirror = begun();
        let mut now = noon();
        for _ in 0..10 {
            mirror = mirror.failed(None, now, 200);
            now = mirror.next;
        }
        assert_eq!(
            mirror.clone().failed(None, now, 200).next - now,
            TimeDelta::hours(1)
        );
        let step = mirror.step(&Dialect::default(), now);
        assert_eq!(mirror.after(&step, None, None, now).failures, 0);
    }

    #[test]
    fn answers_that_are_too_long_are_failures_after_which_less_is_asked_for() {
        let mut mirror = begun();
        mirror.services = Some(noon());
        let mut now = noon();
        let mut asked = Vec::new();
        while mirror.can_halve() {
            let step = mirror.step(&Dialect::default(), now);
            let Step::Recent(window) = step else {
                panic!("{step:?}");
            };
            asked.push(mirror.pieces(window).len());
            let wait = mirror.next;
            mirror = mirror.too_long(&step, now, 200);
            assert!(mirror.next > wait);
            now = mirror.next;
            mirror.services = Some(now);
        }
        assert_eq!(asked[..5], [1, 2, 4, 8, 16]);
        assert_eq!((mirror.failures, mirror.halvings), (12, 12));
        let step = mirror.step(&Dialect::default(), now);
        let failed = mirror.clone().too_long(&step, now, 200);
        assert_eq!((failed.failures, failed.halvings), (13, 12));
        assert_eq!(failed.next - now, TimeDelta::hours(1));
        // What is read in between makes it ask for no more, and no sooner.
        let read = failed.after(&step, None, None, now);
        assert_eq!((read.failures, read.halvings), (0, 12));
        assert_eq!(
            read.too_long(&step, now, 200).next - now,
            TimeDelta::hours(1)
        );
    }

    #[test]
    fn pieces_of_a_window_are_the_window() {
        let mut mirror = begun();
        let window = mirror.window(noon());
        assert_eq!(mirror.pieces(window), [window]);
        mirror.halvings = 3;
        let pieces = mirror.pieces(window);
        assert_eq!(pieces.len(), 8);
        assert_eq!((pieces[0].start, pieces[7].end), (window.start, window.end));
        for two in pieces.windows(2) {
            assert_eq!(two[1].start - two[0].end, TimeDelta::seconds(1));
        }
        mirror.halvings = u32::MAX;
        assert!(mirror.pieces(window).len() < 24 * 90 + 1);
    }

    #[test]
    fn after_each_comparison_longer_stretches_are_tried_again() {
        let mut mirror = begun();
        mirror.halvings = 2;
        let (mirror, _) = run(mirror, &knows_changes(), noon());
        assert_eq!(mirror.halvings, 1);
        let (mirror, _) = run(mirror, &knows_changes(), noon() + days(1));
        assert_eq!(mirror.halvings, 0);
    }

    #[test]
    fn halves_of_a_window_are_the_window() {
        let window = Window {
            start: noon(),
            end: noon() + TimeDelta::seconds(5),
        };
        let [later, earlier] = window.halves().unwrap();
        assert_eq!((earlier.start, later.end), (window.start, window.end));
        assert_eq!(later.start - earlier.end, TimeDelta::seconds(1));
        let second = Window {
            start: noon(),
            end: noon(),
        };
        assert_eq!(second.halves(), None);
    }
}
