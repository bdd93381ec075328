//! Publishes the OpenAPI document and proof-reads it.

use api::access::{Permission, Role};
use serde_json::Value;
use std::fmt::Write as _;

/// `openapi.json`, as committed.
///
/// # Errors
/// When the document cannot be written as JSON, which is a fault of ours.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&api::openapi::document("/"))?;
    text.push('\n');
    Ok(text)
}

/// `routes.txt`: operation id, method and path; the API on one screen.
///
/// # Errors
/// As [`openapi_json`].
pub fn routes_txt() -> Result<String, serde_json::Error> {
    let document = serde_json::to_value(api::openapi::document("/"))?;
    let mut text = String::new();
    for (path, method, operation) in operations(&document) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<51}{:<6}{path}",
            id(operation),
            method.to_uppercase()
        );
    }
    Ok(text)
}

/// Every operation with its path and method.
fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| (path, method, operation))
    })
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or_default()
}

/// Where the table stands in ARCHITECTURE.md: between these lines.
const TABLE: [&str; 2] = [
    "<!-- Who may do what: written by `cargo run -p openapi`. -->\n",
    "<!-- The end of who may do what. -->\n",
];

/// `ARCHITECTURE.md` with the table of permission by operation as the handlers say it.
///
/// # Errors
/// When the document cannot be written as JSON, or when the text has no place for the table.
pub fn with_permissions(architecture: &str) -> Result<String, Box<dyn std::error::Error>> {
    let parts = architecture
        .split_once(TABLE[0])
        .and_then(|(before, rest)| Some((before, rest.split_once(TABLE[1])?.1)));
    let (before, after) = parts.ok_or("ARCHITECTURE.md lacks the lines around the table")?;
    let (table, [first, last]) = (permissions()?, TABLE);
    Ok(format!("{before}{first}\n{table}\n{last}{after}"))
}

/// Permission by operation, and who has it, as Markdown. What is not listed is for everybody.
fn permissions() -> Result<String, serde_json::Error> {
    let document = serde_json::to_value(api::openapi::document("/"))?;
    let mut text = String::from("| Permission | Operations |");
    for role in Role::ALL {
        let _ = write!(text, " {role} |");
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(Role::ALL.len()));
    text.push('\n');
    for permission in Permission::ALL {
        let needing: Vec<String> = operations(&document)
            .filter(|(.., operation)| needs(operation, permission))
            .map(|(.., operation)| format!("`{}`", id(operation)))
            .collect();
        let _ = write!(text, "| `{permission}` | {} |", needing.join(", "));
        for role in Role::ALL {
            let has = role.permissions().contains(&permission);
            text.push_str(if has { " yes |" } else { " |" });
        }
        text.push('\n');
    }
    Ok(text)
}

/// Whether the bearer of a token has to have the permission.
fn needs(operation: &Value, permission: Permission) -> bool {
    let ways = operation["security"].as_array().into_iter().flatten();
    let mut needed = ways.flat_map(|way| way["bearer"].as_array().into_iter().flatten());
    needed.any(|word| word == permission.as_str())
}
