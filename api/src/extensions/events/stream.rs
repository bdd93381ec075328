//! Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use super::EventDocument;
use crate::{directory::Scope, error::ApiError, state::State};
use actix_web::{
    HttpResponse,
    http::header::{self, ContentEncoding},
    web,
};
use bytes::Bytes;
use futures_util::stream;
use std::time::Duration;
use storage::View;

/// Events that are read at once; a slow listener has no more than that waiting.
const AT_ONCE: usize = 100;
/// How often a listener hears that we are still there; the connection gives up on one who takes
/// nothing for ten seconds.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The events after a position, for as long as the client listens and the server runs.
pub fn answer(scope: Scope, state: web::Data<State>, after: i64) -> HttpResponse {
    let listener = Listener {
        scope,
        state,
        after,
        is_new: true,
    };
    HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression would hold events back until it has enough of them.
        .insert_header(ContentEncoding::Identity)
        // So would nginx.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::try_unfold(listener, Listener::next))
}

struct Listener {
    scope: Scope,
    state: web::Data<State>,
    after: i64,
    is_new: bool,
}

impl Listener {
    /// The next piece of the stream: events, or a sign of life. `None`: the server stops.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, actix_web::Error> {
        let ends = &self.state.shared.feed_ends;
        if ends.is_stopping() {
            return Ok(None);
        }
        let id = self.scope.jurisdiction.jurisdiction_id.as_str();
        if !self.is_new {
            ends.beyond(id, self.after, HEARTBEAT).await;
        }
        let storage = &self.scope.storage;
        let page = storage.list_feed(self.after, AT_ONCE, View::Public).await;
        let page = page.map_err(ApiError::from)?;
        // A comment: proxies and clients hear at once that they are connected.
        let mut text = String::from(": \n\n");
        for entry in &page.entries {
            let public_url = &self.state.shared.public_url;
            let event = EventDocument::new(id, entry, View::Public, public_url);
            let data = serde_json::to_string(&event).map_err(ApiError::internal)?;
            let kind = super::event_type(entry.update.kind);
            text.push_str(&format!(
                "id: {}\nevent: {kind}\ndata: {data}\n\n",
                entry.position
            ));
        }
        self.is_new = page.entries.len() == AT_ONCE;
        self.after = page.read_up_to;
        Ok(Some((text.into(), self)))
    }
}
