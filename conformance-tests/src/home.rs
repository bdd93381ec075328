//! A folder that servers run in, one after the other, with the cluster in it.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::binary;
use crate::database::{Database, is_running, kill};
use crate::server::{Server, Worker};
use crate::template;

/// The beginning of the name of every folder that these tests make.
pub(crate) const PREFIX: &str = "georeport-conformance-";

/// A folder of a test's own, removed with its cluster when it is dropped.
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
        let prefix = format!("{PREFIX}{}-", std::process::id());
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
        self.serve_demo_with(&[])
    }

    /// The same with more options.
    #[track_caller]
    pub fn serve_demo_with(&self, arguments: &[&str]) -> Server {
        if !self.data_dir().exists() {
            template::copy_to(&self.data_dir());
        }
        self.serve(&[&["--demo"], arguments].concat())
    }

    /// Starts a server with the demo and these variables in its environment, and waits until it
    /// accepts connections.
    #[track_caller]
    pub fn serve_demo_in(&self, variables: &[(&str, String)], arguments: &[&str]) -> Server {
        template::copy_to(&self.data_dir());
        let own = ["serve", "--listen", "127.0.0.1:0", "--demo"];
        let (mut command, stdout, stderr) = self.logged(&[&own, arguments].concat());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        match Server::start(command, stdout, stderr) {
            Ok(server) => server,
            Err(refusal) => panic!("the server did not start: {refusal}"),
        }
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
        let own = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let (command, stdout, stderr) = self.logged(&own);
        Server::start(command, stdout, stderr)
    }

    /// Starts a process that does the work in the background, beside a server that runs here, and
    /// waits until it does.
    #[track_caller]
    pub fn work(&self, arguments: &[&str]) -> Worker {
        let (command, stdout, stderr) = self.logged(&[&["work"], arguments].concat());
        Worker::start(command, stdout, stderr)
    }

    /// A call of the binary on this folder that ends with the test process, and where it writes to.
    fn logged(&self, arguments: &[&str]) -> (Command, PathBuf, PathBuf) {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let stdout = self.path(&format!("run-{number}.out"));
        let stderr = self.path(&format!("run-{number}.err"));
        let mut command = binary::mortal_command();
        command
            .args(arguments)
            .args(["--log-format", "json"])
            .arg("--data-dir")
            .arg(self.data_dir())
            .stdout(File::create(&stdout).expect("the test's folder is writable"))
            .stderr(File::create(&stderr).expect("the test's folder is writable"));
        (command, stdout, stderr)
    }

    /// Runs another command of the binary on this folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        // A command may leave files, such as rejected rows, where it runs.
        let mut command = binary::command();
        command.current_dir(self.folder.path()).args(arguments);
        let output = command.arg("--data-dir").arg(self.data_dir()).output();
        output.expect("the binary can be executed")
    }

    /// Runs a command that must succeed and returns the last line of its stdout.
    #[track_caller]
    pub fn run_ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let status = output.status;
        assert!(
            status.success(),
            "{arguments:?}: {status}: {stdout}{stderr}"
        );
        stdout.lines().last().unwrap_or_default().trim().to_owned()
    }

    /// Makes a new API key by the command.
    #[track_caller]
    pub fn new_key(&self, jurisdiction: &str) -> String {
        let whose = ["--jurisdiction", jurisdiction, "--label", "conformance"];
        self.run_ok(&[&["key", "create"], whose.as_slice()].concat())
    }

    /// What `key list` says.
    #[track_caller]
    pub fn listed_keys(&self, jurisdiction: &str) -> String {
        let output = self.run(&["key", "list", "--jurisdiction", jurisdiction]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Revokes a key by the name that `key list` shows for it: its beginning.
    #[track_caller]
    pub fn revoke(&self, jurisdiction: &str, key: &str) {
        let listed = self.listed_keys(jurisdiction);
        assert!(!listed.contains(key), "the list shows a whole key");
        let words = listed
            .split_whitespace()
            .map(|word| word.trim_end_matches(['…', '.', '*']));
        let names = words.filter(|word| word.len() >= 6 && key.starts_with(word));
        let name = names.max_by_key(|word| word.len());
        let name = name.unwrap_or_else(|| panic!("the list does not show {key}: {listed}"));
        self.run_ok(&["key", "revoke", name, "--jurisdiction", jurisdiction]);
    }
}

impl Drop for Home {
    /// A cluster whose server was killed still runs: it ends with its folder.
    fn drop(&mut self) {
        if let Some(postmaster) = self.database().postmaster() {
            kill("QUIT", postmaster);
        }
    }
}

/// Removes the folders that shared servers of earlier test processes left behind.
fn sweep() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next());
        let Some(Ok(owner)) = owner.map(str::parse) else {
            continue;
        };
        let database = Database::of(&entry.path().join("data"));
        if !is_running(owner) && database.postmaster().is_none() {
            // Another test process may be sweeping the same folder.
            let _someone_else_did = fs::remove_dir_all(entry.path());
        }
    }
}
