//! A client of another ecosystem, generated from the OpenAPI document: its types come from
//! openapi-typescript, the strictest TypeScript compiles it, and it runs against the server.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use conformance_tests::demo::{BOSTON, KEY};
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use conformance_tests::tools;
use serde_json::Value;

/// Runs a program in `folder`; it must succeed. Returns what it printed.
#[track_caller]
fn run(folder: &Path, program: PathBuf, arguments: &[&str]) -> String {
    let mut command = Command::new(&program);
    let output = command.args(arguments).current_dir(folder).output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("the program can be executed");
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        status.success(),
        "{}: {status}\n{stdout}{stderr}",
        program.display()
    );
    stdout
}

#[test]
fn a_generated_client_lists_services_files_a_service_request_and_reads_it() {
    let home = Home::new();
    let folder = home.path("");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools");
    for name in [
        "package.json",
        "typescript/client.ts",
        "typescript/tsconfig.json",
    ] {
        let file = fs::read(ours.join(name)).expect("the client is readable");
        home.write(name.trim_start_matches("typescript/"), file);
    }
    symlink(tools::node_packages(), home.path("node_modules"))
        .expect("the test's folder is writable");
    let document = format!("{}/openapi.json", Server::shared().url());
    let generate = [document.as_str(), "--output", "openapi.d.ts"];
    run(&folder, tools::node("openapi-typescript"), &generate);
    run(&folder, tools::node("tsc"), &["--project", "."]);
    let arguments = ["built/client.js", Server::shared().url(), BOSTON, KEY];
    let printed = run(&folder, "node".into(), &arguments);
    let seen: Value = serde_json::from_str(&printed).expect("the client prints a line of JSON");
    assert!(seen["services"].as_u64() > Some(10), "{seen}");
    assert_eq!(seen["status"], "open");
    assert_eq!(seen["description"], "Filed by a generated client: ä & <b>");
    assert_eq!(seen["lat"], 42.3601);
    assert_eq!(seen["refusal"], 404);
}
