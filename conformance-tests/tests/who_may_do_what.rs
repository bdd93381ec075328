//! Every operation of the OpenAPI document is called by everybody: without credentials, with wrong
//! ones, with those of another jurisdiction, and in each role. What each may is written here a second
//! time, by hand; an operation without a row fails.

use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::documented::paths;
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use serde_json::Value;
use std::collections::BTreeSet;

/// What everybody may.
const EVERYBODY: &str = "";

/// What each operation needs, by its id. Those of the standard stand for both base paths.
const OPERATIONS: &[(&str, &str)] = &[
    ("delete_duplicate_of", "change-service-requests"),
    ("delete_forward_rule", "manage-remotes"),
    ("delete_key", "manage-keys"),
    ("delete_mirror", "manage-remotes"),
    ("delete_remote", "manage-remotes"),
    ("delete_response_template", "manage-services"),
    ("delete_service_level", "manage-services"),
    ("delete_service_request", "moderate"),
    ("delete_webhook", "manage-webhooks"),
    ("get_audit_entries", "read-audit"),
    ("get_discovery", EVERYBODY),
    ("get_discovery_at_root", EVERYBODY),
    ("get_docs", EVERYBODY),
    ("get_docs_file", EVERYBODY),
    ("get_events", EVERYBODY),
    ("get_forward_rules", "manage-remotes"),
    ("get_forwards", "manage-remotes"),
    ("get_forwards_of_service_request", "read-service-requests"),
    ("get_front_page", EVERYBODY),
    ("get_health_live", EVERYBODY),
    ("get_health_ready", EVERYBODY),
    ("get_holidays", "read-service-requests"),
    ("get_key_set", EVERYBODY),
    ("get_keys", "manage-keys"),
    ("get_metrics", EVERYBODY),
    ("get_mirror", "manage-remotes"),
    ("get_openapi", EVERYBODY),
    ("get_photo", EVERYBODY),
    ("get_remotes", "manage-remotes"),
    ("get_response_templates", "read-service-requests"),
    ("get_service_definition", EVERYBODY),
    ("get_service_level", "read-service-requests"),
    ("get_service_list", EVERYBODY),
    ("get_service_request", EVERYBODY),
    ("get_service_request_id_from_token", EVERYBODY),
    ("get_service_request_updates", EVERYBODY),
    ("get_service_requests", EVERYBODY),
    ("get_staff_service_request", "read-service-requests"),
    ("get_staff_service_request_updates", "read-service-requests"),
    ("get_staff_service_requests", "read-service-requests"),
    ("get_webhook", "manage-webhooks"),
    ("get_webhook_deliveries", "manage-webhooks"),
    ("get_webhook_delivery", "manage-webhooks"),
    ("get_webhooks", "manage-webhooks"),
    ("get_working_hours", "read-service-requests"),
    ("patch_service_request", "change-service-requests"),
    ("patch_webhook", "manage-webhooks"),
    ("post_forward", "change-service-requests"),
    ("post_key", "manage-keys"),
    ("post_redaction", "moderate"),
    ("post_replay", "manage-remotes"),
    ("post_service_request", "file-service-requests"),
    ("post_service_request_changes", "change-service-requests"),
    ("post_service_request_note", "change-service-requests"),
    ("post_service_request_update", "post-updates"),
    ("post_token", EVERYBODY),
    ("post_webhook", "manage-webhooks"),
    ("put_duplicate_of", "change-service-requests"),
    ("put_forward_rule", "manage-remotes"),
    ("put_holidays", "manage-services"),
    ("put_mirror", "manage-remotes"),
    ("put_remote", "manage-remotes"),
    ("put_response_template", "manage-services"),
    ("put_service_level", "manage-services"),
    ("put_working_hours", "manage-services"),
    ("replay_webhook", "manage-webhooks"),
    ("replay_webhook_delivery", "manage-webhooks"),
    ("rotate_webhook_secret", "manage-webhooks"),
];

/// What each role may.
const ROLES: [(&str, &[&str]); 5] = [
    (
        "administrator",
        &[
            "file-service-requests",
            "post-updates",
            "read-service-requests",
            "change-service-requests",
            "moderate",
            "manage-webhooks",
            "manage-remotes",
            "manage-services",
            "manage-keys",
            "read-audit",
        ],
    ),
    (
        "staff",
        &[
            "file-service-requests",
            "post-updates",
            "read-service-requests",
            "change-service-requests",
        ],
    ),
    ("moderator", &["read-service-requests", "moderate"]),
    (
        "integration",
        &[
            "file-service-requests",
            "post-updates",
            "change-service-requests",
            "manage-webhooks",
        ],
    ),
    ("auditor", &["read-audit"]),
];

/// Somebody who calls.
struct Caller {
    name: String,
    credential: Option<String>,
    /// What he may where he calls; `None`: he is not known there.
    may: Option<&'static [&'static str]>,
}

/// One operation of the document.
struct Operation {
    id: String,
    method: String,
    path: String,
}

fn operations() -> Vec<Operation> {
    let all = paths().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| Operation {
            id: operation["operationId"].as_str().unwrap_or_default().into(),
            method: method.to_uppercase(),
            path: path.to_owned(),
        })
    });
    all.collect()
}

/// What the operation needs, if this file says so.
fn needed(operation: &Operation) -> Option<&'static str> {
    let id = operation.id.trim_end_matches("_of_jurisdiction");
    let found = OPERATIONS.iter().find(|(known, _)| *known == id);
    found.map(|(_, permission)| *permission)
}

/// Calls the operation about things that are not there, with a body that says nothing.
fn status(server: &Server, operation: &Operation, caller: &Caller) -> u16 {
    let mut path = operation.path.replace("{format}", "json");
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        let value = match &path[from..=to] {
            "{jurisdiction_id}" => BOSTON,
            _ => "x",
        };
        path.replace_range(from..=to, value);
    }
    let ours = path.starts_with("/api/");
    let mut call = server.call(&operation.method, &path);
    if !operation.path.contains("{jurisdiction_id}") {
        call = call.raw_query(&format!("jurisdiction_id={BOSTON}"));
    }
    if let Some(credential) = &caller.credential {
        call = call.header("authorization", &format!("Bearer {credential}"));
    }
    if matches!(&operation.method[..], "POST" | "PUT" | "PATCH") {
        call = if ours {
            call.body("application/json", "{}")
        } else {
            call.raw_form("")
        };
    }
    call.send().status
}

/// What must be answered: one status, or none of those by which callers are turned away.
fn check(operation: &Operation, caller: &Caller, needed: &str, status: u16) -> Result<(), String> {
    let is_let_in = !matches!(status, 401 | 403);
    let told = format!(
        "{} {} by {}: {status}",
        operation.method, operation.path, caller.name
    );
    let standard = !operation.path.starts_with("/api/");
    let right = match caller.may {
        _ if needed == EVERYBODY => is_let_in,
        // The standard's word for a wrong key is 403.
        None => status == if standard { 403 } else { 401 },
        Some(may) if may.contains(&needed) => is_let_in,
        Some(_) => status == 403,
    };
    if right { Ok(()) } else { Err(told) }
}

#[test]
fn everybody_may_what_the_table_says_and_nothing_else() {
    let home = Home::new();
    let server = home.serve_demo();
    let key = |jurisdiction: &str, scope: &str| {
        let whose = ["--jurisdiction", jurisdiction, "--label", scope];
        home.run_ok(&[&["key", "create", "--scope", scope], &whose[..]].concat())
    };
    let somebody = |name: &str, credential: Option<String>, may| Caller {
        name: name.to_owned(),
        credential,
        may,
    };
    let mut callers = vec![
        somebody("nobody", None, None),
        somebody("a stranger", Some("grk_0123456789".into()), None),
        somebody(
            "the administrator of another jurisdiction",
            Some(key(ZURICH, "administrator")),
            None,
        ),
    ];
    for (role, may) in ROLES {
        callers.push(somebody(role, Some(key(BOSTON, role)), Some(may)));
    }
    let mut wrong = Vec::new();
    for operation in operations() {
        let Some(needed) = needed(&operation) else {
            wrong.push(format!("{} has no row in this test", operation.id));
            continue;
        };
        for caller in &callers {
            let status = status(&server, &operation, caller);
            wrong.extend(check(&operation, caller, needed, status).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_is_about_an_operation_that_there_is() {
    let ids: BTreeSet<String> = operations().into_iter().map(|one| one.id).collect();
    for (id, _) in OPERATIONS {
        assert!(ids.contains(*id), "{id}");
    }
    assert!(OPERATIONS.is_sorted());
}

#[test]
fn the_document_says_what_each_operation_needs() {
    for (_, item) in paths() {
        for operation in item.as_object().into_iter().flatten().map(|(_, one)| one) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let id = id.trim_end_matches("_of_jurisdiction");
            let row = OPERATIONS.iter().find(|(known, _)| *known == id);
            let told = operation["security"][0]["bearer"][0].as_str();
            let needed = row.map(|(_, permission)| *permission);
            assert_eq!(needed, Some(told.unwrap_or(EVERYBODY)), "{id}");
            assert_eq!(operation["security"] == Value::Null, told.is_none(), "{id}");
        }
    }
}
