//! Clients that others wrote and published work unchanged: all that a script for each of them asks
//! and checks. `../shared/clients` and `tools/clients` have the scripts, `.ci/tools` installs the
//! clients.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::Command;

use conformance_tests::demo::{BOSTON, INSIDE, KEY, ZURICH};
use conformance_tests::endpoint::Endpoint;
use conformance_tests::home::Home;
use conformance_tests::{shared, tools};

/// Where a script lies that drives a client.
enum Script {
    /// Beside the project.
    Shared(&'static str),
    /// In this crate.
    Ours(&'static str),
}

impl Script {
    fn path(&self) -> PathBuf {
        match self {
            Self::Shared(name) => shared::path("clients").join(name),
            Self::Ours(name) => Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tools/clients")
                .join(name),
        }
    }

    fn command(&self) -> Command {
        let path = self.path();
        if path.extension().is_some_and(|suffix| suffix == "cjs") {
            let mut node = Command::new("node");
            node.arg(path).env("NODE_PATH", tools::node_packages());
            return node;
        }
        let mut python = Command::new(tools::python("python"));
        python
            .args(["-W", "ignore"])
            .arg(path)
            .env("PYTHONPATH", shared::path("clients"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        python
    }

    /// Runs it and holds that it checked at least so much and that all of it passed.
    #[track_caller]
    fn passes(&self, endpoint: &Endpoint, jurisdiction: Option<&str>, at_least: usize) {
        let mut command = self.command();
        for name in [
            "JURISDICTION",
            "SVC_META",
            "SVC_PLAIN",
            "SVC_TOKEN",
            "SKIP_EXT",
        ] {
            command.env_remove(name);
        }
        command
            .env("BASE_URL", format!("{}/", endpoint.base()))
            .env("API_KEY", KEY)
            .env("LAT", INSIDE.0)
            .env("LONG", INSIDE.1)
            .envs(jurisdiction.map(|id| ("JURISDICTION", id)));
        let output = command.output().expect("the script can be executed");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let checks: Vec<&str> = stdout.lines().collect();
        let (last, checks) = checks.split_last().expect("it says something");
        let told = || format!("{}:\n{stdout}{stderr}", endpoint.base());
        assert!(
            checks.iter().all(|line| line.starts_with("PASS")),
            "{}",
            told()
        );
        assert!(checks.len() >= at_least, "too few checks: {}", told());
        assert!(
            output.status.success() && last.contains("passed, 0 failed, 0 skipped"),
            "{}",
            told()
        );
    }
}

/// Runs a script at the base path that names the jurisdiction. Each has a server of its own, for
/// some count what is filed.
#[track_caller]
fn works(script: &Script, at_least: usize) {
    let home = Home::new();
    let server = home.serve_demo();
    script.passes(&Endpoint::fixed(&server, BOSTON), None, at_least);
}

/// Runs it a second time, at the standard's base path, where the client sends `jurisdiction_id`.
#[track_caller]
fn works_at_both_base_paths(script: &Script, at_least: usize) {
    works(script, at_least);
    let home = Home::new();
    let server = home.serve_demo();
    script.passes(&Endpoint::standard(&server, BOSTON), Some(BOSTON), at_least);
}

#[test]
fn three_of_pypi_works() {
    works_at_both_base_paths(&Script::Shared("drv_three.py"), 30);
}

#[test]
fn georeport_of_pypi_works() {
    works_at_both_base_paths(&Script::Shared("drv_georeport.py"), 32);
}

/// It reads everything of forty days two by two, which takes minutes for Boston's thousands.
#[test]
fn chicagorequests_of_pypi_works() {
    let home = Home::new();
    let server = home.serve_demo();
    let script = Script::Shared("drv_chicagorequests.py");
    script.passes(&Endpoint::fixed(&server, ZURICH), None, 7);
}

#[test]
fn boston311_of_pypi_works() {
    works(&Script::Ours("drv_boston311.py"), 18);
}

#[test]
fn civicbot_of_pypi_works() {
    works_at_both_base_paths(&Script::Ours("drv_civicbot.py"), 19);
}

#[test]
fn open311_of_pypi_works() {
    works_at_both_base_paths(&Script::Ours("drv_open311.py"), 16);
}

#[test]
fn open311_of_npm_works() {
    works_at_both_base_paths(&Script::Ours("drv_open311.cjs"), 14);
}
