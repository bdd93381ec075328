//! The file of what was left out.

use super::refusal::Refusal;
use csv::Writer;
use std::{borrow::Cow, collections::BTreeMap, fs::File, io, path::PathBuf};

/// A CSV of refusals (`line,service_request_id,cause`) that exists only if there are any.
#[derive(Debug)]
pub struct RejectFile {
    path: PathBuf,
    writer: Option<Writer<File>>,
    by_kind: BTreeMap<&'static str, u64>,
}

/// What was refused in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejects {
    /// Where they are written down, if there are any.
    pub path: Option<PathBuf>,
    /// How many, by [`Cause::kind`](super::Cause::kind).
    pub by_kind: BTreeMap<&'static str, u64>,
}

impl RejectFile {
    /// A file that will be made at the first refusal.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            writer: None,
            by_kind: BTreeMap::new(),
        }
    }

    /// Writes down one refusal.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn add(&mut self, refusal: &Refusal) -> io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let mut writer = Writer::from_path(&self.path)?;
                writer.write_record(["line", "service_request_id", "cause"])?;
                none.insert(writer)
            }
        };
        writer.write_record([
            refusal.line.to_string().as_str(),
            &inert(refusal.service_request_id.as_deref().unwrap_or_default()),
            &inert(&refusal.cause.to_string()),
        ])?;
        *self.by_kind.entry(refusal.cause.kind()).or_default() += 1;
        Ok(())
    }

    /// Writes out what was added.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Writer::flush)
    }

    /// Closes the file.
    ///
    /// # Errors
    /// When what is left cannot be written.
    pub fn finish(mut self) -> io::Result<Rejects> {
        self.flush()?;
        Ok(Rejects {
            path: self.writer.map(|_| self.path),
            by_kind: self.by_kind,
        })
    }
}

/// A value that a spreadsheet shows and does not carry out: the words are those of a stranger's file.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn inert(value: &str) -> Cow<'_, str> {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Cause;

    #[test]
    fn no_refusal_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let rejects = RejectFile::new(path.clone()).finish().unwrap();
        assert!(rejects.path.is_none() && !path.exists());
    }

    #[test]
    fn a_spreadsheet_carries_out_nothing_of_what_was_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut file = RejectFile::new(path.clone());
        for id in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "a=\"b\"",
        ] {
            file.add(&Refusal {
                line: 7,
                service_request_id: Some(id.into()),
                cause: Cause::MissingDate,
            })
            .unwrap();
        }
        file.finish().unwrap();
        let mut written = csv::Reader::from_path(path).unwrap();
        let ids: Vec<String> = written
            .records()
            .map(|row| row.unwrap()[1].into())
            .collect();
        let (honest, hostile) = ids.split_last().unwrap();
        assert_eq!(honest, "a=\"b\"");
        assert!(hostile.iter().all(|id| id.starts_with('\'')), "{hostile:?}");
    }

    #[test]
    fn refusals_are_written_down_and_counted_by_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut file = RejectFile::new(path.clone());
        for word in ["a", "b,\"c\""] {
            let refusal = Refusal {
                line: 7,
                service_request_id: Some("1".into()),
                cause: Cause::UnknownStatus(word.into()),
            };
            file.add(&refusal).unwrap();
        }
        let rejects = file.finish().unwrap();
        assert_eq!(
            rejects.by_kind.into_iter().collect::<Vec<_>>(),
            [("status is not known to the mapping", 2)]
        );
        let written = std::fs::read_to_string(rejects.path.unwrap()).unwrap();
        assert_eq!(
            written.lines().next(),
            Some("line,service_request_id,cause")
        );
        assert_eq!(written.lines().count(), 3);
    }
}
