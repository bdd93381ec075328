//! `georeport-conformance URL`.

fn main() {}
