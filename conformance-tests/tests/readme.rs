//! Every command of the README does what the README says.
//!
//! Blocks fenced as `sh` run one after the other in the project's folder; what one sets, the next
//! knows. Blocks fenced as `sh server` start a server and are left running. Those fenced as
//! `sh manual` need what a test does not have; the README says what. The data lies in a folder of
//! the test's own, so that a developer's demo stays as it is.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use conformance_tests::home::Home;
use std::{
    fs::File,
    net::TcpStream,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Where the README's servers listen.
const ADDRESS: &str = "127.0.0.1:8311";
/// The first `make run` builds the release.
const BUILD_PATIENCE: Duration = Duration::from_secs(40 * 60);

/// A fenced block: its language line and its text.
struct Block {
    fence: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                fence: fence.trim().to_owned(),
                text: text.join("\n"),
            });
        }
    }
    blocks
}

/// A server of the README, stopped with everything it started when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
        let _ = self.0.wait();
    }
}

struct Shell {
    project: PathBuf,
    home: Home,
}

impl Shell {
    fn command(&self, text: &str) -> Command {
        let state = self.home.path("state").display().to_string();
        // By itself curl is content with an error's page.
        let strict = "curl() { command curl --fail-with-body \"$@\"; }";
        let script =
            format!("set -a; . '{state}'; set -eu; {strict}\n{text}\nexport -p > '{state}'\n");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .current_dir(&self.project)
            .env_remove("DATABASE_URL")
            .env("GEOREPORT_DATA_DIR", self.home.data_dir())
            // `make run` builds a release: optimised it would take minutes longer, and be no other.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, text: &str) {
        let output = self.command(text).output().expect("sh runs");
        let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{}\nfor:\n{text}\n{}{}",
            output.status,
            told(&output.stdout),
            told(&output.stderr)
        );
    }

    fn serve(&self, text: &str) -> Running {
        assert!(
            TcpStream::connect(ADDRESS).is_err(),
            "something listens on {ADDRESS} already"
        );
        let log = self.home.path("server.log");
        let file = || {
            File::options()
                .create(true)
                .append(true)
                .open(&log)
                .expect("a log file")
        };
        let child = self
            .command(text)
            .stdout(file())
            .stderr(file())
            .process_group(0)
            .spawn()
            .expect("sh runs");
        let mut running = Running(child);
        let started = Instant::now();
        while TcpStream::connect(ADDRESS).is_err() {
            let ended = running.0.try_wait().expect("a child");
            let log = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none(), "it ended: {}", log());
            assert!(
                started.elapsed() < BUILD_PATIENCE,
                "it does not listen: {}",
                log()
            );
            thread::sleep(Duration::from_millis(200));
        }
        running
    }
}

#[test]
fn every_command_of_the_readme_works() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(project.join("README.md")).expect("README.md");
    let home = Home::new();
    home.write("state", "");
    let shell = Shell { project, home };
    let mut servers = Vec::new();
    let mut run = 0;
    for block in blocks(&readme) {
        match block.fence.as_str() {
            "sh" => {
                shell.run(&block.text);
                run += 1;
            }
            "sh server" => servers.push(shell.serve(&block.text)),
            other => assert!(
                matches!(
                    other,
                    "sh manual" | "text" | "json" | "xml" | "toml" | "ini"
                ),
                "a block is fenced as {other:?}, which this test does not know"
            ),
        }
    }
    assert!(
        run > 3 && !servers.is_empty(),
        "the README shows hardly anything"
    );
}
