//! The server's listener: as actix-web's own `HttpServer`, but for what a connection is.

use super::{Answering, Connection};
use crate::{app::app, config::ServeConfig, state::State};
use actix_http::HttpService;
use actix_server::Server;
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use std::{io, net::TcpListener, time::Duration};
use tokio::net::TcpStream;

/// A head that is not complete after this is not waited for.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may be idle between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// How long what a refused client still sends is read and dropped, so that it sees the answer.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Open connections of each thread; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;

/// A server on `listener`, not started yet, whose threads make their state with `state`.
///
/// # Errors
/// When the listener cannot be used.
pub fn listen(
    listener: TcpListener,
    config: &ServeConfig,
    state: impl Fn() -> State + Clone + Send + 'static,
) -> io::Result<Server> {
    let builder = Server::build()
        .workers(config.workers)
        .max_concurrent_connections(MAX_CONNECTIONS)
        .shutdown_timeout(config.shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("georeport", listener, move || {
        let stopping = stopping.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(HEAD_TIMEOUT)
            .keep_alive(KEEP_ALIVE)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert::<Answering>(connection.answering.clone());
            })
            .h1(map_config(app(state()), |()| AppConfig::default()));
        fn_service(async |io: TcpStream| {
            // A compressed answer goes out in several pieces: with Nagle's algorithm each but the
            // first would wait 40 ms for the client's acknowledgement of the one before.
            let _ = io.set_nodelay(true);
            let peer = io.peer_addr().ok();
            Ok((Connection::new(io), peer))
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}
