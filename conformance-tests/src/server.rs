//! Starts, stops and kills a `georeport serve`, and runs its other commands.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::database::{Database, is_running, kill};
use crate::http::Call;

/// A first start makes a database cluster and fills it with the demo; a debug build
/// on a busy machine takes its time.
const START_PATIENCE: Duration = Duration::from_secs(90);
/// Requests in flight have 30 s by requirement L9; the cluster stops after them.
const STOP_PATIENCE: Duration = Duration::from_secs(45);
/// The line on stdout that says that connections are accepted.
const READY: &str = "listening on ";
const FOLDER_PREFIX: &str = "georeport-conformance-";

/// A folder that servers run in, one after the other, with the cluster in it.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty folder. It lies in the system's folder for temporary files, because a
    /// server that root starts hands its cluster to another user, who cannot enter a
    /// checkout under root's home.
    pub fn new() -> Self {
        sweep();
        let prefix = format!("{FOLDER_PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()
            .expect("the folder for temporary files is writable");
        Self { folder }
    }

    /// The value of `--data-dir`.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path for a file of the test, beside the data.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the test and returns its path as an argument.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, contents).expect("the test's folder is writable");
        path.to_string_lossy().into_owned()
    }

    /// The private cluster of a server that runs, or ran, here.
    pub fn database(&self) -> Database {
        Database::of(&self.data_dir())
    }

    /// Starts a server with the demo and waits until it accepts connections.
    #[track_caller]
    pub fn serve_demo(&self) -> Server {
        self.serve(&["--demo"])
    }

    /// Starts a server and waits until it accepts connections.
    #[track_caller]
    pub fn serve(&self, arguments: &[&str]) -> Server {
        match self.try_serve(arguments) {
            Ok(server) => server,
            Err(refusal) => panic!("the server did not start: {refusal}"),
        }
    }

    /// Starts a server that may refuse to start.
    ///
    /// # Errors
    /// What it said, when it ended instead of listening.
    pub fn try_serve(&self, arguments: &[&str]) -> Result<Server, String> {
        let name = format!("serve-{}", self.count("serve-"));
        let (stdout, stderr) = (
            self.path(&format!("{name}.out")),
            self.path(&format!("{name}.err")),
        );
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).arg(binary());
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-format",
            "json",
            "--data-dir",
        ]);
        command.arg(self.data_dir()).args(arguments);
        without_configuration(&mut command)
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).expect("the test's folder is writable"))
            .stderr(File::create(&stderr).expect("the test's folder is writable"));
        let process = Process::spawn(command, stdout, stderr);
        let started = Instant::now();
        loop {
            if let Some(url) = process.announced_url() {
                return Ok(Server {
                    url,
                    process: Some(process),
                });
            }
            if let Some(status) = process.await_end(Duration::from_millis(20)) {
                return Err(format!("{status}: {}", process.log()));
            }
            assert!(
                started.elapsed() < START_PATIENCE,
                "not ready: {}",
                process.log()
            );
        }
    }

    /// Runs another command of the binary on this folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data_dir());
        let output = without_configuration(&mut command)
            .stdin(Stdio::null())
            .output();
        output.expect("the binary can be executed")
    }

    /// Runs a command that must succeed and returns the last line of its stdout.
    #[track_caller]
    pub fn run_ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{arguments:?}: {}: {stdout}{stderr}",
            output.status
        );
        stdout.lines().last().unwrap_or_default().trim().to_owned()
    }

    /// What `--help` of a command says.
    pub fn help(&self, command: &[&str]) -> String {
        let mut process = Command::new(binary());
        let output = without_configuration(&mut process)
            .args(command)
            .arg("--help")
            .output();
        String::from_utf8_lossy(&output.expect("the binary can be executed").stdout).into_owned()
    }

    /// Makes a new API key by the command.
    #[track_caller]
    pub fn new_key(&self, jurisdiction: &str) -> String {
        self.run_ok(&[
            "key",
            "create",
            "--jurisdiction",
            jurisdiction,
            "--label",
            "conformance",
        ])
    }

    /// The name that `key list` shows for a key and `key revoke` takes: its beginning.
    #[track_caller]
    pub fn listed_name(&self, key: &str) -> String {
        let listed = String::from_utf8_lossy(&self.run(&["key", "list"]).stdout).into_owned();
        assert!(!listed.contains(key), "the list shows a whole key");
        let words = listed
            .split_whitespace()
            .map(|word| word.trim_end_matches(['…', '.', '*']));
        let names = words.filter(|word| word.len() >= 6 && key.starts_with(word));
        match names.max_by_key(|word| word.len()) {
            Some(name) => name.to_owned(),
            None => panic!("the list does not show how {} begins: {listed}", &key[..8]),
        }
    }

    fn count(&self, prefix: &str) -> usize {
        let entries = fs::read_dir(self.folder.path()).expect("the test's folder exists");
        entries
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().starts_with(prefix))
            .count()
    }
}

impl Drop for Home {
    /// A cluster whose server was killed still runs: it ends with its folder.
    fn drop(&mut self) {
        if let Some(postmaster) = Database::postmaster_of(&self.data_dir()) {
            kill("QUIT", postmaster);
        }
    }
}

/// A running server. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    process: Option<Process>,
}

impl Server {
    /// The server with demo data that the tests of one binary share: the one that
    /// `GEOREPORT_URL` names, or one of our own, which ends with the test process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<(Server, Option<Home>)> = OnceLock::new();
        let (server, _home) = SHARED.get_or_init(|| match std::env::var("GEOREPORT_URL") {
            Ok(url) => (
                Self {
                    url: url.trim_end_matches('/').to_owned(),
                    process: None,
                },
                None,
            ),
            Err(_not_set) => {
                let home = Home::new();
                (home.serve_demo(), Some(home))
            }
        });
        server
    }

    /// `http://host:port`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port`, for raw sockets.
    pub fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// A request to a path of this server.
    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::new(method, format!("{}{path}", self.url))
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("this server was started here")
    }

    /// The process id, where the server was started here.
    pub fn pid(&self) -> u32 {
        self.process().pid
    }

    /// All that the server wrote so far.
    pub fn log(&self) -> String {
        self.process().log()
    }

    /// Sends SIGTERM without waiting.
    pub fn ask_to_stop(&self) {
        kill("TERM", self.pid());
    }

    /// Stops the server as an operator does; returns its exit status and its whole log.
    pub fn stop(self) -> (ExitStatus, String) {
        self.ask_to_stop();
        self.ended()
    }

    /// Ends the server as the kernel's OOM killer would, the database not touched.
    pub fn kill(self) {
        kill("KILL", self.pid());
        self.ended();
    }

    /// Waits for the end of a server that somebody else ends.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let process = self.process.take().expect("this server was started here");
        match process.await_end(STOP_PATIENCE) {
            Some(status) => (status, process.log()),
            None => panic!("the server does not end: {}", process.log()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else {
            return;
        };
        kill("TERM", process.pid);
        if process.await_end(STOP_PATIENCE).is_none() {
            kill("KILL", process.pid);
        }
    }
}

#[derive(Debug)]
struct Process {
    pid: u32,
    status: Arc<OnceLock<ExitStatus>>,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Spawns from a thread of its own that lives as long as the child: the kernel
    /// sends the parent-death signal when the spawning *thread* ends, and test
    /// threads end early.
    fn spawn(mut command: Command, stdout: PathBuf, stderr: PathBuf) -> Self {
        let status = Arc::new(OnceLock::new());
        let (announce, announced) = channel();
        let written = Arc::clone(&status);
        thread::spawn(move || {
            let mut child = command
                .spawn()
                .expect("setpriv (util-linux) can be executed");
            announce
                .send(child.id())
                .expect("the starter waits for the id");
            let _first = written.set(child.wait().expect("a child can be waited for"));
        });
        Self {
            pid: announced.recv().expect("the child was spawned"),
            status,
            stdout,
            stderr,
        }
    }

    fn announced_url(&self) -> Option<String> {
        // A line without its end is still being written.
        let stdout = read(&self.stdout);
        let line = stdout
            .split_inclusive('\n')
            .find_map(|line| line.strip_prefix(READY))?;
        line.strip_suffix('\n').map(|url| url.trim().to_owned())
    }

    fn await_end(&self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        while self.status.get().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        self.status.get().copied()
    }

    fn log(&self) -> String {
        read(&self.stderr) + &read(&self.stdout)
    }
}

/// The binary under test.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("GEOREPORT_BIN") {
        return path.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let path = workspace.join(target).join(profile).join("georeport");
    assert!(
        path.exists(),
        "{} is missing: build it, or set GEOREPORT_BIN",
        path.display()
    );
    path
}

/// The developer's own configuration must not reach the server under test.
fn without_configuration(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GEOREPORT_") || text.starts_with("PG") || text == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
}

/// Removes the folders that shared servers of earlier test processes left behind.
fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name
            .strip_prefix(FOLDER_PREFIX)
            .and_then(|rest| rest.split('-').next());
        let Some(Ok(owner)) = owner.map(str::parse) else {
            continue;
        };
        let data = entry.path().join("data");
        if !is_running(owner) && Database::postmaster_of(&data).is_none() {
            // Another test process may be sweeping the same folder.
            let _someone_else_did = fs::remove_dir_all(entry.path());
        }
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
