//! What follows from each attempt to deliver a webhook: when the next one is due, when no more are
//! made, and when a webhook is disabled.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability>

use chrono::{DateTime, TimeDelta, Utc};

/// The waits before the attempts, as Standard Webhooks proposes them: more than three days in all.
const WAITS: [TimeDelta; 10] = [
    TimeDelta::zero(),
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// By so much at most a wait is longer, so that what failed together is not tried together again.
const JITTER: f64 = 0.2;
/// A receiver may put us off for so long.
const LONGEST_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);
/// After so long without any success a webhook is disabled, as Svix does it.
pub const DISABLED_AFTER: TimeDelta = TimeDelta::hours(120);

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptOutcome {
    /// The HTTP status; `None`: no answer.
    pub status: Option<u16>,
    /// For how long the receiver asked to be left alone.
    pub retry_after: Option<TimeDelta>,
}

impl AttemptOutcome {
    /// Whether the receiver has taken it: "2xx (status codes 200-299) indicates a successful
    /// delivery", and nothing else does; a redirect is a failure.
    pub fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver wants no more, ever.
    fn is_gone(&self) -> bool {
        self.status == Some(410)
    }

    /// For how long the receiver is to be left alone altogether: it is too much for him, and he says
    /// until when. Only 429 and 503 say so of themselves.
    /// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
    pub fn pause(&self) -> Option<TimeDelta> {
        let throttled = matches!(self.status, Some(429 | 503));
        let asked = self.retry_after.filter(|_| throttled)?;
        Some(asked.clamp(TimeDelta::zero(), LONGEST_RETRY_AFTER))
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has arrived.
    Delivered,
    /// It is tried again, at this time.
    Retried(DateTime<Utc>),
    /// It is tried no more by itself.
    Dead,
}

impl Fate {
    /// What becomes of a delivery after its attempt number `attempts`, 1 first, which ended at `now`
    /// with `outcome`. `chance` is from 0 to 1.
    pub fn after(attempts: u32, outcome: &AttemptOutcome, now: DateTime<Utc>, chance: f64) -> Self {
        if outcome.is_success() {
            return Self::Delivered;
        }
        let next = usize::try_from(attempts).unwrap_or(usize::MAX);
        let Some(&wait) = WAITS.get(next) else {
            return Self::Dead;
        };
        let longer = wait.as_seconds_f64() * JITTER * chance.clamp(0.0, 1.0);
        // At most five hours, which any integer holds.
        let longer = TimeDelta::milliseconds((longer * 1_000.0) as i64);
        let wait = wait + longer;
        Self::Retried(now + outcome.pause().map_or(wait, |pause| pause.max(wait)))
    }
}

/// Why a webhook is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisabledReason {
    /// Somebody who may do so has disabled it.
    ByHand,
    /// The receiver answered 410: it wants no more.
    Gone,
    /// For [`DISABLED_AFTER`] nothing could be delivered.
    Failing,
}

impl DisabledReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::ByHand, Self::Gone, Self::Failing];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// The reason of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Why a webhook is to be disabled after a failed attempt, if it is. `failing_since`: the first
    /// failure after which there was no success.
    pub fn after(
        outcome: &AttemptOutcome,
        failing_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        if outcome.is_success() {
            None
        } else if outcome.is_gone() {
            Some(Self::Gone)
        } else {
            (now - failing_since >= DISABLED_AFTER).then_some(Self::Failing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn answered(status: u16) -> AttemptOutcome {
        AttemptOutcome {
            status: Some(status),
            retry_after: None,
        }
    }

    fn put_off(status: u16, retry_after: TimeDelta) -> AttemptOutcome {
        AttemptOutcome {
            status: Some(status),
            retry_after: Some(retry_after),
        }
    }

    /// Times of all attempts of a delivery that never arrives.
    fn attempts(chance: f64) -> Vec<DateTime<Utc>> {
        let mut times = vec![NOON];
        loop {
            let count = u32::try_from(times.len()).unwrap();
            let now = *times.last().unwrap();
            match Fate::after(count, &answered(500), now, chance) {
                Fate::Retried(at) => times.push(at),
                Fate::Dead => return times,
                Fate::Delivered => panic!("500 is no success"),
            }
        }
    }

    /// D5.
    #[test]
    fn what_never_arrives_is_tried_ten_times_in_more_than_three_days_and_then_dead() {
        for chance in [0.0, 0.5, 1.0] {
            let times = attempts(chance);
            assert_eq!(times.len(), 10);
            assert!(times[9] - times[0] >= TimeDelta::hours(72));
            assert!(times[9] - times[0] <= TimeDelta::hours(96));
            assert!(times.is_sorted());
        }
        assert_eq!(attempts(0.0)[1] - NOON, TimeDelta::seconds(5));
        assert_eq!(attempts(0.0)[2] - NOON, TimeDelta::seconds(305));
    }

    /// D5: with jitter.
    #[test]
    fn what_fails_together_is_not_tried_together_again() {
        assert_ne!(attempts(0.1)[1], attempts(0.2)[1]);
        let wait = attempts(1.0)[1] - NOON;
        assert_eq!(wait, TimeDelta::seconds(6));
        assert_eq!(attempts(7.0), attempts(1.0));
    }

    #[test]
    fn only_2xx_is_success() {
        for status in [200, 201, 202, 204, 299] {
            let fate = Fate::after(1, &answered(status), NOON, 0.0);
            assert_eq!(fate, Fate::Delivered, "{status}");
        }
        let none = AttemptOutcome {
            status: None,
            retry_after: None,
        };
        for status in [
            100, 199, 300, 301, 302, 304, 307, 400, 404, 409, 410, 429, 500,
        ] {
            let fate = Fate::after(1, &answered(status), NOON, 0.0);
            assert!(matches!(fate, Fate::Retried(_)), "{status}");
        }
        assert!(matches!(Fate::after(1, &none, NOON, 0.0), Fate::Retried(_)));
    }

    /// D5: `Retry-After`, capped.
    #[test]
    fn who_asks_for_time_gets_it_up_to_a_day() {
        let wait = |outcome| match Fate::after(1, &outcome, NOON, 0.0) {
            Fate::Retried(at) => at - NOON,
            other => panic!("{other:?}"),
        };
        let hour = TimeDelta::hours(1);
        assert_eq!(wait(put_off(429, hour)), hour);
        assert_eq!(wait(put_off(503, hour)), hour);
        assert_eq!(wait(put_off(500, hour)), TimeDelta::seconds(5));
        assert_eq!(
            wait(put_off(429, TimeDelta::seconds(1))),
            TimeDelta::seconds(5)
        );
        assert_eq!(
            wait(put_off(429, TimeDelta::seconds(-9))),
            TimeDelta::seconds(5)
        );
        assert_eq!(wait(put_off(429, TimeDelta::MAX)), TimeDelta::hours(24));
        assert_eq!(put_off(429, hour).pause(), Some(hour));
        assert_eq!(put_off(404, hour).pause(), None);
    }

    /// D7.
    #[test]
    fn a_webhook_is_disabled_at_once_when_it_is_gone_and_after_five_days_of_nothing_but_failures() {
        let after = |status, hours| {
            DisabledReason::after(&answered(status), NOON, NOON + TimeDelta::hours(hours))
        };
        assert_eq!(after(410, 0), Some(DisabledReason::Gone));
        assert_eq!(after(500, 119), None);
        assert_eq!(after(500, 120), Some(DisabledReason::Failing));
        assert_eq!(after(200, 500), None);
    }

    #[test]
    fn reasons_are_read_as_they_are_written() {
        for reason in DisabledReason::ALL {
            assert_eq!(DisabledReason::parse(reason.as_str()), Some(reason));
        }
    }
}
