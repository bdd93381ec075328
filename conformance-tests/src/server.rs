//! A running server.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::database::kill;
use crate::home::Home;
use crate::http::Call;

/// A first start makes a database cluster and fills it with the demo; a debug build
/// on a busy machine takes its time.
const START_PATIENCE: Duration = Duration::from_secs(90);
/// Requests in flight have 30 s by requirement L9; the cluster stops after them.
const STOP_PATIENCE: Duration = Duration::from_secs(45);
/// The line on stdout that says that connections are accepted.
const READY: &str = "listening on ";
/// The same of a process that does the work in the background.
const WORKING: &str = "working";

/// A running server. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    process: Option<Process>,
}

impl Server {
    /// Runs the command and waits until the server accepts connections.
    pub(crate) fn start(
        command: Command,
        stdout: PathBuf,
        stderr: PathBuf,
    ) -> Result<Self, String> {
        let process = Process::spawn(command, stdout, stderr);
        let started = Instant::now();
        loop {
            if let Some(url) = process.announced_url() {
                let process = Some(process);
                return Ok(Self { url, process });
            }
            if let Some(status) = process.await_end(Duration::from_millis(20)) {
                return Err(format!("{status}: {}", process.output()));
            }
            let waited = started.elapsed();
            assert!(waited < START_PATIENCE, "not ready: {}", process.output());
        }
    }

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

    /// The memory that the server's process has in use, in MiB; the database's not counted.
    pub fn resident_mib(&self) -> u64 {
        self.memory_mib("VmRSS:")
    }

    /// The most memory that the server's process ever had in use, in MiB.
    pub fn peak_mib(&self) -> u64 {
        self.memory_mib("VmHWM:")
    }

    fn memory_mib(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.expect("the kernel tells the memory of a process") / 1024
    }

    /// How many files and sockets the server's process has open.
    pub fn open_files(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.pid()));
        files.expect("the server runs").count()
    }

    /// The log so far.
    pub fn log(&self) -> String {
        read(&self.process().stderr)
    }

    /// Sends SIGTERM without waiting.
    pub fn ask_to_stop(&self) {
        kill("TERM", self.pid());
    }

    /// Stops the server as an operator does; returns its exit status and all
    /// that it ever wrote.
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
            Some(status) => (status, process.output()),
            None => panic!("the server does not end: {}", process.output()),
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

/// A running `georeport work`. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Worker(Process);

impl Worker {
    /// Runs the command and waits until it works.
    #[track_caller]
    pub(crate) fn start(command: Command, stdout: PathBuf, stderr: PathBuf) -> Self {
        let process = Process::spawn(command, stdout, stderr);
        let started = Instant::now();
        while !process.has_said(WORKING) {
            let ended = process.await_end(Duration::from_millis(5));
            assert!(ended.is_none(), "{ended:?}: {}", process.output());
            let waited = started.elapsed();
            assert!(waited < START_PATIENCE, "not ready: {}", process.output());
        }
        Self(process)
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// The log so far.
    pub fn log(&self) -> String {
        read(&self.0.stderr)
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        kill(name, self.0.pid);
    }

    /// Kills it and waits for its end.
    pub fn kill(self) {
        self.signal("KILL");
        self.0.await_end(STOP_PATIENCE);
    }

    /// Stops it as an operator does; returns its exit status and all that it ever wrote.
    pub fn stop(self) -> (ExitStatus, String) {
        self.signal("TERM");
        match self.0.await_end(STOP_PATIENCE) {
            Some(status) => (status, self.0.output()),
            None => panic!("the worker does not end: {}", self.0.output()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.0.status.get().is_none() {
            // A stopped one hears of nothing else.
            self.signal("CONT");
            self.signal("TERM");
            if self.0.await_end(STOP_PATIENCE).is_none() {
                self.signal("KILL");
            }
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

    fn has_said(&self, line: &str) -> bool {
        read(&self.stdout).lines().any(|said| said == line)
    }

    fn await_end(&self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        while self.status.get().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        self.status.get().copied()
    }

    fn output(&self) -> String {
        read(&self.stderr) + &read(&self.stdout)
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}
