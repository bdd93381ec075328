//! Reading all of a stretch of time from an endpoint that may answer with less than it has.
//!
//! Some give pages, some say so in a `Link`, some cut silently at a number of rows, and some cut at
//! another number than they say. So pages are asked for until one holds nothing new; where there are
//! no pages and an answer is full, the stretch is halved. It is halved too where an answer is longer
//! than is read, but then from one try to the next ([`domain::Mirror::too_long`]): each of these costs
//! both sides a lot.

use super::{Done, Mirroring, Trouble};
use crate::federation::remote::{Asked, RemoteError};
use chrono::{DateTime, Utc};
use domain::{ServiceRequestId, Window};
use std::collections::HashSet;

/// The smallest page of any endpoint that is known (SeeClickFix). An answer with fewer rows is whole,
/// unless it is known of the endpoint that it lists no more.
const SMALLEST_PAGE: usize = 20;
/// A stretch with more rows is halved, so that what is kept of it in memory is bounded.
const MOST_ROWS: usize = 10_000;
/// Pages of one stretch: those of the smallest size, and some.
const MAX_PAGES: u32 = 600;

/// What was read of a stretch of time.
#[derive(Default)]
pub(super) struct Reading {
    /// What was listed.
    pub ids: HashSet<ServiceRequestId>,
    /// The newest `updated_datetime`.
    pub newest: Option<DateTime<Utc>>,
    /// Entries that could not be read.
    pub refused: usize,
}

impl Reading {
    pub(super) fn into_done(self) -> Done {
        let note = (self.refused > 0)
            .then(|| format!("{} of its service requests cannot be read", self.refused));
        Done {
            newest: self.newest,
            note,
            ..Done::default()
        }
    }
}

impl Mirroring<'_> {
    /// Reads all that was filed in a window, and takes it over.
    pub(super) async fn read(
        &self,
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<Reading, Trouble> {
        let mut reading = Reading::default();
        let mut has_left_out = false;
        let mut windows = self.mirror.pieces(window);
        while let Some(window) = windows.pop() {
            let asked = Asked::Filed(window.start, window.end);
            let is_whole = match self.read_pages(asked, &mut reading, now).await {
                // One that cannot be read is no reason to read no other; a second one is.
                Err(Trouble::Remote(RemoteError::TooLarge))
                    if !self.mirror.can_halve() && !has_left_out =>
                {
                    has_left_out = true;
                    reading.refused += 1;
                    true
                }
                whole => whole?,
            };
            if is_whole {
                continue;
            }
            match window.halves() {
                Some([later, earlier]) => windows.extend([earlier, later]),
                // So much in one second is no accident; what was read of it is kept.
                None => reading.refused += 1,
            }
        }
        Ok(reading)
    }

    /// Reads page by page. `false`: there may be more than the pages hold.
    pub(super) async fn read_pages(
        &self,
        asked: Asked<'_>,
        reading: &mut Reading,
        now: DateTime<Utc>,
    ) -> Result<bool, Trouble> {
        let mut says_when_there_is_more = false;
        let mut rows = 0;
        for page in 1..=MAX_PAGES {
            let listed = self.client.requests(asked, page, now).await?;
            let count = listed.count();
            says_when_there_is_more |= listed.has_next;
            let before = reading.ids.len();
            reading.refused += listed.refused;
            for one in &listed.entries {
                let request = &one.service_request;
                reading.newest = reading.newest.max(Some(request.updated_datetime));
                reading.ids.insert(request.service_request_id.clone());
            }
            self.take_over(&listed.entries, now).await?;
            rows += count;
            let is_full = count >= self.client.remote.dialect.max_rows as usize;
            let nothing_new = reading.ids.len() == before;
            if count == 0 || (says_when_there_is_more && !listed.has_next) {
                return Ok(true);
            }
            if nothing_new && page > 1 {
                // It does not know pages, and has answered the first one again.
                return Ok(!is_full);
            }
            if !listed.has_next && !is_full && count < SMALLEST_PAGE {
                return Ok(true);
            }
            if rows > MOST_ROWS {
                return Ok(false);
            }
        }
        Ok(false)
    }
}
