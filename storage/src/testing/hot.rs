//! The statements that are sent most and never change, for tests of their plans.

use crate::{
    changes::LOOK,
    filing::TERMS,
    migrate::APPLIED,
    service_requests::{ONE, SEVERAL},
};

/// A statement with values for its arguments, as PostgreSQL writes them.
pub struct HotStatement {
    /// What it finds.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// Its arguments, separated by commas; empty: it has none.
    pub values: &'static str,
}

/// All of them.
pub const HOT_STATEMENTS: [HotStatement; 5] = [
    HotStatement {
        name: "one service request",
        sql: ONE,
        values: "'big', '000001'",
    },
    HotStatement {
        name: "the service requests of a page",
        sql: SEVERAL,
        values: "'big', ARRAY['000001', '000002']",
    },
    HotStatement {
        name: "what has changed",
        sql: LOOK,
        values: "1000",
    },
    HotStatement {
        name: "what a service request is judged by",
        sql: TERMS,
        values: "'big', 'S7', 42.05, -70.95, '2026-06-01'",
    },
    HotStatement {
        name: "which migrations were applied",
        sql: APPLIED,
        values: "",
    },
];
