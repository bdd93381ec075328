//! What another endpoint tells of a service request that was forwarded to it, as an entry of our
//! history.

use crate::{
    Closing, ClosingReason, DetailedStatus, NewUpdate, RemoteName, Status, datetime, text::MAX_CODE,
};
use chrono::{DateTime, Utc};

/// Something that an endpoint tells of one service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Its word for the status, in lower case.
    pub status: String,
    /// When; `None`: it does not say.
    pub updated_datetime: Option<DateTime<Utc>>,
    /// What people are told.
    pub description: Option<String>,
    /// Pictures and pages.
    pub media_urls: Vec<String>,
    /// What makes it known when it is told again; `None`: it is told by being different.
    pub source_update_id: Option<String>,
}

impl News {
    /// Whether its word means another status than `seen`, the last one. The standard's two words are
    /// less than the extension's: `closed` is no news of what is known to be fixed.
    pub fn turns(&self, seen: Option<&str>) -> bool {
        let Some(status) = self.detailed_status() else {
            return false;
        };
        match seen.and_then(meaning) {
            None => status != DetailedStatus::Open,
            Some(before) if status == status.status().into() => before.status() != status.status(),
            Some(before) => before != status,
        }
    }

    /// What the word means. `None`: nothing that is known here, or "unchanged".
    pub fn detailed_status(&self) -> Option<DetailedStatus> {
        meaning(&self.status)
    }

    /// When it may have happened to a service request that was filed here at `filed` and changed last
    /// at `changed`. What ends one that `is_open` does so after whatever was noted here meanwhile:
    /// otherwise it would be late, and the end would be lost.
    pub fn earliest(
        &self,
        filed: DateTime<Utc>,
        changed: DateTime<Utc>,
        is_open: bool,
    ) -> DateTime<Utc> {
        let status = self.detailed_status().map(DetailedStatus::status);
        match status {
            Some(Status::Closed) if is_open => filed.max(changed),
            _ => filed,
        }
    }

    /// The entry for a service request to which it cannot have happened before `earliest`. A clock that
    /// is wrong there does not make news unbelievable: its time is bent into what can be.
    pub fn to_update(
        &self,
        remote: &RemoteName,
        earliest: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> NewUpdate {
        let told = self.updated_datetime.unwrap_or(now);
        let status = self.detailed_status();
        let closes = status.filter(|status| status.status() == Status::Closed);
        let reason = |status: DetailedStatus| status.reason().unwrap_or(ClosingReason::NotTold);
        NewUpdate {
            status,
            closing: closes.map(|status| Closing::because(reason(status))),
            description: self.description.clone(),
            media_urls: self.media_urls.clone(),
            author_name: Some(remote.to_string()),
            source_update_id: self.source_update_id.clone(),
            ..NewUpdate::by(
                format!("remote:{remote}"),
                datetime::to_seconds(told.min(now).max(earliest)),
            )
        }
    }

    /// Its word as it is kept.
    pub fn word(&self) -> String {
        self.status.chars().take(MAX_CODE).collect()
    }
}

fn meaning(word: &str) -> Option<DetailedStatus> {
    match word {
        // Libre311, GeoReport Bulk.
        "assigned" | "processing" => Some(DetailedStatus::InProgress),
        "hold" => Some(DetailedStatus::Planned),
        word => DetailedStatus::parse_told(word).ok().flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn update(status: &str, time: &str) -> NewUpdate {
        let news = News {
            status: status.into(),
            updated_datetime: Some(at(time)),
            description: None,
            media_urls: vec![],
            source_update_id: None,
        };
        let remote = RemoteName::parse("salem").unwrap();
        news.to_update(
            &remote,
            at("2026-06-01T00:00:00Z"),
            at("2026-06-02T00:00:00Z"),
        )
    }

    #[test]
    fn a_closing_says_why_as_far_as_the_word_does() {
        let reason = |word| {
            update(word, "2026-06-01T12:00:00Z")
                .closing
                .map(|one| one.reason)
        };
        assert_eq!(reason("closed"), Some(ClosingReason::NotTold));
        assert_eq!(reason("fixed"), Some(ClosingReason::Fixed));
        assert_eq!(reason("in_progress"), None);
        assert_eq!(reason("assigned"), None);
    }

    #[test]
    fn an_end_is_not_lost_because_something_was_noted_after_it() {
        let (filed, noted) = (at("2026-06-01T00:00:00Z"), at("2026-06-01T12:00:00Z"));
        for (word, is_open, earliest) in [
            ("fixed", true, noted),
            ("closed", true, noted),
            // What was ended here stays as it is.
            ("fixed", false, filed),
            ("in_progress", true, filed),
            ("quantum", true, filed),
        ] {
            let news = News {
                status: word.into(),
                updated_datetime: None,
                description: None,
                media_urls: vec![],
                source_update_id: None,
            };
            assert_eq!(news.earliest(filed, noted, is_open), earliest, "{word}");
        }
    }

    #[test]
    fn only_what_says_more_than_is_known_is_news() {
        for (seen, word, is_news) in [
            (None, "open", false),
            (None, "in_progress", true),
            (None, "closed", true),
            (Some("open"), "open", false),
            (Some("open"), "in_progress", true),
            (Some("in_progress"), "open", false),
            (Some("in_progress"), "assigned", false),
            (Some("open"), "closed", true),
            (Some("fixed"), "closed", false),
            (Some("closed"), "fixed", true),
            (Some("fixed"), "open", true),
            (Some("quantum"), "closed", true),
            (Some("open"), "quantum", false),
        ] {
            let news = News {
                status: word.into(),
                updated_datetime: None,
                description: None,
                media_urls: vec![],
                source_update_id: None,
            };
            assert_eq!(news.turns(seen), is_news, "{seen:?} {word}");
        }
    }

    #[test]
    fn a_word_that_nobody_knows_changes_no_status() {
        let update = update("quantum", "2026-06-01T12:00:00Z");
        assert_eq!(
            (update.status, update.author.as_str()),
            (None, "remote:salem")
        );
    }

    #[test]
    fn a_wrong_clock_is_bent_into_what_can_be() {
        for (told, kept) in [
            ("2030-01-01T00:00:00Z", "2026-06-02T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
            ("2026-06-01T08:00:00Z", "2026-06-01T08:00:00Z"),
        ] {
            assert_eq!(update("open", told).updated_datetime, at(kept), "{told}");
        }
    }
}
