//! Where PostgreSQL's programs are, and whether PostGIS is with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ClusterError;
use super::user::output;

/// The programs of one installed version of PostgreSQL.
#[derive(Debug)]
pub(super) struct Binaries {
    bin: PathBuf,
    major: u32,
}

impl Binaries {
    /// Finds the programs in `pg_bin` if given, else in the places where systems install them.
    ///
    /// A database that exists (`made_by`, with its folder) gets the version that made it, even
    /// when a newer one was installed since. A new one gets the newest version with PostGIS.
    ///
    /// Errors: [`ClusterError::NoPostgres`], [`ClusterError::NoPostgis`],
    /// [`ClusterError::OtherVersion`].
    pub(super) fn find(
        pg_bin: Option<&Path>,
        made_by: Option<(u32, &Path)>,
    ) -> Result<Self, ClusterError> {
        let (folders, looked_in) = match pg_bin {
            Some(bin) => (vec![bin.to_owned()], bin.display().to_string()),
            None => (usual_folders(), "the usual folders".to_owned()),
        };
        let mut installed: Vec<Self> = folders.into_iter().filter_map(Self::at).collect();
        // A stable sort: of equal versions the more usual folder stays first.
        installed.sort_by_key(|found| std::cmp::Reverse(found.major));
        let Some(newest) = installed.first().map(|found| found.major) else {
            return Err(ClusterError::NoPostgres { looked_in });
        };
        if let Some((made_by, path)) = made_by {
            installed.retain(|found| found.major == made_by);
            if installed.is_empty() {
                return Err(ClusterError::OtherVersion {
                    path: path.to_owned(),
                    made_by,
                    installed: newest,
                });
            }
        }
        match installed.iter().position(Self::has_postgis) {
            Some(index) => Ok(installed.swap_remove(index)),
            None => {
                let Self { bin, major } = installed.swap_remove(0);
                Err(ClusterError::NoPostgis { major, bin })
            }
        }
    }

    /// The full path of a program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// The programs in a folder, if PostgreSQL's server is there and runs.
    fn at(bin: PathBuf) -> Option<Self> {
        // Programs are started with `/` as their folder.
        let bin = fs::canonicalize(bin).ok()?;
        let said = ask(&bin.join("postgres"), "--version")?;
        Some(Self {
            major: major_version(&said)?,
            bin,
        })
    }

    fn has_postgis(&self) -> bool {
        let share = ask(&self.program("pg_config"), "--sharedir").map_or_else(
            || PathBuf::from(format!("/usr/share/postgresql/{}", self.major)),
            |said| PathBuf::from(said.trim()),
        );
        share.join("extension/postgis.control").exists()
    }
}

/// Where Debian, Red Hat, Homebrew and a build from source put the programs.
fn usual_folders() -> Vec<PathBuf> {
    let subfolders = |parent: &str, prefix: &str, rest: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path().join(rest))
            .collect()
    };
    let mut folders = subfolders("/usr/lib/postgresql", "", "bin");
    folders.extend(subfolders("/usr", "pgsql-", "bin"));
    folders.extend(subfolders("/opt/homebrew/opt", "postgresql", "bin"));
    folders.extend(subfolders("/usr/local/opt", "postgresql", "bin"));
    folders.push("/opt/homebrew/bin".into());
    folders.push("/usr/local/pgsql/bin".into());
    folders.push("/usr/local/bin".into());
    folders.extend(ask(Path::new("pg_config"), "--bindir").map(|said| said.trim().into()));
    folders
}

/// What a program answers to one option; `None` when it is missing or fails.
fn ask(program: &Path, option: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.arg(option);
    let answer = output(command).ok()?;
    let said = String::from_utf8(answer.stdout).ok()?;
    answer.status.success().then_some(said)
}

/// 15 of "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", 18 of "… 18beta1".
fn major_version(said: &str) -> Option<u32> {
    let number = said.split_whitespace().nth(2)?;
    let end = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    number.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        let debian = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n";

        assert_eq!(major_version(debian), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("bash: postgres: not found"), None);
    }
}
