//! Every input that is kept, through its target: what was found once is not lost again.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use fuzz::TARGETS;
use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn everything_that_is_kept_holds() {
    let mut faults = Vec::new();
    for (target, check) in TARGETS {
        let folder = folder("corpus").join(target);
        for name in names_in(&folder) {
            let bytes = fs::read(folder.join(&name)).unwrap();
            if catch_unwind(|| check(&bytes)).is_err() {
                faults.push(format!("{target}/{name}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_target_has_a_binary_and_inputs() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).into()).collect();
    assert_eq!(names_in(&folder("corpus")), targets);
    let binaries = names_in(&folder("fuzz_targets"));
    let binaries = binaries.iter().map(|name| name.replace(".rs", ""));
    assert_eq!(binaries.collect::<BTreeSet<_>>(), targets);
    for target in targets {
        assert!(!names_in(&folder("corpus").join(target)).is_empty());
    }
}
