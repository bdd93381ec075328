//! Real service requests, service lists and photos, which lie beside the project.

use std::path::{Path, PathBuf};

/// A file of the folder `../shared`, or of the one that `GEOREPORT_SHARED` names.
#[track_caller]
pub fn path(name: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("GEOREPORT_SHARED").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    assert!(path.exists(), "{} is missing", path.display());
    path
}

/// The same as a command's argument.
#[track_caller]
pub fn argument(name: &str) -> String {
    path(name).to_string_lossy().into_owned()
}

/// The contents of a file.
#[track_caller]
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("the shared folder is readable")
}
