//! Webhooks over HTTP: what is sent where, signed by whom, how often and in which order, whatever
//! receivers and workers do.

mod backlog;
mod crashes;
mod delivery;
mod guard;
mod hooks;
mod management;
mod measured;
mod receivers;
