//! `cargo fuzz` sets `--cfg fuzzing`; the compiler is told that it may be set.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(fuzzing)");
}
