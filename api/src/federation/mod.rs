//! Speaking to other GeoReport endpoints: as a client of theirs, in their dialect, trusting nothing
//! that they answer.

pub mod remote;
